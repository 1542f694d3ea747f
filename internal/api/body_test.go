package api

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCheckText(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body string
		ok   bool
	}{
		"object":                   {`{"a":[1,{"b":"c"}]}`, true},
		"brackets in a string":     {`"` + strings.Repeat("[", 1000) + `"`, true},
		"escaped quote":            {`{"a":"\"[[["}`, true},
		"escaped backslash":        {`{"a":"\\","b":[]}`, true},
		"64 levels":                {strings.Repeat("[", 64) + strings.Repeat("]", 64), true},
		"65 levels":                {strings.Repeat("[", 65) + strings.Repeat("]", 65), false},
		"wide and shallow":         {`[` + strings.Repeat(`{},`, 10_000) + `{}]`, true},
		"NUL byte":                 {"\"\x00\"", false},
		"NUL escape":               {`"\u0000"`, false},
		"backslash, then u0000":    {`"\\u0000"`, true},
		"two backslashes and NUL":  {`"\\\u0000"`, false},
		"invalid UTF-8":            {"\"\xc3\x28\"", false},
		"ends inside an escape":    {`"\`, true}, // for the decoder to refuse
		"escape cut short":         {`"\u00`, true},
		"other control characters": {`"\u0001"`, true},
	} {
		if err := checkText([]byte(c.body)); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever passes is UTF-8 that decodes without NUL, or no JSON at all.
func FuzzCheckText(f *testing.F) {
	for _, seed := range []string{`{"a":"\\\u0000"}`, `[[["\""]]]`, "\xff", `"\u0000`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if checkText(body) != nil {
			return
		}
		if !utf8.Valid(body) {
			t.Fatal("invalid UTF-8 passed")
		}
		var value any
		if json.Unmarshal(body, &value) == nil && hasNUL(value) {
			t.Fatalf("a NUL passed in %q", body)
		}
	})
}

func hasNUL(value any) bool {
	switch v := value.(type) {
	case string:
		return strings.ContainsRune(v, 0)
	case []any:
		for _, inner := range v {
			if hasNUL(inner) {
				return true
			}
		}
	case map[string]any:
		for key, inner := range v {
			if strings.ContainsRune(key, 0) || hasNUL(inner) {
				return true
			}
		}
	}
	return false
}
