package expr

import (
	"encoding/json"
	"strconv"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// maxResultValues is the most values that a result may hold, at any depth.
const maxResultValues = 10_000

// plain turns a result into plain JSON values.
func plain(v ref.Val) (any, *Error) {
	r := result{bytes: maxText, values: maxResultValues}
	out := r.plain(v)
	return out, r.err
}

// result counts down what a result may still hold.
type result struct {
	bytes, values int
	err           *Error
}

func (r *result) fail(e *Error) any {
	if r.err == nil {
		r.err = e
	}
	return nil
}

func (r *result) text(s string) string {
	if r.bytes -= len(s); r.bytes < 0 {
		r.fail(tooCostly("the result is a text of more than 64 KiB"))
		return ""
	}
	return s
}

func (r *result) plain(v ref.Val) any {
	if r.values--; r.values < 0 {
		return r.fail(tooManyValues())
	}
	switch t := v.(type) {
	case types.Null:
		return nil
	case types.Bool:
		return bool(t)
	case types.String:
		return r.text(string(t))
	case types.Int:
		if t > maxWhole || t < -maxWhole {
			return r.fail(failed("the result is larger than 1e18"))
		}
		return json.Number(strconv.FormatInt(int64(t), 10))
	case amount:
		return json.Number(t.String())
	case types.Timestamp:
		return dateText(t.Time)
	case *types.Optional:
		if !t.HasValue() {
			return nil
		}
		return r.plain(t.GetValue())
	case traits.Lister:
		out := []any{}
		for it := t.Iterator(); it.HasNext() == types.True && r.err == nil; {
			element := it.Next()
			if o, ok := element.(*types.Optional); ok && !o.HasValue() {
				continue // there is nothing to list
			}
			out = append(out, r.plain(element))
		}
		return out
	case traits.Mapper:
		return r.object(t)
	case *types.Err:
		return r.fail(runtimeProblem(t, nil))
	}
	return r.fail(failed("%s cannot be the value of a field", kindOf(v)))
}

// object goes through the keys in order, so that of several faults it is
// always the same one that is told.
func (r *result) object(object traits.Mapper) any {
	if length(object) > uint64(r.values) {
		return r.fail(tooManyValues())
	}
	keys, problem := sortedKeys(object)
	if problem != nil {
		return r.fail(problem)
	}
	out := make(map[string]any, len(keys))
	for _, key := range keys {
		name, ok := key.(types.String)
		if !ok {
			return r.fail(failed("the keys of an object must be texts, but one is %s", kindOf(key)))
		}
		if out[r.text(string(name))] = r.plain(object.Get(key)); r.err != nil {
			return nil
		}
	}
	return out
}

func tooManyValues() *Error { return tooCostly("the result holds more than 10,000 values") }
