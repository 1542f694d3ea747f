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
