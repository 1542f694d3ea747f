package expr

import (
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Program is a compiled expression. It is immutable and safe for concurrent
// use.
type Program struct {
	source    string
	whole     part
	conjuncts []part
}

// Source is the expression as it was written.
func (p *Program) Source() string { return p.source }

// Fields are the names of the record's fields that the expression reads or
// tests for, sorted, each once.
func (p *Program) Fields() []string { return slices.Clone(p.whole.fields) }

// Eval evaluates the expression for a record: its id and its fields as
// decoded JSON (nil, bool, string, json.Number, []any, map[string]any; also
// int, int64, float64). The result is nil, bool, string, json.Number without
// an exponent, []any or map[string]any; a date is text.
//
// Errors are of type *Error. One with Missing set means that the expression
// has no value for this record, since the record lacks a field.
func (p *Program) Eval(id string, fields map[string]any) (any, error) {
	v, _, problem := p.whole.eval(&activation{id, fields})
	if problem != nil {
		return nil, problem
	}
	out, problem := plain(v)
	if problem != nil {
		return nil, problem
	}
	return out, nil
}

// eval returns the value and the steps that it took.
func (p *part) eval(vars *activation) (v ref.Val, steps uint64, problem *Error) {
	defer func() {
		if r := recover(); r != nil {
			v, problem = nil, failed("the expression cannot be evaluated for this record")
		}
	}()
	v, details, err := p.program.Eval(vars)
	if cost := details.ActualCost(); cost != nil {
		steps = *cost
	}
	if err != nil {
		return nil, steps, runtimeProblem(err, p.places)
	}
	return v, steps, nil
}

// activation gives an evaluation its two variables.
type activation struct {
	id     string
	fields map[string]any
}

// ResolveName implements cel.Activation.
func (a *activation) ResolveName(name string) (any, bool) {
	switch name {
	case "record":
		return a.fields, true
	case "id":
		return types.String(a.id), true
	}
	return nil, false
}

// Parent implements cel.Activation.
func (a *activation) Parent() cel.Activation { return nil }
