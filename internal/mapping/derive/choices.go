package derive

import (
	"encoding/json"
	"fmt"
	"strings"

	"sendtocrm/internal/mapping"
)

// choose weighs a fit where the CRM takes only some values: it pairs the
// values that the host uses, as far as they are known, with those.
func choose(host *mapping.Field, t *target, f fit) fit {
	if len(t.Enum) == 0 {
		return f
	}
	if foreignTo(host, t.Enum) {
		f.factor = min(f.factor, doubtful)
		f.says = "the CRM takes " + some(t.Enum) + ", which seem to mean something else"
		return f
	}
	if len(host.Choices) == 0 {
		f.factor *= .9
		f.says = "the CRM takes " + some(t.Enum) + "; give the rule a value map where your values differ"
		return f
	}
	paired, changed := pair(host.Choices, t.Enum)
	switch missed := len(host.Choices) - len(paired); {
	case missed == 0:
		f.says = "your values are among those that the CRM takes"
	case len(paired) == 0:
		f.factor *= .8
		f.says = "the CRM takes " + some(t.Enum) + ", and none of your values is like one of them"
	default:
		f.factor *= .9
		f.says = fmt.Sprintf("%d of your %d values are like those that the CRM takes", len(paired), len(host.Choices))
	}
	if len(changed) > 0 {
		f.values = changed
		f.transform = "copy"
	}
	return f
}

// elsewhere are values that say of a record how it stands, or of a person how
// to address them.
var elsewhere = set(`active inactive enabled disabled open opened closed pending new draft archived deleted blocked suspended
	verified unverified approved rejected published unpublished live lead prospect customer subscriber qualified unqualified
	converted churned won lost online offline valid invalid true false yes no on off none unknown other not
	mr mrs ms miss mx dr prof professor sir madam madame herr frau monsieur rev`)

// foreignTo reports whether none of the CRM's values can be one of the
// universal field. Nothing is known about the values of a field that the host
// added, about the stages of a sale, and about numbers, which are codes.
func foreignTo(host *mapping.Field, enum []any) bool {
	if host.Custom || host.Name == "deal_stage" {
		return false
	}
	for _, v := range enum {
		text, ok := v.(string)
		if !ok || fitsMeaning(host, text) {
			return false
		}
	}
	return true
}

// fitsMeaning reports whether a value of the CRM can be one of the field.
func fitsMeaning(host *mapping.Field, text string) bool {
	switch {
	case host.Type == mapping.TypeEmail:
		return strings.Contains(text, "@")
	case host.Type == mapping.TypeURL:
		return strings.Contains(text, ".")
	case host.Type == mapping.TypePhone:
		return strings.ContainsAny(text, "0123456789")
	case host.Name == "deal_currency" && len(text) < 3:
		return false
	}
	for _, word := range cut(text) {
		if !elsewhere[word] {
			return true
		}
	}
	return false
}

// pair finds for each choice of the host the CRM's value that says the same,
// no value twice. changed are the pairs that are not the same text already.
func pair(choices []mapping.Choice, enum []any) (paired, changed map[string]any) {
	paired, changed = make(map[string]any), make(map[string]any)
	if len(choices)*len(enum) > 100_000 {
		return paired, changed
	}
	taken := make([]bool, len(enum))
	for _, alike := range []func(c mapping.Choice, crm any) bool{sameText, sameWords, containsWords} {
		for _, c := range choices {
			host := scalar(c.Value)
			if _, done := paired[host]; done || strings.TrimSpace(host) == "" {
				continue
			}
			for i, crm := range enum {
				if taken[i] || strings.TrimSpace(scalar(crm)) == "" || !alike(c, crm) {
					continue
				}
				taken[i], paired[host] = true, crm
				if scalar(crm) != host {
					changed[host] = crm
				}
				break
			}
		}
	}
	return paired, changed
}

func sameText(c mapping.Choice, crm any) bool { return scalar(c.Value) == scalar(crm) }

func sameWords(c mapping.Choice, crm any) bool {
	want := strings.Join(words(scalar(crm)), " ")
	return want != "" && (want == strings.Join(words(scalar(c.Value)), " ") || want == strings.Join(words(c.Label), " "))
}

// containsWords pairs "Closed won" and "won", where one is the other and more.
func containsWords(c mapping.Choice, crm any) bool {
	theirs := words(scalar(crm))
	for _, ours := range [][]string{words(scalar(c.Value)), words(c.Label)} {
		if len(ours) > 0 && len(theirs) > 0 && (within(ours, theirs) || within(theirs, ours)) {
			return true
		}
	}
	return false
}

func within(part, whole []string) bool {
	for _, word := range part {
		found := false
		for _, other := range whole {
			found = found || other == word
		}
		if !found {
			return false
		}
	}
	return true
}

// scalar is the text of a choice.
func scalar(v any) string {
	switch t := v.(type) {
	case string:
		return t
	case json.Number:
		return string(t)
	case bool, int, int64, float64:
		return fmt.Sprint(t)
	}
	return ""
}

// some names the first few of a list of values.
func some(values []any) string {
	const shown = 4
	var names []string
	for _, v := range values[:min(shown, len(values))] {
		names = append(names, shortened(scalar(v)))
	}
	if len(values) > shown {
		return fmt.Sprintf("only %s and %d more", strings.Join(names, ", "), len(values)-shown)
	}
	return "only " + strings.Join(names, ", ")
}
