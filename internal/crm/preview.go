package crm

import (
	"context"
	"encoding/json"
	"slices"

	"sendtocrm/internal/mapping"
)

// Preview is Plan with what only a person wants to know: why fields are not sent, and what the CRM's record holds now. The
// request is that of Plan, byte for byte. A CRM record that cannot be read is no error: Changes compare with what was last
// sent then. Errors: those of [Planner.Plan].
func (p *Planner) Preview(ctx context.Context, d Draft) (*Plan, error) {
	plan, err := p.Plan(ctx, d)
	if err != nil {
		return nil, err
	}
	plan.Omitted = plan.omitted()
	if len(plan.Changes) > 0 {
		p.compare(ctx, plan)
	}
	return plan, nil
}

// compare replaces what was last sent by what the CRM's record holds.
func (p *Planner) compare(ctx context.Context, plan *Plan) {
	paths := make([]string, len(plan.Changes))
	for i, change := range plan.Changes {
		paths[i] = change.To
	}
	shown := plan.read
	if slices.ContainsFunc(paths, func(path string) bool { return shown[path] == nil }) {
		record, err := p.finder.Read(ctx, plan.Connection, plan.object, plan.Link.CRMRecordID, paths)
		if err != nil {
			return
		}
		shown = mapping.Shown(record, paths)
	}
	for i := range plan.Changes {
		if value, ok := shown[plan.Changes[i].To]; ok {
			plan.Changes[i].Before = value
		} else {
			plan.Changes[i].Before = json.RawMessage("null")
		}
	}
	plan.Live = true
}

// Codes of omissions beside those of package mapping.
const (
	unchangedValue = "unchanged"
	crmHasValue    = "crm_has_value"
)

// omitted lists every rule's field that the request lacks, with the reason.
func (p *Plan) omitted() []mapping.Omission {
	out := p.mapper.Omitted(p.input, p.result)
	if p.Operation == Create {
		return out
	}
	changed := map[string]bool{}
	for _, change := range p.Changes {
		changed[change.To] = true
	}
	for _, v := range p.result.Values {
		switch {
		case p.keeps(v):
			out = append(out, mapping.Omission{
				From: v.From, To: v.To, Code: crmHasValue, Message: "The CRM has a value there, or may have; this rule fills empty fields only.",
			})
		case !changed[v.To] && !v.Required && p.Link.ViewCertain:
			out = append(out, mapping.Omission{From: v.From, To: v.To, Code: unchangedValue, Message: "The CRM has this value already."})
		}
	}
	return out
}
