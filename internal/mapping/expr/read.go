package expr

import (
	"encoding/json"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// The functions read… turn what a record holds into a value of a field's
// type. Hosts send numbers, dates and booleans as text too. A problem
// continues a sentence: "deal_amount is "x", which …".

func readText(v any) (any, string) {
	switch t := v.(type) {
	case string:
		return types.String(t), ""
	case bool, []any, map[string]any:
		return nil, "is not text"
	}
	n, problem := readNumber(v, false)
	if problem != "" {
		return nil, problem
	}
	return n.(ref.Val).ConvertToType(types.StringType), ""
}

func readNumber(v any, whole bool) (any, string) {
	var n ref.Val
	var problem string
	switch t := v.(type) {
	case json.Number:
		n, problem = parseNumber(string(t))
	case string:
		n, problem = parseNumber(t)
	case int:
		n = amount{whole: int64(t)}.value()
	case int64:
		n = amount{whole: t}.value()
	case float64:
		n, problem = fromFloat(t)
	default:
		return nil, "is not a number"
	}
	switch {
	case problem != "":
		return nil, problem
	case types.IsError(n):
		return nil, "is larger than 1e18"
	}
	if _, fraction := n.(amount); fraction && whole {
		return nil, "is not a whole number"
	}
	return n, ""
}

func readBool(v any) (any, string) {
	switch v {
	case true, "true":
		return types.True, ""
	case false, "false":
		return types.False, ""
	}
	return nil, "is neither true nor false"
}

func readDate(v any) (any, string) {
	text, ok := v.(string)
	if !ok {
		return nil, "is not a date; write it as 2026-01-31"
	}
	t, problem := parseDate(text)
	return types.Timestamp{Time: t}, problem
}

func (a adapter) readList(v any) (any, string) {
	list, ok := v.([]any)
	if !ok {
		return nil, "is not a list"
	}
	return types.NewDynamicList(a, list), ""
}

// adapter turns decoded JSON into CEL values, elements of lists and objects
// only when they are looked at. It knows the field that it reads for the sake
// of its errors.
type adapter struct{ field string }

// NativeToValue implements types.Adapter.
func (a adapter) NativeToValue(v any) ref.Val {
	switch t := v.(type) {
	case ref.Val:
		return t
	case nil:
		return types.NullValue
	case string:
		return types.String(t)
	case bool:
		return types.Bool(t)
	case []any:
		return types.NewDynamicList(a, t)
	case map[string]any:
		return types.NewStringInterfaceMap(a, t)
	case json.Number, int, int64, float64:
		n, problem := readNumber(v, false)
		if problem == "" {
			return n.(ref.Val)
		}
		if a.field == "" {
			return types.WrapErr(failed("%s %s", show(v), problem))
		}
		return types.WrapErr(&Error{Code: CodeFailed, Field: a.field, Message: shorten(a.field) + " holds " + show(v) + ", which " + problem})
	}
	return types.DefaultTypeAdapter.NativeToValue(v)
}
