package mapping

import (
	"maps"
	"slices"
)

// lens is a compiled transform between the sources of a rule and the one JSON
// value at its target. Both halves are pure.
type lens interface {
	// forward appends the target's JSON. At least one source has a value.
	forward(dst []byte, in *sources) ([]byte, *fault)
	// backward gives the sources their values from what the CRM holds, which
	// is neither null nor blank. current are the sources as known at the host.
	backward(crm any, current []any) ([]any, *fault)
}

// eraser is a lens that does not empty all its sources when the CRM's value
// is gone.
type eraser interface {
	erase(current []any) []any
}

// sources are a rule's inputs for one record.
type sources struct {
	names  []string
	values []any             // aligned with names; nil where the record has no value
	refs   map[string]string // host field to CRM record id
}

// transform makes lenses of one kind.
type transform struct {
	sources int // how many host fields it reads; 0 for one or more
	build   func(o *options, t target) lens
}

// transforms are the named lenses that a rule can choose from.
var transforms = map[string]transform{
	"copy":           {1, newCopy},
	"first":          {0, newFirst},
	"join":           {0, newJoin},
	"split":          {1, newSplit},
	"list":           {1, newList},
	"number":         {1, newNumber},
	"integer":        {1, newInteger},
	"decimal_string": {1, newDecimalString},
	"cents":          {1, newCents},
	"date":           {1, newDate},
	"unix_seconds":   {1, newUnixSeconds},
	"value_map":      {1, newCopy},
	"reference":      {1, newReference},
}

// Transforms lists the names that Rule.Transform can have.
func Transforms() []string { return slices.Sorted(maps.Keys(transforms)) }
