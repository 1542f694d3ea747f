package crm

import (
	"bytes"
	"encoding/json"
	"slices"

	"sendtocrm/internal/mapping"
)

// compose writes the request: every value for a create, the changed ones (and those that the CRM's schema insists on)
// for an update, nothing for a record that has not changed.
func (p *Plan) compose(action *Action) error {
	p.Request = Request{PathParams: map[string]string{}, Query: map[string]string{}}
	p.View = View{}
	for _, value := range p.result.Values {
		if held, read := p.read[value.To]; !p.keeps(value) {
			p.View[value.To] = value.JSON
		} else if read {
			p.View[value.To] = held
		}
	}
	if p.Operation == Create {
		if len(action.PathParams) > 0 {
			return Errorf(MappingIncomplete, "The action %s wants path parameters %q, which a create cannot fill.", action.ID, action.PathParams)
		}
		p.Request.Body = p.result.Body(nil)
		return nil
	}
	changed := map[string]bool{}
	for _, value := range p.result.Values {
		if p.keeps(value) {
			continue
		}
		before, certain := p.holds(value.To)
		if certain && bytes.Equal(before, value.JSON) {
			continue
		}
		changed[value.To] = true
		if before == nil {
			before = json.RawMessage("null")
		}
		if !bytes.Equal(before, value.JSON) {
			p.Changes = append(p.Changes, Change{To: value.To, Before: before, After: value.JSON})
		}
	}
	for to, value := range p.Link.View {
		if _, sent := p.View[to]; !sent {
			p.View[to] = value
		}
	}
	if len(changed) == 0 {
		p.Operation, p.Action, p.Request.Body = Unchanged, "", json.RawMessage("{}")
		return nil
	}
	if len(action.PathParams) != 1 {
		return Errorf(MappingIncomplete, "The action %s has the path parameters %q; exactly one, for the record's id, is needed.", action.ID, action.PathParams)
	}
	p.Request.PathParams[action.PathParams[0]] = p.Link.CRMRecordID
	p.Request.Body = p.result.Body(func(v mapping.Value) bool { return changed[v.To] || v.Required })
	return nil
}

// keeps reports whether the update leaves the CRM's own value alone. A field that the CRM requires in every update is sent
// all the same.
func (p *Plan) keeps(v mapping.Value) bool { return !v.Required && slices.Contains(p.kept, v.To) }

// holds is what the CRM's record holds in a field: as it was just read, else as it was last sent; nil: nobody knows. certain:
// nothing speaks against it.
func (p *Plan) holds(to string) (value json.RawMessage, certain bool) {
	if value, read := p.read[to]; read {
		return value, true
	}
	value, known := p.Link.View[to]
	return value, known && p.Link.ViewCertain
}
