package expr

import (
	"errors"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// operations declares the operators in place of the library's,
// whose integers divide to integers and whose fractions are binary floats.
// Texts, lists, dates and lengths of time keep the library's behaviour.
func operations() []cel.EnvOption {
	number, moment, span := cel.IntType, cel.TimestampType, cel.DurationType
	list := cel.ListType(cel.TypeParamType("A"))
	two := func(id string, a, b, result *cel.Type) cel.FunctionOpt {
		return cel.Overload(id, []*cel.Type{a, b}, result)
	}
	options := []cel.EnvOption{
		cel.Function(operators.Add,
			two(overloads.AddInt64, number, number, number),
			two(overloads.AddString, cel.StringType, cel.StringType, cel.StringType),
			two(overloads.AddList, list, list, list),
			two(overloads.AddTimestampDuration, moment, span, moment),
			two(overloads.AddDurationTimestamp, span, moment, moment),
			two(overloads.AddDurationDuration, span, span, span),
			cel.SingletonBinaryBinding(operator("+", add, concatenate))),
		cel.Function(operators.Subtract,
			two(overloads.SubtractInt64, number, number, number),
			two(overloads.SubtractTimestampTimestamp, moment, moment, span),
			two(overloads.SubtractTimestampDuration, moment, span, moment),
			two(overloads.SubtractDurationDuration, span, span, span),
			cel.SingletonBinaryBinding(operator("-", subtract, func(a, b ref.Val) ref.Val {
				if x, ok := a.(traits.Subtractor); ok {
					return x.Subtract(b)
				}
				return types.NoSuchOverloadErr()
			}))),
		cel.Function(operators.Multiply, two(overloads.MultiplyInt64, number, number, number),
			cel.SingletonBinaryBinding(operator("*", multiply, nil))),
		cel.Function(operators.Divide, two(overloads.DivideInt64, number, number, number),
			cel.SingletonBinaryBinding(operator("/", divide, nil))),
		cel.Function(operators.Modulo, two(overloads.ModuloInt64, number, number, number),
			cel.SingletonBinaryBinding(operator("%", modulo, nil))),
		cel.Function(operators.Negate, cel.Overload(overloads.NegateInt64, []*cel.Type{number}, number),
			cel.SingletonUnaryBinding(func(v ref.Val) ref.Val {
				if d, ok := parts(v); ok {
					return amount{-d.whole, -d.nanos}.value()
				}
				return types.WrapErr(failed("\"-\" needs a number, not %s", kindOf(v)))
			})),
	}
	for _, c := range []struct {
		name, ints, texts, moments, spans string
		holds                             func(order int) bool
	}{
		{operators.Less, overloads.LessInt64, overloads.LessString, overloads.LessTimestamp, overloads.LessDuration,
			func(o int) bool { return o < 0 }},
		{operators.LessEquals, overloads.LessEqualsInt64, overloads.LessEqualsString, overloads.LessEqualsTimestamp, overloads.LessEqualsDuration,
			func(o int) bool { return o <= 0 }},
		{operators.Greater, overloads.GreaterInt64, overloads.GreaterString, overloads.GreaterTimestamp, overloads.GreaterDuration,
			func(o int) bool { return o > 0 }},
		{operators.GreaterEquals, overloads.GreaterEqualsInt64, overloads.GreaterEqualsString, overloads.GreaterEqualsTimestamp, overloads.GreaterEqualsDuration,
			func(o int) bool { return o >= 0 }},
	} {
		symbol, _ := operators.FindReverse(c.name)
		options = append(options, cel.Function(c.name,
			two(c.ints, number, number, cel.BoolType),
			two(c.texts, cel.StringType, cel.StringType, cel.BoolType),
			two(c.moments, moment, moment, cel.BoolType),
			two(c.spans, span, span, cel.BoolType),
			cel.SingletonBinaryBinding(operator(symbol,
				func(a, b amount) ref.Val { return types.Bool(c.holds(compare(a, b))) },
				func(a, b ref.Val) ref.Val {
					if _, isBool := a.(types.Bool); isBool || a.Type() != b.Type() {
						return types.NoSuchOverloadErr()
					}
					x, ok := a.(traits.Comparer)
					if !ok {
						return types.NoSuchOverloadErr()
					}
					order, ok := x.Compare(b).(types.Int)
					if !ok {
						return types.NoSuchOverloadErr()
					}
					return types.Bool(c.holds(int(order)))
				}))))
	}
	return options
}

// operator joins the two halves of an operator, that on numbers and that on
// other values, and says in words where neither fits.
func operator(symbol string, numbers func(a, b amount) ref.Val, others func(a, b ref.Val) ref.Val) func(a, b ref.Val) ref.Val {
	return func(a, b ref.Val) ref.Val {
		x, isNumber := parts(a)
		y, bothNumbers := parts(b)
		if isNumber && bothNumbers {
			return numbers(x, y)
		}
		if others != nil && !isNumber && !bothNumbers {
			switch v := others(a, b); {
			case !types.IsError(v):
				return v
			case errors.As(v.(*types.Err), new(*Error)):
				return v
			case !isNoOverload(v):
				return types.WrapErr(failed("the result of %q is out of range", symbol))
			}
		}
		return types.WrapErr(failed("%q does not work between %s and %s%s", symbol, kindOf(a), kindOf(b), hint(kindOf(a), kindOf(b))))
	}
}

func isNoOverload(v ref.Val) bool {
	e, ok := v.(*types.Err)
	return ok && e.String() == "no such overload"
}

// maxListed is the most elements of a list that + makes.
const maxListed = 20_000

// concatenate is + for texts, dates, lengths of time and lists. Lists are
// copied: the library's views of views take quadratic time to go through.
func concatenate(a, b ref.Val) ref.Val {
	x, ok := a.(traits.Adder)
	if !ok {
		return types.NoSuchOverloadErr()
	}
	left, isList := a.(traits.Lister)
	right, bothLists := b.(traits.Lister)
	if _, loop := a.(traits.MutableLister); loop || !isList || !bothLists {
		return x.Add(b)
	}
	if length(left)+length(right) > maxListed {
		return types.WrapErr(tooCostly("\"+\" would make a list of more than 20,000 elements"))
	}
	all := make([]ref.Val, 0, length(left)+length(right))
	for _, list := range []traits.Lister{left, right} {
		for it := list.Iterator(); it.HasNext() == types.True; {
			all = append(all, it.Next())
		}
	}
	return types.NewRefValList(adapter{}, all)
}
