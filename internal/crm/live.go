package crm

import (
	"context"
	"encoding/json"

	"sendtocrm/internal/mapping"
)

// Read returns the CRM's record, shaped as [mapping.Object.Holds] takes it; paths are the target paths that it has to
// show. Errors: MappingIncomplete where the CRM has no action for it, CRMRecordGone, and those of [Dispatcher.Call].
func (f *Finder) Read(ctx context.Context, c Connection, object *mapping.Object, crmRecordID string, paths []string) (json.RawMessage, error) {
	read := Request{PathParams: map[string]string{}, Query: object.GetQuery(paths)}
	action, err := f.catalog.onRecord(ctx, c.Connector, object, mapping.ActionGet, crmRecordID, &read)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, f.limit)
	defer cancel()
	answer, failed := f.dispatcher.Call(ctx, c, action, read)
	if failed != nil {
		return nil, failed.asError("The record could not be read in the CRM:")
	}
	record, err := object.RecordOf(answer.Data)
	if err != nil {
		return nil, &Error{Code: UpstreamUnavailable, Detail: "The CRM's answer cannot be relied on:", Said: sentence(err.Error())}
	}
	return record, nil
}

// keep notes the fields that may be filled only where the CRM has nothing. A CRM that shows no record has the last word
// of what was sent; where that says nothing either, the field is left alone.
func (p *Planner) keep(ctx context.Context, plan *Plan) error {
	var paths []string
	for _, v := range plan.result.Values {
		if v.IfEmpty {
			paths = append(paths, v.To)
		}
	}
	if plan.Operation != Update || len(paths) == 0 {
		return nil
	}
	record, err := p.finder.Read(ctx, plan.Connection, plan.object, plan.Link.CRMRecordID, paths)
	switch code := CodeOf(err); {
	case err == nil:
		plan.read = View(mapping.Shown(record, paths))
		for _, path := range paths {
			if _, shown := plan.read[path]; !shown {
				plan.read[path] = json.RawMessage("null")
			}
		}
	case code == CRMRecordGone:
		plan.Link.ViewCertain = false // so that there is an update, which finds out and goes on from there
		return nil
	case code == MappingIncomplete, code == CRMRejected:
	default:
		return err
	}
	for _, path := range paths {
		if held, _ := plan.holds(path); held == nil || !mapping.IsEmpty(held) {
			plan.kept = append(plan.kept, path)
		}
	}
	return nil
}

// Ask runs a reading action for a person who edits a mapping. Errors: those of [Dispatcher.Call].
func (f *Finder) Ask(ctx context.Context, c Connection, action string, r Request) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, f.limit)
	defer cancel()
	answer, failed := f.dispatcher.Call(ctx, c, action, r)
	if failed != nil {
		return Answer{}, failed.asError("The CRM could not be asked:")
	}
	return answer, nil
}
