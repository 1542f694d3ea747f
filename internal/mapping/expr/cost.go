package expr

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// Budgets, in steps. A step is the reading of a value, a call, or 32 bytes or
// one element that a call goes through: some 100 ns.
const (
	maxSteps    = 100_000   // of one evaluation
	maxEstimate = 3_000_000 // of an expression, if the record were of the assumed size

	assumedText = 1000 // characters of each text
	assumedList = 100  // elements of each list
	bytesAStep  = 32

	decimalSteps = 4 // of an operation on a number with a fraction
)

// steps counts what calls take: before an evaluation by the assumed sizes, so
// that four loops within each other are refused when they are written, and
// during one by the sizes of the values. It replaces the library's model,
// which takes many calls for constant that go through their operands.
type steps struct{}

// CallCost implements cost.ActualCostEstimator. A comparison is charged for
// all that its operands hold at any depth, the ordering of an object for its
// keys, other calls for the length of their operands and of their result.
func (steps) CallCost(function, _ string, args []ref.Val, result ref.Val) *uint64 {
	n := uint64(1)
	if _, loop := result.(traits.MutableLister); loop {
		return &n // one element is put at the end of the list that a loop makes
	}
	if function == inOrder {
		if _, object := args[0].(traits.Mapper); object {
			n += weigh(result, maxSteps)
		}
		return &n
	}
	deep := function == operators.Equals || function == operators.NotEquals || function == operators.In
	for _, arg := range args {
		switch t := arg.(type) {
		case amount:
			n += decimalSteps
		case *pattern:
			if text, ok := args[0].(types.String); ok {
				n += (uint64(len(text)) + 1) * uint64(t.instructions) / bytesAStep
			}
		default:
			if deep {
				n += weigh(arg, maxSteps)
			} else {
				n += length(arg)
			}
		}
	}
	n += length(result)
	return &n
}

// EstimateCallCost implements cost.Estimator. Operators that may skip an
// operand keep the library's estimate.
func (steps) EstimateCallCost(function, overload string, target *cost.AstNode, args []cost.AstNode) *cost.CallEstimate {
	switch function {
	case operators.LogicalAnd, operators.LogicalOr, operators.Conditional, operators.Index, operators.OptIndex:
		return nil
	case "or", "orValue": // the library knows no size of what comes out of an optional
		size := cost.RangedSizeEstimate(0, assumedList)
		return cost.NewCallEstimate(cost.RangedCostEstimate(1, 1), &size)
	}
	n := uint64(1)
	if overload != overloads.AddList {
		if target != nil {
			n += assumedLength(*target)
		}
		for _, arg := range args {
			n += assumedLength(arg)
			if p, ok := literalPattern(arg.Expr()); ok {
				n += assumedText / bytesAStep * uint64(p.instructions)
			}
		}
	}
	return cost.NewCallEstimate(cost.RangedCostEstimate(1, n), nil)
}

// EstimateSize implements cost.Estimator.
func (steps) EstimateSize(node cost.AstNode) *cost.SizeEstimate {
	size := cost.FixedSizeEstimate(1)
	switch node.Type().Kind() {
	case types.StringKind:
		size = cost.RangedSizeEstimate(0, assumedText)
	case types.ListKind, types.MapKind, types.DynKind, types.TypeParamKind, types.OpaqueKind:
		size = cost.RangedSizeEstimate(0, assumedList)
	}
	return &size
}

// assumedLength is the steps to go through an operand of unknown length.
func assumedLength(node cost.AstNode) uint64 {
	switch node.Type().Kind() {
	case types.ListKind, types.MapKind:
		return assumedList
	case types.StringKind, types.DynKind, types.TypeParamKind, types.OpaqueKind:
		if e := node.Expr(); e != nil && e.Kind() == ast.LiteralKind {
			return length(e.AsLiteral())
		}
		return assumedText / bytesAStep
	}
	return 0
}

func literalPattern(e ast.Expr) (*pattern, bool) {
	if e == nil || e.Kind() != ast.LiteralKind {
		return nil, false
	}
	p, ok := e.AsLiteral().(*pattern)
	return p, ok
}
