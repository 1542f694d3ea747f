package mapping

import (
	"maps"
	"slices"
	"strings"
)

// Shape is what a live schema says about the fields that a mapping fills, by
// target path. It can be stored as JSON and compared with a later one. A field
// that the schema says nothing about is not in it.
type Shape map[string]TargetShape

// TargetShape is what a schema says about one field.
type TargetShape struct {
	Listed   bool     `json:"listed,omitempty"`   // the schema names it; false: only those beside it
	Types    []string `json:"types,omitempty"`    // JSON types; empty: the schema does not say
	Required bool     `json:"required,omitempty"` // the schema insists on it
	Unfilled bool     `json:"unfilled,omitempty"` // and no rule fills it
}

// Kinds of a Drift.
const (
	FieldGone     = "field_gone"
	FieldRetyped  = "field_retyped"
	NewlyRequired = "newly_required"
	ActionGone    = "action_gone" // the CRM has no action for the object any more
)

// Drift is one change of a schema that concerns a mapping.
type Drift struct {
	To      string   `json:"to"`
	Kind    string   `json:"kind"` // one of the constants above
	Before  []string `json:"before,omitempty"`
	After   []string `json:"after,omitempty"`
	Message string   `json:"message"`
}

// Equal reports whether two drifts are the same.
func (d Drift) Equal(other Drift) bool {
	return d.To == other.To && d.Kind == other.Kind && slices.Equal(d.Before, other.Before) && slices.Equal(d.After, other.After)
}

// Shape is what the schema that the mapper was compiled for says about the
// fields of its enabled rules, and about required fields that none fills. It
// is empty where the schema says nothing at all.
func (m *Mapper) Shape() Shape {
	s := make(Shape, len(m.rules))
	for i := range m.rules {
		r := &m.rules[i]
		if r.target.listed || r.target.unlisted {
			s[r.to] = TargetShape{Listed: r.target.listed, Types: r.target.kinds.names(), Required: r.schemaRequired}
		}
	}
	for i := range m.needs {
		if need := &m.needs[i]; need.schema && len(need.fills) == 0 && need.under == nil {
			s[need.target] = TargetShape{Listed: true, Types: need.kinds.names(), Required: true, Unfilled: true}
		}
	}
	return s
}

// Drift lists what has become of the fields since s, by target path. A field
// that was never listed cannot be gone, and a schema that says nothing about
// it any more does not take it away.
func (s Shape) Drift(now Shape) []Drift {
	var out []Drift
	for _, to := range slices.Sorted(maps.Keys(now)) {
		before, after := s[to], now[to]
		switch {
		case after.Unfilled && !before.Required:
			out = append(out, Drift{To: to, Kind: NewlyRequired, Before: before.Types, After: after.Types,
				Message: "The CRM now requires " + shorten(to) + ", and no rule fills it."})
		case after.Unfilled || !before.Listed:
		case !after.Listed:
			out = append(out, Drift{To: to, Kind: FieldGone, Before: before.Types,
				Message: "The CRM's schema no longer lists " + shorten(to) + "."})
		case len(before.Types) > 0 && len(after.Types) > 0 && !slices.Equal(before.Types, after.Types):
			out = append(out, Drift{To: to, Kind: FieldRetyped, Before: before.Types, After: after.Types,
				Message: "The CRM now takes " + strings.Join(after.Types, " or ") + " in " + shorten(to) + ", where it took " + strings.Join(before.Types, " or ") + "."})
		}
	}
	return out
}
