package mapping

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// appendText appends s as a JSON string, byte for byte as encoding/json with
// HTML escaping writes it, so that a later json.Marshal keeps the bytes.
func appendText(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			dst = appendEscaped(dst, c)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(append(dst, s[start:i]...), `\ufffd`...)
			start = i + size
		case r == '\u2028' || r == '\u2029':
			dst = append(append(dst, s[start:i]...), `\u202`...)
			dst = append(dst, hexDigits[r&0xf])
			start = i + size
		}
		i += size
	}
	return append(append(dst, s[start:]...), '"')
}

func appendEscaped(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
}

// appendJSON appends a decoded JSON value, the keys of objects in order.
func appendJSON(dst []byte, v any, depth int) ([]byte, *fault) {
	if depth > maxDepth {
		return dst, faulty(WrongType, "the value is nested more than "+strconv.Itoa(maxDepth)+" levels deep")
	}
	switch t := v.(type) {
	case nil:
		return append(dst, "null"...), nil
	case bool:
		return strconv.AppendBool(dst, t), nil
	case string:
		return appendText(dst, t), writable(t)
	case []any:
		var f *fault
		dst = append(dst, '[')
		for i, item := range t {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, f = appendJSON(dst, item, depth+1); f != nil {
				return dst, f
			}
		}
		return append(dst, ']'), nil
	case map[string]any:
		var f *fault
		dst = append(dst, '{')
		for i, key := range slices.Sorted(maps.Keys(t)) {
			if i > 0 {
				dst = append(dst, ',')
			}
			if f = writable(key); f != nil {
				return dst, f
			}
			dst = append(appendText(dst, key), ':')
			if dst, f = appendJSON(dst, t[key], depth+1); f != nil {
				return dst, f
			}
		}
		return append(dst, '}'), nil
	}
	return appendNumber(dst, v)
}

// appendNumber keeps the digits of a plain number, however many: it may be an
// id. An exponent is written out.
func appendNumber(dst []byte, v any) ([]byte, *fault) {
	text, ok := numberText(v)
	if !ok {
		return dst, faulty(WrongType, "it is "+describe(v))
	}
	if len(text) <= maxNumberText && numberPrefix(text) == len(text) && !strings.ContainsAny(text, "eE") {
		return append(dst, text...), nil
	}
	text, f := canonicalNumber(text)
	return append(dst, text...), f
}
