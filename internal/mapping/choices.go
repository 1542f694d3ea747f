package mapping

import (
	"encoding/json"
	"fmt"
	"strings"
)

// maxCRMChoices bounds the values that one field can have; no CRM's list is near it.
const maxCRMChoices = 5000

// Choices says where the CRM itself lists the values that a field takes:
// which action tells, and how its answer is read.
//
//	answer ── Results ──▶ entries ── Where ──▶ those that count ── Items ──▶ Value, Label
type Choices struct {
	// Run are candidate ids of the action, best first.
	Run []string
	// Path and Query are the parameters with which it is run; the action may have fewer.
	Path, Query map[string]string
	// Results are candidate paths of the list of entries. Empty: the answer is the list.
	Results []string
	// Where keeps the entries that have these values, by path. Empty: all.
	Where map[string]any
	// Items is a list inside each entry that holds the values. Empty: the entry is one.
	Items string
	// Value and Label are paths inside an item: what the field takes, and what people see.
	Value, Label string
	// Group is a path inside the entry (not the item) that tells values of one label apart, such as a pipeline's name.
	Group string
}

// CRMChoice is a value that a field of the CRM takes.
type CRMChoice struct {
	Value any    // text, number (json.Number) or boolean
	Label string // for people; the value where the CRM has none
	Group string // for people; empty for none
}

// ChoicesOf tells where the values of the rule with the target to are listed, nil where nobody has said.
func (o *Object) ChoicesOf(to string) *Choices {
	p, err := parsePath(to)
	if err != nil {
		return nil
	}
	if rule := o.ruleFor(p); rule != nil {
		return rule.Choices
	}
	return nil
}

// Read takes the values out of the action's answer, in its order, each once
// within its group. Entries without a value are passed over. The error says
// that the answer is not of the expected shape, or holds more than 5,000 values.
func (c *Choices) Read(answer json.RawMessage) ([]CRMChoice, error) {
	v, err := decodeAny(answer)
	if err != nil {
		return nil, fmt.Errorf("the list of values is %w", err)
	}
	entries, err := listAt(v, c.Results)
	if err != nil {
		return nil, err
	}
	var out []CRMChoice
	seen := make(map[[2]string]bool)
	for _, entry := range entries {
		if !c.counts(entry) {
			continue
		}
		items := []any{entry}
		if c.Items != "" {
			if items, err = listAt(entry, []string{c.Items}); err != nil {
				return nil, err
			}
		}
		group, _ := textOf(atOptional(entry, c.Group))
		for _, item := range items {
			text, ok := textOf(at(item, c.Value))
			if !ok || noValue(text) || seen[[2]string{group, text}] {
				continue
			}
			seen[[2]string{group, text}] = true
			choice := CRMChoice{Value: at(item, c.Value), Label: text, Group: group}
			if label, ok := textOf(atOptional(item, c.Label)); ok && !noValue(label) {
				choice.Label = label
			}
			if out = append(out, choice); len(out) > maxCRMChoices {
				return nil, fmt.Errorf("the CRM lists more than %d values for one field", maxCRMChoices)
			}
		}
	}
	return out, nil
}

// listAt is the list at the first of the paths that is there, v itself without paths.
func listAt(v any, paths []string) ([]any, error) {
	found, where := v, "the answer"
	if len(paths) > 0 {
		found, where = firstAt(v, paths), strings.Join(paths, " or ")
	}
	list, ok := found.([]any)
	if !ok {
		return nil, fmt.Errorf("want a list of values at %s, found %s", where, describe(found))
	}
	return list, nil
}

func (c *Choices) counts(entry any) bool {
	for written, want := range c.Where {
		if !sameValue(want, at(entry, written)) {
			return false
		}
	}
	return true
}

// atOptional is at for a path that may be left out.
func atOptional(v any, written string) any {
	if written == "" {
		return nil
	}
	return at(v, written)
}
