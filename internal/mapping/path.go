package mapping

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// path is a place in a JSON document: properties.email, data[0].Last_Name.
// A dot, bracket or backslash inside a key is written with a backslash.
type path []step

// step goes to a key of an object, or to an item of a list where key is
// empty and index counts.
type step struct {
	key   string
	index int // -1 where the step is a key
}

// maxIndex bounds list positions: bodies hold a handful of items.
const maxIndex = 99

func parsePath(s string) (path, error) {
	if s == "" {
		return nil, errors.New("the path is empty")
	}
	var p path
	for rest := s; rest != ""; {
		if rest[0] == '[' {
			end := strings.IndexByte(rest, ']')
			if end < 0 {
				return nil, fmt.Errorf("path %s: a [ without a ]", excerpt(s))
			}
			index, err := strconv.Atoi(rest[1:end])
			if err != nil || index < 0 || index > maxIndex || strconv.Itoa(index) != rest[1:end] {
				return nil, fmt.Errorf("path %s: the index %s is not a whole number from 0 to %d", excerpt(s), excerpt(rest[1:end]), maxIndex)
			}
			p = append(p, step{index: index})
			rest = rest[end+1:]
		} else {
			if len(p) > 0 {
				if rest[0] != '.' {
					return nil, fmt.Errorf("path %s: a dot is missing before %s", excerpt(s), excerpt(rest))
				}
				rest = rest[1:]
			}
			key, tail, err := cutKey(rest)
			if err != nil {
				return nil, fmt.Errorf("path %s: %w", excerpt(s), err)
			}
			p = append(p, step{key: key, index: -1})
			rest = tail
		}
		if len(p) > maxDepth {
			return nil, fmt.Errorf("path %s: more than %d steps", excerpt(s), maxDepth)
		}
	}
	return p, nil
}

// cutKey takes one key off the front of s, up to an unescaped dot or bracket.
func cutKey(s string) (key, rest string, err error) {
	var b strings.Builder
	i := 0
	for ; i < len(s) && s[i] != '.' && s[i] != '['; i++ {
		if s[i] == '\\' {
			if i++; i == len(s) || strings.IndexByte(`.[]\`, s[i]) < 0 {
				return "", "", errors.New(`a backslash must be followed by . [ ] or \`)
			}
		}
		b.WriteByte(s[i])
	}
	if b.Len() == 0 {
		return "", "", errors.New("a key is empty")
	}
	return b.String(), s[i:], nil
}

var escapeKey = strings.NewReplacer(`\`, `\\`, `.`, `\.`, `[`, `\[`, `]`, `\]`)

// String writes the path in its one canonical form.
func (p path) String() string {
	var b strings.Builder
	for i, s := range p {
		switch {
		case s.index >= 0:
			fmt.Fprintf(&b, "[%d]", s.index)
		case i > 0:
			b.WriteByte('.')
			fallthrough
		default:
			escapeKey.WriteString(&b, s.key)
		}
	}
	return b.String()
}

// leaf is the last key, the name that a CRM's error uses for the field.
func (p path) leaf() string {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i].index < 0 {
			return p[i].key
		}
	}
	return p.String()
}

// with is p extended by s, without touching p.
func (p path) with(s step) path { return append(p[:len(p):len(p)], s) }

// get finds the value at p in decoded JSON.
func (p path) get(v any) (any, bool) {
	for _, s := range p {
		if s.index >= 0 {
			list, _ := v.([]any)
			if s.index >= len(list) {
				return nil, false
			}
			v = list[s.index]
			continue
		}
		object, _ := v.(map[string]any)
		next, ok := object[s.key]
		if !ok {
			return nil, false
		}
		v = next
	}
	return v, true
}
