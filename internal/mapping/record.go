package mapping

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// RecordOf finds the record inside the answer of a get action, shaped as
// Holds and Mapper.Backward read it. The error says what stands in its place.
func (o *Object) RecordOf(responseData json.RawMessage) (json.RawMessage, error) {
	if noAnswer(responseData) {
		return nil, fmt.Errorf("get %s: the answer is empty", o.Name)
	}
	answer, err := decodeAny(responseData)
	if err != nil {
		return nil, fmt.Errorf("get %s: the answer is %w", o.Name, err)
	}
	if refusal, refused := o.Answer.Refusal(responseData); refused {
		return nil, fmt.Errorf("get %s: the CRM refused it: %s", o.Name, excerpt(strings.TrimSpace(refusal.Code+" "+refusal.Message)))
	}
	record := o.Read.record(answer)
	if _, ok := record.(map[string]any); !ok {
		return nil, fmt.Errorf("get %s: want a record, found %s", o.Name, describe(record))
	}
	if o.Read.Within != "" {
		if _, ok := at(record, o.Read.Within).(map[string]any); !ok {
			return nil, fmt.Errorf("get %s: the record shows no %s", o.Name, o.Read.Within)
		}
	}
	return json.Marshal(record)
}

// record is the first object that stands at a candidate path, else what stands
// there in its place.
func (r Read) record(answer any) any {
	if len(r.Record) == 0 {
		return answer
	}
	for _, candidate := range r.Record {
		found := answer
		if candidate != "" {
			found = at(answer, candidate)
		}
		if _, ok := found.(map[string]any); ok {
			return found
		}
	}
	return firstAt(answer, r.Record)
}

// GetQuery is the query parameters with which a get returns the fields at the
// given target paths. It is empty, never nil, where a get shows them unasked.
func (o *Object) GetQuery(paths []string) map[string]string {
	query := make(map[string]string)
	if names := o.namesOf(paths); o.Read.Fields != "" && len(names) > 0 {
		query[o.Read.Fields] = strings.Join(names, ",")
	}
	return query
}

// fieldNames are the names of the fields that the rules fill, sorted. A field
// that not every account of the CRM has is left out: to ask for it can be an
// error.
func (o *Object) fieldNames() []string {
	var paths []string
	for i := range o.Rules {
		if rule := &o.Rules[i]; rule.Enabled && rule.When != Listed {
			paths = append(paths, rule.To)
		}
	}
	return o.namesOf(paths)
}

// fieldName is what a field of any CRM is called in its API. Nothing else is
// put where a CRM expects names.
var fieldName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)

// namesOf gives the names of the fields at target paths, each once, sorted: a
// field's name is the step below Read.Within.
func (o *Object) namesOf(paths []string) []string {
	var within path
	if o.Read.Within != "" {
		var err error
		if within, err = parsePath(o.Read.Within); err != nil {
			return nil
		}
	}
	var names []string
	for _, written := range paths {
		p, err := parsePath(written)
		if err != nil || len(p) <= len(within) || !slices.Equal(p[:len(within)], within) {
			continue
		}
		if name := p[len(within)].key; fieldName.MatchString(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
