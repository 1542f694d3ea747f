package mapping

import (
	"strings"
	"unicode"
)

// joinLens makes one text of several, such as a full name of first and last.
// Blanks at the ends go and blanks in a row become one, so that the parts can
// be found again: everything before the last separator, and what follows it.
type joinLens struct {
	separator string
}

func newJoin(o *options, _ target) lens {
	l := joinLens{o.text("separator", " ")}
	if l.separator == "" || len(l.separator) > 8 {
		o.fault("option separator: want 1 to 8 bytes")
	}
	return l
}

func (l joinLens) forward(dst []byte, in *sources) ([]byte, *fault) {
	parts := make([]string, 0, 4)
	for _, v := range in.values {
		if v == nil {
			continue
		}
		text, ok := textOf(v)
		if !ok {
			return dst, faulty(WrongType, "text is needed, but it is "+describe(v))
		}
		parts = append(parts, collapse(text))
	}
	return appendText(dst, strings.Join(parts, l.separator)), nil
}

// backward gives a lone word to the only source that had a value, else to the
// last one: CRMs that want one name want the last name.
func (l joinLens) backward(crm any, current []any) ([]any, *fault) {
	text, ok := crm.(string)
	if !ok {
		return nil, faulty(WrongType, "text is expected, but the CRM holds "+describe(crm))
	}
	next := make([]any, len(current))
	rest := strings.TrimSpace(text)
	for i := len(next) - 1; i > 0; i-- {
		at := strings.LastIndex(rest, l.separator)
		if at < 0 {
			if i == len(next)-1 {
				next[onlyOne(current)] = rest
			} else {
				next[i] = rest
			}
			return next, nil
		}
		if part := strings.TrimSpace(rest[at+len(l.separator):]); part != "" {
			next[i] = part
		}
		rest = strings.TrimSpace(rest[:at])
	}
	if rest != "" {
		next[0] = rest
	}
	return next, nil
}

// onlyOne is the position of the only value, else the last position.
func onlyOne(values []any) int {
	at := -1
	for i, v := range values {
		if v == nil {
			continue
		}
		if at >= 0 {
			return len(values) - 1
		}
		at = i
	}
	if at < 0 {
		return len(values) - 1
	}
	return at
}

func collapse(s string) string {
	if !strings.ContainsFunc(s, unicode.IsSpace) {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// splitLens sends one part of a full name: the last word, or what stands
// before it. A lone word is a last name. Backward replaces that part and
// keeps the other.
type splitLens struct {
	last bool
}

func newSplit(o *options, _ target) lens {
	return splitLens{o.choice("part", "", "first", "last") == "last"}
}

func cutName(v any) (first, last string, ok bool) {
	text, ok := textOf(v)
	text = collapse(text)
	at := strings.LastIndexByte(text, ' ')
	return text[:max(at, 0)], text[at+1:], ok
}

// forward writes nothing where the name lacks the part.
func (l splitLens) forward(dst []byte, in *sources) ([]byte, *fault) {
	first, last, ok := cutName(in.values[0])
	if !ok {
		return dst, faulty(WrongType, "text is needed, but it is "+describe(in.values[0]))
	}
	if l.last {
		return appendText(dst, last), nil
	}
	if first == "" {
		return dst, nil
	}
	return appendText(dst, first), nil
}

func (l splitLens) backward(crm any, current []any) ([]any, *fault) {
	text, ok := crm.(string)
	if !ok {
		return nil, faulty(WrongType, "text is expected, but the CRM holds "+describe(crm))
	}
	return l.replace(collapse(text), current), nil
}

func (l splitLens) erase(current []any) []any { return l.replace("", current) }

func (l splitLens) replace(part string, current []any) []any {
	first, last, _ := cutName(current[0])
	if l.last {
		last = part
	} else {
		first = part
	}
	if whole := strings.TrimSpace(first + " " + last); whole != "" {
		return []any{whole}
	}
	return []any{nil}
}
