package expr

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// conversions declares size(x), number(x) for texts that hold one, round(x) and
// round(x, places), half away from zero, and int(x), which cuts a fraction
// off.
func conversions() []cel.EnvOption {
	number := cel.IntType
	list := cel.ListType(cel.TypeParamType("A"))
	object := cel.MapType(cel.TypeParamType("A"), cel.TypeParamType("B"))
	return []cel.EnvOption{
		cel.Function(overloads.Size,
			cel.Overload(overloads.SizeString, []*cel.Type{cel.StringType}, number),
			cel.MemberOverload(overloads.SizeStringInst, []*cel.Type{cel.StringType}, number),
			cel.Overload(overloads.SizeList, []*cel.Type{list}, number),
			cel.MemberOverload(overloads.SizeListInst, []*cel.Type{list}, number),
			cel.Overload(overloads.SizeMap, []*cel.Type{object}, number),
			cel.MemberOverload(overloads.SizeMapInst, []*cel.Type{object}, number),
			cel.SingletonUnaryBinding(func(v ref.Val) ref.Val {
				if t, ok := v.(traits.Sizer); ok {
					return t.Size()
				}
				return types.WrapErr(failed("size() counts the characters of a text or the elements of a list, not %s", kindOf(v)))
			})),
		cel.Function("number",
			cel.Overload("string_to_number", []*cel.Type{cel.StringType}, number, cel.UnaryBinding(func(v ref.Val) ref.Val {
				text := string(v.(types.String))
				n, problem := parseNumber(text)
				if problem != "" {
					return types.WrapErr(failed("%s %s", quote(text), problem))
				}
				return n
			})),
			cel.Overload("number_to_number", []*cel.Type{number}, number, cel.UnaryBinding(func(v ref.Val) ref.Val { return v }))),
		cel.Function("round",
			cel.Overload("round_number", []*cel.Type{number}, number, cel.UnaryBinding(func(v ref.Val) ref.Val {
				return round(v, types.IntZero)
			})),
			cel.Overload("round_number_places", []*cel.Type{number, number}, number, cel.BinaryBinding(round))),
		cel.Function(overloads.TypeConvertInt,
			cel.Overload(overloads.IntToInt, []*cel.Type{number}, number, cel.UnaryBinding(func(v ref.Val) ref.Val {
				if d, ok := v.(amount); ok {
					return types.Int(d.whole)
				}
				return v
			}))),
	}
}

func round(v, to ref.Val) ref.Val {
	n, isInt := to.(types.Int)
	if !isInt || n < 0 || n > places {
		return types.WrapErr(failed("round() rounds to 0 to %d decimals", places))
	}
	d, ok := v.(amount)
	if !ok {
		return v
	}
	return rounded(d.exact().Round(int32(n)))
}
