package mapping

import (
	"encoding/json"
	"slices"
	"strings"
)

// Query is one question to a CRM's search (or list) action, and knows how to
// read the answer.
type Query struct {
	Operation string            // ActionSearch or ActionList: which logical action to run
	Body      json.RawMessage   // the request body, "{}" if none
	Query     map[string]string // query parameters, not yet escaped for a URL; never nil
	Key       []string          // the host fields of the natural key, for messages

	way    Way
	answer Answer
	claims []claim
}

// Queries returns the questions that find the record, best key first, one for
// each natural key that the record fills completely with values that can be
// searched by, and that an action which the CRM offers can be asked for.
// Empty: the record has no natural key. offered says which logical operations
// (ActionSearch, ActionList) the CRM offers now.
func (o *Object) Queries(fields Fields, offered func(operation string) bool) []Query {
	if o.Lookup == nil {
		return nil
	}
	var out []Query
	for _, names := range o.NaturalKeys {
		if keys, ok := o.keys(names, fields); ok {
			if q, ok := o.query(names, keys, fields, offered); ok {
				out = append(out, q)
			}
		}
	}
	return out
}

// keys reads the values of one natural key, from the host fields that are
// sent where records carry it.
func (o *Object) keys(names []string, fields Fields) (map[string]key, bool) {
	keys := make(map[string]key, len(names))
	for _, name := range names {
		k, ok := keyOf(o.types().keyKind(name), fields[o.sent(o.follows.key(name), fields)])
		if !ok {
			return nil, false
		}
		keys[name] = k
	}
	return keys, len(keys) > 0
}

// sent is the host field whose value a record gets in the place of name's: of
// fields that one rule sends the first of, the first that has a value.
func (o *Object) sent(name string, fields Fields) string {
	for i := range o.Rules {
		r := &o.Rules[i]
		if !r.Enabled || r.Transform != "first" || !slices.Contains(r.From, name) {
			continue
		}
		for _, source := range r.From {
			if !noValue(fields[source]) {
				return source
			}
		}
	}
	return name
}

// query asks the best action that can be asked.
func (o *Object) query(names []string, keys map[string]key, fields Fields, offered func(string) bool) (Query, bool) {
	for _, w := range o.Lookup.Ways {
		question := w.question(names)
		at := slices.IndexFunc(w.Operations, offered)
		if question == nil || at < 0 {
			continue
		}
		q := Query{
			Operation: w.Operations[at], Body: json.RawMessage("{}"), Query: make(map[string]string, len(question.Query)),
			Key: make([]string, len(names)), way: w, answer: o.Answer, claims: o.claims(question, keys, fields),
		}
		for i, name := range names {
			q.Key[i] = o.follows.key(name)
		}
		if q.fill(question, keys, o.fieldNames()) {
			return q, true
		}
	}
	return Query{}, false
}

// fill writes the request. It reports false where a value cannot be written
// in the action's language.
func (q *Query) fill(question *Question, keys map[string]key, names []string) bool {
	for parameter, text := range question.Query {
		v, ok := fillAll(text, keys, names)
		switch t := v.(type) {
		case string:
			q.Query[parameter] = t
		case []any: // {fields} alone
			q.Query[parameter] = strings.Join(names, ",")
		}
		if !ok {
			return false
		}
	}
	if question.Body == nil {
		return true
	}
	body, ok := fillAll(question.Body, keys, names)
	if !ok {
		return false
	}
	raw, f := appendJSON(nil, body, 0)
	q.Body = raw
	return f == nil
}

func (w *Way) question(key []string) *Question {
	for i := range w.Questions {
		if slices.Equal(w.Questions[i].Key, key) {
			return &w.Questions[i]
		}
	}
	return nil
}
