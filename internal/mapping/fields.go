package mapping

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Operation says which of the CRM's write actions a body is made for.
type Operation string

const (
	// Create makes a new CRM record.
	Create Operation = "create"
	// Update changes an existing CRM record.
	Update Operation = "update"
)

// Fields is a host record as decoded JSON: nil, bool, string, json.Number,
// []any and map[string]any. DecodeFields makes one from bytes.
type Fields map[string]any

// noValue reports whether v says nothing: absent, null, or blank text. False,
// zero and an empty list are values.
func noValue(v any) bool {
	switch t := v.(type) {
	case nil:
		return true
	case string:
		return t == "" || (t[0] <= ' ' || t[0] >= utf8.RuneSelf) && strings.TrimSpace(t) == ""
	}
	return false
}

// textOf gives a scalar's text: a string as it is, a number as written, true
// and false. ok is false for everything else.
func textOf(v any) (text string, ok bool) {
	switch t := v.(type) {
	case string:
		return t, true
	case bool:
		return strconv.FormatBool(t), true
	}
	return numberText(v)
}

// numberText gives the text of a JSON number. Go's own number types are
// taken as well, so that records built in code need no detour through JSON.
func numberText(v any) (text string, ok bool) {
	switch t := v.(type) {
	case json.Number:
		return string(t), true
	case int:
		return strconv.Itoa(t), true
	case int64:
		return strconv.FormatInt(t, 10), true
	case float64:
		if math.IsNaN(t) || math.IsInf(t, 0) {
			return "", false
		}
		return strconv.FormatFloat(t, 'f', -1, 64), true
	}
	return "", false
}

// describe names the kind of a value for messages.
func describe(v any) string {
	switch t := v.(type) {
	case nil:
		return "nothing"
	case bool:
		return strconv.FormatBool(t)
	case string:
		return "the text " + excerpt(t)
	case []any:
		return "a list"
	case map[string]any, Fields:
		return "an object"
	}
	if text, ok := numberText(v); ok {
		return "the number " + shorten(text)
	}
	return "a value that JSON does not have"
}
