package mapping

import (
	"cmp"
	"slices"
)

// Codes of an Omission: why a rule gives a record no value.
const (
	OmittedNoValue    = "no_value"             // the record says nothing, and no default stands in
	OmittedOnCreate   = "on_create_never"      // the rule takes no part in creates
	OmittedOnUpdate   = "on_update_never"      // nor in updates
	OmittedDisabled   = "disabled"             // the rule is switched off
	OmittedNotListed  = "not_listed"           // the live schema lacks a field that only some accounts have
	OmittedRefused    = "refused"              // the value cannot be sent; an issue says why
	OmittedUnresolved = "unresolved_reference" // the record points to one that is not in the CRM yet
	OmittedUncomputed = "expression_failed"    // the rule's expression cannot be computed for the record
)

// Omission is a field of the CRM that a record leaves without a value.
type Omission struct {
	From    []string // the host fields that would fill it; shared, not to be changed
	To      string
	Code    string // one of the constants above
	Message string // a sentence for a person
}

// Omitted explains what Forward made of in: an Omission for each rule that
// gave the record no value, in the order of the rules, those that are
// switched off included.
func (m *Mapper) Omitted(in Input, r *Result) []Omission {
	sent := make([]bool, len(m.rules))
	for _, v := range r.Values {
		sent[v.slot] = true
	}
	said := make(map[string]*Issue)
	for i := range r.Issues {
		issue := &r.Issues[i]
		if said[issue.To] == nil && issue.Code != RequiredMissing && issue.Code != NoRule {
			said[issue.To] = issue
		}
	}
	type placed struct {
		Omission
		position int
	}
	var found []placed
	for i := range m.rules {
		if rule := &m.rules[i]; !sent[i] {
			code, message := rule.omission(in.Operation, said[rule.to])
			found = append(found, placed{Omission{rule.from, rule.to, code, message}, rule.position})
		}
	}
	for i := range m.disabled {
		rule := &m.disabled[i]
		found = append(found, placed{Omission{rule.from, rule.to, OmittedDisabled, "The rule is switched off."}, rule.position})
	}
	slices.SortFunc(found, func(a, b placed) int { return cmp.Compare(a.position, b.position) })
	out := make([]Omission, len(found))
	for i := range found {
		out[i] = found[i].Omission
	}
	return out
}

func (r *rule) omission(op Operation, issue *Issue) (code, message string) {
	switch {
	case r.policy(op) == Never && op == Update:
		return OmittedOnUpdate, "The rule takes no part in updates."
	case r.policy(op) == Never:
		return OmittedOnCreate, "The rule takes no part in creates."
	case r.leftOut:
		return OmittedNotListed, "This CRM takes the field only where its live schema lists it, and it does not."
	case issue == nil:
	case issue.Code == UnresolvedReference:
		return OmittedUnresolved, issue.Message
	case issue.Code == ExpressionFailed:
		return OmittedUncomputed, issue.Message
	case issue.Code == Empty:
		return OmittedNoValue, issue.Message
	case issue.Severity == Error:
		return OmittedRefused, issue.Message
	}
	switch {
	case r.program != nil:
		return OmittedNoValue, "The expression makes no value of the record."
	case r.def != nil && op == Update:
		return OmittedNoValue, "The record has no value for " + listing(r.from) + ", and on an update the default does not replace what the CRM holds."
	}
	return OmittedNoValue, "The record has no value for " + listing(r.from) + "."
}
