package mapping

import (
	"bytes"
	"encoding/json"
	"maps"
	"strconv"
	"strings"
)

// Backward maps a CRM record, in the shape of the request body, to the host's
// fields. It returns old with the changes that the CRM's values mean:
//
//   - a field that the body does not speak of stays as it is
//   - a value that old would send just so stays in old's form
//   - null, "" and an empty list make a field nil
//   - references (see ReferenceIDs), and what expressions and templates read,
//     stay as they are
//
// Where two rules read different values for one host field, a change wins
// over no change and an earlier rule over a later one, with a warning. A
// value that cannot be read is an error issue and leaves its fields alone.
func (m *Mapper) Backward(body json.RawMessage, old Fields) (Fields, []Issue) {
	run := backwardRun{old: old, fields: maps.Clone(old), writer: make(map[string]*rule)}
	if run.fields == nil {
		run.fields = make(Fields)
	}
	crm, err := decodeAny(bytes.TrimSpace(body))
	if err != nil {
		return run.fields, []Issue{{Severity: Error, Code: WrongType, Message: "The CRM's record cannot be read: it is not valid JSON."}}
	}
	for _, i := range m.backward {
		r := &m.rules[i]
		if _, noWayBack := r.lens.(oneWay); noWayBack || len(r.from) == 0 {
			continue
		}
		if v, ok := r.path.get(crm); ok {
			run.rule(r, v)
		}
	}
	return run.fields, run.issues
}

type backwardRun struct {
	old, fields Fields
	writer      map[string]*rule // the rule that changed a host field
	issues      []Issue
}

func (run *backwardRun) rule(r *rule, crm any) {
	if r.says(run.old, crm) || r.says(run.fields, crm) {
		return
	}
	current := r.values(run.fields)
	next, f := r.read(crm, current)
	if f != nil {
		lead := listing(r.from) + " cannot be read from " + r.field
		run.issues = append(run.issues, r.issue(f, lead))
		return
	}
	if r.agrees(next, current) {
		return
	}
	changed := maps.Clone(run.fields)
	for i, name := range r.from {
		if next[i] != nil || !noValue(changed[name]) {
			changed[name] = next[i]
		}
	}
	if run.contradicts(r, changed) {
		return
	}
	for _, name := range r.from {
		if run.writer[name] == nil {
			run.writer[name] = r
		}
	}
	run.fields = changed
}

// contradicts reports a change that would undo what an earlier rule read.
func (run *backwardRun) contradicts(r *rule, changed Fields) bool {
	for _, name := range r.from {
		earlier := run.writer[name]
		if earlier == nil {
			continue
		}
		before, f1 := earlier.sends(run.fields)
		after, f2 := earlier.sends(changed)
		if f1 == nil && f2 == nil && !bytes.Equal(before, after) {
			problem := earlier.field + " holds another value for " + shorten(name) + ", which is taken"
			run.issues = append(run.issues, r.issue(&fault{Contradiction, problem, true}, r.field+" is not read"))
			return true
		}
	}
	return false
}

// read applies the lens backward and gives the values the host's form.
func (r *rule) read(crm any, current []any) ([]any, *fault) {
	if isEmpty(crm) {
		if e, ok := r.lens.(eraser); ok {
			return e.erase(current), nil
		}
		return make([]any, len(r.from)), nil
	}
	next, f := r.lens.backward(crm, current)
	for i := 0; i < len(next) && f == nil; i++ {
		if noValue(next[i]) {
			next[i] = nil
			continue
		}
		next[i], f = hostForm(r.types[i], next[i], current[i])
	}
	return next, f
}

// isEmpty reports whether the CRM's value says that there is none.
func isEmpty(crm any) bool {
	if items, ok := crm.([]any); ok {
		return len(items) == 0
	}
	return noValue(crm)
}

// hostForm gives a value from the CRM the form that its universal type has.
func hostForm(t FieldType, v, current any) (any, *fault) {
	switch t {
	case "":
		return v, nil
	case TypeDecimal, TypePercent, TypeInteger:
		text, f := number(v)
		return hostNumber(text, current), f
	case TypeDate:
		if _, f := moment(v); f != nil {
			return nil, f
		}
		return strings.TrimSpace(v.(string)), nil
	case TypeBoolean:
		flag, f := checkBoolean(v)
		if _, asText := current.(string); asText && f == nil {
			return strconv.FormatBool(flag.(bool)), nil
		}
		return flag, f
	case TypeList:
		return checkList(v)
	}
	text, ok := textOf(v)
	if !ok {
		return nil, faulty(WrongType, "text is expected, but the CRM holds "+describe(v))
	}
	return text, nil
}

// values are the rule's sources in fields, nil where there is no value.
func (r *rule) values(fields Fields) []any {
	out := make([]any, len(r.from))
	for i, name := range r.from {
		if v := fields[name]; !noValue(v) {
			out[i] = v
		}
	}
	return out
}

// says reports whether fields would be sent as just the value that the CRM
// holds, the default of a create included.
func (r *rule) says(fields Fields, crm any) bool {
	sent, f := r.sends(fields)
	if f != nil {
		return false
	}
	if len(sent) == 0 {
		return isEmpty(crm)
	}
	return sameJSON(sent, crm)
}

// agrees reports whether the CRM could not tell next from current.
func (r *rule) agrees(next, current []any) bool {
	a, f1 := r.make(next)
	b, f2 := r.make(current)
	return f1 == nil && f2 == nil && bytes.Equal(a, b)
}

// sends is the JSON that fields would be sent as, empty for nothing.
func (r *rule) sends(fields Fields) ([]byte, *fault) {
	values := r.values(fields)
	if r.def != nil && allNil(values) {
		values[0] = r.def
	}
	return r.make(values)
}

// make runs the rule forward on bare values.
func (r *rule) make(values []any) ([]byte, *fault) {
	if allNil(values) {
		return nil, nil
	}
	in := sources{names: r.from, values: make([]any, len(values))}
	for i, v := range values {
		if v == nil {
			continue
		}
		checked, f := r.checks[i](v)
		if f != nil && !f.warning {
			return nil, f
		}
		in.values[i] = checked
	}
	out, f := r.lens.forward(nil, &in)
	if (f == nil || f.warning) && len(out) > 0 {
		out, f = r.target.fit(out, 0)
	}
	if f != nil && !f.warning {
		return nil, f
	}
	return out, nil
}

func allNil(values []any) bool {
	for _, v := range values {
		if v != nil {
			return false
		}
	}
	return true
}
