package mapping

import (
	"maps"
	"slices"
)

// Verify says, before any record is mapped, what the live schema has against the rules: a required field that none fills,
// a field that the schema lacks, a type that the rule's values never have, a value map's value that is no choice. Errors
// are what would stop every record.
func (m *Mapper) Verify(op Operation) []Issue {
	var issues []Issue
	for i := range m.rules {
		r := &m.rules[i]
		if r.policy(op) == Never {
			continue
		}
		switch {
		case r.leftOut:
			issues = append(issues, r.leftOutIssue())
		case r.target.unlisted:
			issues = append(issues, r.unlistedIssue())
		default:
			issues = append(issues, r.trials()...)
		}
	}
	for i := range m.needs {
		need := &m.needs[i]
		if !need.schema && op == Update {
			continue
		}
		if issue := m.missing(need, op); issue.Code == NoRule {
			issues = append(issues, issue)
		}
	}
	return issues
}

// trials sends what the rule's host field would typically hold, and every value that its map knows, through the rule.
func (r *rule) trials() (issues []Issue) {
	values := make([]any, max(len(r.from), 1))
	for i, t := range r.types {
		values[i] = specimens[t]
	}
	if l, ok := r.lens.(valueMapLens); ok {
		for _, host := range l.hosts() {
			values[0] = host
			issues = append(issues, r.trial(values)...)
		}
		return issues
	}
	return r.trial(values)
}

func (r *rule) trial(values []any) []Issue {
	if allNil(values) || r.target.kinds == 0 && r.target.enum == nil {
		return nil
	}
	out, f := r.lens.forward(nil, &sources{names: r.from, values: values})
	if f == nil && len(out) > 0 {
		_, f = r.target.fit(out, 0)
	}
	if f == nil || f.code == UnresolvedReference {
		return nil
	}
	if _, mapped := r.lens.(valueMapLens); !mapped && f.code != WrongType {
		return nil // it is the specimen that does not suit, not the kind
	}
	return []Issue{r.issue(f, r.field+" does not take what "+listing(r.from)+" holds")}
}

// specimens are values of the types that no field of another kind can take.
var specimens = map[FieldType]any{TypeEmail: "john.doe@acme.com", TypeURL: "https://acme.com", TypeDate: "2026-01-31"}

// hosts are the host's values that the map knows, sorted.
func (l valueMapLens) hosts() []string { return slices.Sorted(maps.Keys(l.toCRM)) }

// SamePath reports whether two texts name one target, however they are written.
func SamePath(a, b string) bool {
	p, err := parsePath(a)
	if err != nil {
		return a == b
	}
	q, err := parsePath(b)
	return err == nil && slices.Equal(p, q)
}
