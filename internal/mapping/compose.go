package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Compose writes a request body of values by target path: nested by their
// paths as Result.Body nests them, keys sorted, compact. A list position
// that no value fills is null. Without a value the body is {}. The error
// names a path that is malformed or collides with another, and a value that
// is no JSON.
func Compose(values map[string]json.RawMessage) (json.RawMessage, error) {
	var body any = map[string]any{}
	for _, written := range slices.Sorted(maps.Keys(values)) {
		p, err := parsePath(written)
		if err == nil && p[0].index >= 0 {
			err = errors.New("the path begins with an index, but a request body is an object")
		}
		if err == nil && !json.Valid(values[written]) {
			err = errors.New("the value is not valid JSON")
		}
		if err == nil {
			body, err = put(body, p, values[written])
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", excerpt(written), err)
		}
	}
	return json.Marshal(body)
}

// put places a value at p inside v, which is nil where nothing stands yet.
func put(v any, p path, value json.RawMessage) (any, error) {
	if len(p) == 0 {
		if v != nil {
			return nil, errors.New("another value fills the same place, or one inside it")
		}
		return value, nil
	}
	s := p[0]
	if s.index < 0 {
		object, ok := v.(map[string]any)
		if !ok && v != nil {
			return nil, errors.New("another value makes a list or a plain value of an object on the way")
		}
		if object == nil {
			object = make(map[string]any)
		}
		inner, err := put(object[s.key], p[1:], value)
		object[s.key] = inner
		return object, err
	}
	list, ok := v.([]any)
	if !ok && v != nil {
		return nil, errors.New("another value makes an object or a plain value of a list on the way")
	}
	for len(list) <= s.index {
		list = append(list, nil)
	}
	inner, err := put(list[s.index], p[1:], value)
	list[s.index] = inner
	return list, err
}
