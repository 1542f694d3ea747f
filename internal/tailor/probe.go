package tailor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
)

// Codes of what a probe finds.
const (
	notShown = "not_shown"  // the CRM's record does not show a mapped field
	unproven = "not_probed" // there was nothing to look at
)

// probe asks the CRM, by reading alone, whether it knows what the mapping names: the values of value maps, in the CRM's own
// lists, and the fields, in the record that was sent last. What it finds are warnings: a CRM need not show an empty field.
func (m *Mappings) probe(ctx context.Context, made opened, effective *mapping.Object) ([]mapping.Issue, error) {
	if err := crm.Ready(made.connection); err != nil {
		return nil, err
	}
	var issues []mapping.Issue
	var paths []string
	for _, rule := range effective.Rules {
		if !rule.Enabled {
			continue
		}
		paths = append(paths, rule.To)
		list := effective.ChoicesOf(rule.To)
		if list == nil || len(rule.ValueMap) == 0 {
			continue
		}
		values, err := m.list(ctx, made.connection, list)
		if err != nil {
			return nil, err
		}
		issues = append(issues, strangers(rule, values)...)
	}
	record, err := m.store.LastLinked(ctx, made.connection.ID, made.object)
	if err != nil {
		return nil, err
	}
	if record == "" {
		return append(issues, mapping.Issue{
			Severity: mapping.Warning, Code: unproven, From: []string{},
			Message: "No " + made.object + " was sent over this connection yet, so there is no record in the CRM to look for the fields in.",
		}), nil
	}
	shown, err := m.reader.Read(ctx, made.connection, effective, record, paths)
	switch code := crm.CodeOf(err); {
	case err == nil:
	case code == crm.CRMRecordGone, code == crm.MappingIncomplete:
		return append(issues, mapping.Issue{
			Severity: mapping.Warning, Code: unproven, From: []string{},
			Message: "The record that was sent last cannot be read in the CRM, so the fields were not looked for.",
		}), nil
	default:
		return nil, err
	}
	found := mapping.Shown(shown, paths)
	for _, rule := range effective.Rules {
		if _, there := found[rule.To]; rule.Enabled && !there && effective.ShownByReads(rule.To) {
			issues = append(issues, mapping.Issue{
				Severity: mapping.Warning, Code: notShown, From: slices.Clone(rule.From), To: rule.To,
				Message: fmt.Sprintf("The CRM's record %s does not show %s: it may be empty there, or the CRM may not have the field.", record, rule.To),
			})
		}
	}
	return issues, nil
}

// strangers are the values of a rule's map that the CRM's list lacks.
func strangers(rule mapping.Rule, values []mapping.CRMChoice) (issues []mapping.Issue) {
	known := map[string]bool{}
	for _, value := range values {
		known[fmt.Sprint(value.Value)] = true
	}
	for host, value := range rule.ValueMap {
		if !known[fmt.Sprint(value)] {
			issues = append(issues, mapping.Issue{
				Severity: mapping.Warning, Code: mapping.NotAllowed, From: slices.Clone(rule.From), To: rule.To,
				Message: fmt.Sprintf("%s maps %q to %v, which is not in the CRM's own list.", rule.To, host, value),
			})
		}
	}
	slices.SortFunc(issues, func(a, b mapping.Issue) int { return strings.Compare(a.Message, b.Message) })
	return issues
}
