package mapping

import "encoding/json"

// Result is what Forward made of one record. It is not to be changed.
type Result struct {
	// Values are the fields to be sent, in rule order.
	Values []Value
	// Issues are what a person should know, in rule order, missing fields last.
	Issues []Issue
	// Unmapped are the record's keys that no enabled rule reads, sorted.
	Unmapped []string

	tree  *node
	rules int // number of compiled rules
}

// Value is one field of the CRM with the JSON that it gets.
type Value struct {
	*Provenance
	JSON     json.RawMessage // compact
	Required bool            // the live schema requires it, or, on create, the rule
	IfEmpty  bool            // on update: send it only where the CRM's record has no value
	slot     int32           // the index of its rule
}

// Provenance says where a rule's values come from. All values of a rule share
// it; it is not to be changed.
type Provenance struct {
	From      []string // host fields
	To        string   // the CRM's path
	Origin    string   // the rule's
	Transform string   // what makes the value, empty for copy and for an expression
	Expr      string   // the expression that makes it
}

// Sendable reports whether no issue is an error.
func (r *Result) Sendable() bool {
	for i := range r.Issues {
		if r.Issues[i].Severity == Error {
			return false
		}
	}
	return true
}

// Body builds the request body: values nested by their paths, keys in rule
// order, compact. include chooses the values of a partial update; nil takes
// all. Without a value the body is {}. A later json.Marshal keeps the bytes.
func (r *Result) Body(include func(Value) bool) json.RawMessage {
	var few [32]json.RawMessage
	leaves := few[:]
	if r.rules > len(few) {
		leaves = make([]json.RawMessage, r.rules)
	}
	size := 64
	for _, v := range r.Values {
		if include == nil || include(v) {
			leaves[v.slot] = v.JSON
			size += len(v.To) + len(v.JSON) + 4
		}
	}
	if r.tree != nil {
		if body, ok := r.tree.append(make([]byte, 0, size), leaves); ok {
			return body
		}
	}
	return json.RawMessage("{}")
}
