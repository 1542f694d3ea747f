package mapping

import "slices"

// copyLens sends a value as it is; fit then adapts it to the schema's type.
type copyLens struct {
	takes kinds
}

func newCopy(_ *options, t target) lens { return copyLens{t.kinds} }

func (c copyLens) forward(dst []byte, in *sources) ([]byte, *fault) {
	return c.append(dst, in.values[0])
}

func (c copyLens) append(dst []byte, v any) ([]byte, *fault) {
	switch t := v.(type) {
	case string:
		return appendText(dst, t), nil
	case []any:
		if !c.takes.has(kindArray) {
			return dst, faulty(WrongType, "it is a list, and the CRM's field is not known to take one")
		}
	case map[string]any:
		if !c.takes.has(kindObject) {
			return dst, faulty(WrongType, "it is an object, and the CRM's field is not known to take one")
		}
	}
	return appendJSON(dst, v, 0)
}

func (copyLens) backward(crm any, _ []any) ([]any, *fault) { return []any{crm}, nil }

// firstLens sends the first source that has a value. What comes back goes to
// the first source, which wins over the others when it is sent again.
type firstLens struct {
	copyLens
}

func newFirst(_ *options, t target) lens { return firstLens{copyLens{t.kinds}} }

func (l firstLens) forward(dst []byte, in *sources) ([]byte, *fault) {
	for _, v := range in.values {
		if v != nil {
			return l.append(dst, v)
		}
	}
	return dst, nil
}

func (firstLens) backward(crm any, current []any) ([]any, *fault) {
	next := slices.Clone(current)
	next[0] = crm
	return next, nil
}

// erase empties the first source alone: the others were only its stand-ins.
func (firstLens) erase(current []any) []any {
	next := slices.Clone(current)
	next[0] = nil
	return next
}
