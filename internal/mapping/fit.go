package mapping

import (
	"slices"
	"strings"
)

// fit adapts the JSON value that starts at dst[start] to the type that the
// live schema gives the field, where that loses nothing: "42" to 42, 42 to
// "42". A value outside the schema's list of choices is sent with a warning,
// since the account may have added choices of its own.
func (t *target) fit(dst []byte, start int) ([]byte, *fault) {
	if t.kinds == 0 && t.enum == nil {
		return dst, nil
	}
	if t.kinds != 0 {
		fitted, ok := t.kinds.fit(dst, start)
		if !ok {
			return dst, faulty(WrongType, "the CRM takes "+t.kinds.nouns()+", but the value is "+describeJSON(dst[start:]))
		}
		dst = fitted
	}
	if t.enum != nil && !slices.Contains(t.enum, string(dst[start:])) {
		return dst, &fault{code: NotAllowed, problem: describeJSON(dst[start:]) + " is not among the choices that the CRM lists", warning: true}
	}
	return dst, nil
}

func (k kinds) fit(dst []byte, start int) ([]byte, bool) {
	switch c := dst[start]; c {
	case '[':
		return dst, k.has(kindArray)
	case '{':
		return dst, k.has(kindObject)
	case '"':
		if k.has(kindString) {
			return dst, true
		}
		return k.fitText(dst, start)
	case 't', 'f':
		if k.has(kindBoolean) {
			return dst, true
		}
		return quoteFor(k, dst, start)
	}
	if k.has(kindNumber) {
		return dst, true
	}
	if k.has(kindInteger) {
		if text, f := wholeNumber(string(dst[start:])); f == nil {
			return append(dst[:start], text...), true
		}
	}
	return quoteFor(k, dst, start)
}

// fitText takes a text for a field that wants none: it must be a number or
// boolean in quotes.
func (k kinds) fitText(dst []byte, start int) ([]byte, bool) {
	text := string(dst[start+1 : len(dst)-1])
	if k.has(kindBoolean) && (text == "true" || text == "false") {
		return append(dst[:start], text...), true
	}
	if !k.has(kindNumber | kindInteger) {
		return dst, false
	}
	text, f := canonicalNumber(text)
	if f != nil || !k.has(kindNumber) && strings.IndexByte(text, '.') >= 0 {
		return dst, false
	}
	return append(dst[:start], text...), true
}

// quoteFor makes text of a number or boolean where the field takes text.
func quoteFor(k kinds, dst []byte, start int) ([]byte, bool) {
	if !k.has(kindString) {
		return dst, false
	}
	return append(slices.Insert(dst, start, '"'), '"'), true
}

func describeJSON(value []byte) string {
	v, err := decodeAny(value)
	if err != nil {
		return excerpt(string(value))
	}
	return describe(v)
}
