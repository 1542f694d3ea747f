package expr

import (
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// length is the steps that it takes to go through a value once, without what
// its elements hold.
func length(v ref.Val) uint64 {
	switch t := v.(type) {
	case types.String:
		return uint64(len(t)) / bytesAStep
	case traits.Sizer:
		if n, ok := t.Size().(types.Int); ok {
			return uint64(n)
		}
	}
	return 0
}

// weigh is the steps that it takes to go through all that a value holds, and
// stops counting at a limit.
func weigh(v any, limit uint64) uint64 {
	n := uint64(0)
	switch t := v.(type) {
	case string:
		n = uint64(len(t)) / bytesAStep
	case types.String:
		n = uint64(len(t)) / bytesAStep
	case []any:
		for i := 0; i < len(t) && n < limit; i++ {
			n += 1 + weigh(t[i], limit-n)
		}
	case []ref.Val:
		for i := 0; i < len(t) && n < limit; i++ {
			n += 1 + weigh(t[i], limit-n)
		}
	case map[string]any:
		for key, element := range t {
			if n += 1 + uint64(len(key))/bytesAStep; n >= limit {
				break
			}
			n += weigh(element, limit-n)
		}
	case map[ref.Val]ref.Val:
		for key, element := range t {
			if n += 1 + weigh(key, limit); n >= limit {
				break
			}
			n += weigh(element, limit-n)
		}
	case traits.Lister:
		n = weighContents(t, limit)
	case traits.Mapper:
		n = weighContents(t, limit)
	}
	return n
}

func weighContents(v interface {
	ref.Val
	traits.Sizer
}, limit uint64) uint64 {
	switch contents := v.Value().(type) {
	case []any, []ref.Val, map[string]any, map[ref.Val]ref.Val:
		return weigh(contents, limit)
	}
	return length(v)
}
