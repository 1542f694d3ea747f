package tailor

import (
	"context"
	"slices"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
)

// verify holds a mapping against the live schemas of the actions that write. What is wrong with one of the overrides is an
// error, the rest are issues: a mapping may be incomplete, and grow. The watches are what the schemas say now.
func (m *Mappings) verify(ctx context.Context, made opened, effective *mapping.Object, overrides []mapping.Override) ([]mapping.Issue, []Watch, error) {
	var issues []mapping.Issue
	var watches []Watch
	var faults []crm.FieldError
	for _, operation := range []mapping.Operation{mapping.Create, mapping.Update} {
		action, err := m.catalog.Resolve(ctx, made.connection.Connector, effective, string(operation))
		if crm.CodeOf(err) == crm.MappingIncomplete && operation == mapping.Update {
			continue // a CRM whose records cannot be changed
		}
		if err != nil {
			return nil, nil, err
		}
		schema, err := mapping.ParseSchema(action.RequestBody)
		if err != nil {
			return nil, nil, crm.Errorf(crm.MappingIncomplete, "The CRM's description of %s cannot be read: %w", action.ID, err)
		}
		mapper, err := effective.Compile(schema)
		if err != nil {
			return nil, nil, ruleFaults(err)
		}
		watches = append(watches, Watch{ConnectionID: made.connection.ID, Object: made.object, Operation: string(operation), Shape: mapper.Shape()})
		for _, issue := range mapper.Verify(operation) {
			at := slices.IndexFunc(overrides, func(o mapping.Override) bool { return mapping.SamePath(o.To, issue.To) })
			if at >= 0 && issue.Severity == mapping.Error && issue.Code != mapping.NoRule {
				fault := crm.FieldError{Field: rulePointer(at, "to"), Code: issue.Code, Message: issue.Message}
				if !slices.Contains(faults, fault) { // create and update may say the same
					faults = append(faults, fault)
				}
				continue
			}
			if !slices.ContainsFunc(issues, func(i mapping.Issue) bool { return i.To == issue.To && i.Code == issue.Code }) {
				issues = append(issues, issue)
			}
		}
	}
	if made.defined != nil && made.defined.Lookup != nil && questions(effective) < questions(made.defined) {
		issues = append(issues, mapping.Issue{
			Severity: mapping.Warning, Code: crm.NoLookup, From: []string{},
			Message: "The rules for the fields by which records are found again were changed so that the CRM can no longer be asked by all of them: " +
				"what it has already may be made a second time, and a create whose answer is lost may have to be settled by a person.",
		})
	}
	if len(faults) > 0 {
		return nil, nil, &crm.Error{
			Code: crm.InvalidRequest, Detail: "The mapping does not fit the CRM; nothing was saved.", Fields: faults,
			Remedy: "Mend the rules that the errors name.",
		}
	}
	return issues, watches, nil
}

// questions counts the ways in which records can be found again.
func questions(o *mapping.Object) (n int) {
	if o.Lookup == nil {
		return 0
	}
	for _, way := range o.Lookup.Ways {
		n += len(way.Questions)
	}
	return n
}
