package mapping

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// maxLag bounds Lookup.Lag: a send waits for it several times over.
const maxLag = 10 * time.Minute

func (r *reader) read(n *yaml.Node) Read {
	var out Read
	r.object(n, fields{
		"record": func(n *yaml.Node) { out.Record = r.paths(n) },
		"within": func(n *yaml.Node) { out.Within = r.path(n) },
		"fields": func(n *yaml.Node) { out.Fields = r.text(n) },
	})
	return out
}

func (r *reader) lookup(n *yaml.Node) *Lookup {
	out := &Lookup{}
	r.object(n, fields{
		"unique": func(n *yaml.Node) { out.Unique = r.flag(n) },
		"lag":    func(n *yaml.Node) { out.Lag = r.lag(n) },
		"ways":   func(n *yaml.Node) { r.items(n, func(n *yaml.Node) { out.Ways = append(out.Ways, r.way(n)) }) },
	}, "lag", "ways")
	return out
}

func (r *reader) lag(n *yaml.Node) time.Duration {
	text := r.text(n)
	d, err := time.ParseDuration(text)
	if text != "" && (err != nil || d < 0 || d > maxLag) {
		r.fault(n, "lag %s is not a time from 0s to %s, such as 60s", excerpt(n.Value), maxLag)
	}
	return d
}

func (r *reader) way(n *yaml.Node) Way {
	var w Way
	r.object(n, fields{
		"run": func(n *yaml.Node) {
			w.Operations = r.texts(n)
			for _, operation := range w.Operations {
				if operation != ActionSearch && operation != ActionList {
					r.fault(n, "run: %s is neither %s nor %s", excerpt(operation), ActionSearch, ActionList)
				}
			}
		},
		"results": func(n *yaml.Node) { w.Results = r.paths(n) },
		"next":    func(n *yaml.Node) { w.Next = r.paths(n) },
		"total":   func(n *yaml.Node) { w.Total = r.paths(n) },
		"full": func(n *yaml.Node) {
			var err error
			if w.Full, err = strconv.Atoi(n.Value); err != nil || w.Full < 1 {
				r.fault(n, "full: want a whole number above zero, found %s", kindText(n))
			}
		},
		"record": func(n *yaml.Node) { w.Record = r.path(n) },
		"wrap":   func(n *yaml.Node) { w.Wrap = r.path(n) },
		"questions": func(n *yaml.Node) {
			r.items(n, func(n *yaml.Node) { w.Questions = append(w.Questions, r.question(n)) })
		},
	}, "run", "questions")
	return w
}

func (r *reader) question(n *yaml.Node) Question {
	var q Question
	r.object(n, fields{
		"key":     func(n *yaml.Node) { q.Key = r.texts(n) },
		"body":    func(n *yaml.Node) { q.Body = r.values(n) },
		"query":   func(n *yaml.Node) { q.Query = r.textMap(n) },
		"carries": func(n *yaml.Node) { q.Carries = r.pathMap(n) },
		"agrees":  func(n *yaml.Node) { q.Agrees = r.pathMap(n) },
	}, "key", "carries")
	if carried := slices.Sorted(maps.Keys(q.Carries)); !slices.Equal(carried, slices.Sorted(slices.Values(q.Key))) {
		r.fault(n, "carries names %s, but the key is %s", strings.Join(carried, ", "), strings.Join(q.Key, ", "))
	}
	asked := make(map[string]bool)
	r.templates(n, q.Body, asked)
	for _, parameter := range slices.Sorted(maps.Keys(q.Query)) {
		t := r.template(n, q.Query[parameter], asked)
		if len(t) == 1 && t[0].filter == listDomains {
			r.fault(n, "%s: a query parameter takes one domain, not a list", excerpt(parameter))
		}
	}
	for _, field := range slices.Sorted(maps.Keys(asked)) {
		if !slices.Contains(q.Key, field) {
			r.fault(n, "{%s} is not a field of the key", field)
		}
	}
	for _, field := range q.Key {
		if !asked[field] {
			r.fault(n, "the question does not ask for %s", excerpt(field))
		}
	}
	return q
}

// templates checks the placeholders in every text of v, and notes which host
// fields they name.
func (r *reader) templates(n *yaml.Node, v any, asked map[string]bool) {
	switch t := v.(type) {
	case string:
		r.template(n, t, asked)
	case []any:
		for _, item := range t {
			r.templates(n, item, asked)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(t)) {
			r.templates(n, t[name], asked)
		}
	case json.Number, bool, nil:
	}
}

func (r *reader) template(n *yaml.Node, text string, asked map[string]bool) template {
	t, err := parseTemplate(text)
	if err != nil {
		r.fault(n, "%s: %w", excerpt(text), err)
	}
	for _, p := range t {
		if p.field != "" && p.field != allFields {
			asked[p.field] = true
		}
		if p.filter == listDomains && (typing{r.catalogue, r.scope}).keyKind(p.field) != domainKey {
			r.fault(n, "%s: {%s|domains}: %[2]s is no domain", excerpt(text), p.field)
		}
	}
	return t
}

func (r *reader) textMap(n *yaml.Node) map[string]string {
	out := make(map[string]string)
	r.entries(n, func(key, value *yaml.Node) { out[key.Value] = r.text(value) })
	return out
}

func (r *reader) pathMap(n *yaml.Node) map[string]string {
	out := make(map[string]string)
	r.entries(n, func(key, value *yaml.Node) { out[key.Value] = r.path(value) })
	return out
}

// checkLookup holds the look-up against the rest of the object: every
// natural key can be asked for, every action that is to be asked has
// candidates, and every host field is one that a rule reads.
func (r *reader) checkLookup(n *yaml.Node, o *Object, m *Mapper) {
	for _, key := range o.NaturalKeys {
		if !slices.ContainsFunc(o.Lookup.Ways, func(w Way) bool { return w.question(key) != nil }) {
			r.fault(n, "lookup: no question for the natural key %s", strings.Join(key, ", "))
		}
	}
	for _, w := range o.Lookup.Ways {
		for _, operation := range w.Operations {
			if len(o.Actions[operation]) == 0 {
				r.fault(n, "lookup: the actions name no %s", operation)
			}
		}
		for _, q := range w.Questions {
			if !slices.ContainsFunc(o.NaturalKeys, func(key []string) bool { return slices.Equal(key, q.Key) }) {
				r.fault(n, "lookup: %s is not a natural key", strings.Join(q.Key, ", "))
			}
			for _, field := range slices.Sorted(maps.Keys(q.Agrees)) {
				if _, read := m.reads[field]; !read {
					r.fault(n, "lookup: agrees: no rule reads %s", excerpt(field))
				}
			}
		}
	}
}
