package mapping_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sendtocrm/internal/mapping"
)

func TestDecodeFields(t *testing.T) {
	t.Parallel()
	got := decode(t, ` { "a" : "x\n\u00e9\ud83d\ude00\"" , "b":[1.50,-2e3,{"c":null}],"d":{},"e":[],"f":true,"g":false } `)
	want := mapping.Fields{"a": "x\né😀\"", "b": []any{json.Number("1.50"), json.Number("-2e3"), map[string]any{"c": nil}}, "d": map[string]any{}, "e": []any{}, "f": true, "g": false}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecodeFieldsErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"":                                "want a JSON object, found nothing",
		"null":                            "want a JSON object, found null",
		"[]":                              "want a JSON object, found []",
		`{"a":1,"a":2}`:                   `the key "a" a second time`,
		`{"a":{"b":1,"\u0062":2}}`:        `the key "b" a second time`,
		`{"a":1}x`:                        "text after the end of the object at byte 7",
		`{"a":1,}`:                        "no key",
		`{"a" 1}`:                         "no colon",
		`{"a":}`:                          "no JSON value",
		`{"a":1 "b":2}`:                   "neither a comma nor }",
		`{"a":[1 2]}`:                     "neither a comma nor ]",
		`{"a":[1,]}`:                      "no JSON value",
		`{"a":01}`:                        "neither a comma nor }",
		`{"a":-}`:                         "no valid number",
		`{"a":1.}`:                        "no valid number",
		`{"a":1e}`:                        "no valid number",
		`{"a":NaN}`:                       "no JSON value",
		`{"a":"`:                          "a text without an end",
		`{"a":"\`:                         "an unknown escape",
		`{"a":"\x41"}`:                    "an unknown escape",
		`{"a":"\u00g0"}`:                  "an unknown escape",
		"{\"a\":\"x\ty\"}":                "a control character",
		"{\"a\":\"\\n\ty\"}":              "a control character",
		`{"a":"\n`:                        "a text without an end",
		"{\"\xff\":1}":                    "not valid Unicode",
		`{"a":1`:                          "neither a comma nor }",
		`{a:1}`:                           "no key",
		`{"a":` + strings.Repeat("[", 70): "more than 64 levels",
		strings.Repeat(`{"a":`, 70):       "more than 64 levels",
	}
	for raw, want := range tests {
		fields, err := mapping.DecodeFields(json.RawMessage(raw))
		if err == nil || fields != nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "record fields: ") {
			t.Errorf("%.40s: %v, %v; want %q", raw, fields, err, want)
		}
	}
}

// TestDeepBodyIsRefusedFast bounds what a hostile body can cost.
func TestDeepBodyIsRefusedFast(t *testing.T) {
	t.Parallel()
	raw := json.RawMessage(`{"a":` + strings.Repeat("[", 1<<20))
	start := time.Now()
	if _, err := mapping.DecodeFields(raw); err == nil {
		t.Error("accepted")
	}
	if took := time.Since(start); took > 100*time.Millisecond {
		t.Errorf("took %v", took)
	}
}

// FuzzDecodeFields holds the decoder against encoding/json: what it accepts
// means the same, and what it refuses is refused there too or is one of the
// three things it is stricter about.
func FuzzDecodeFields(f *testing.F) {
	for _, seed := range []string{seedContact, `{"a":[1,2.5e-3,{"b":"\ud83d\ude00\u2028"}],"c":null}`, `{"a":1,"a":2}`, `{"a":"\ud800x"}`, "{\"a\":\"\xff\"}", `{"a":tru}`, `{}`, `[]`, ` {"":""} `} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := mapping.DecodeFields(raw)
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		var want map[string]any
		valid := json.Valid(raw) && d.Decode(&want) == nil && want != nil
		if err == nil && !valid {
			t.Fatalf("accepted %q, which is no JSON object", raw)
		}
		if err != nil {
			stricter := strings.Contains(err.Error(), "a second time") || strings.Contains(err.Error(), "levels of nesting") || strings.Contains(err.Error(), "valid Unicode")
			if valid && !stricter {
				t.Fatalf("refused %q: %v", raw, err)
			}
			return
		}
		if utf8.Valid(raw) && !bytes.Contains(raw, []byte(`\u`)) {
			if diff := cmp.Diff(want, map[string]any(got)); diff != "" {
				t.Fatalf("(-encoding/json +ours):\n%s", diff)
			}
		}
	})
}

// TestTextIsEncodedAsByEncodingJSON sends any writable text and wants the
// bytes that json.Marshal makes of it.
func TestTextIsEncodedAsByEncodingJSON(t *testing.T) {
	t.Parallel()
	m := compile(t, "", mapping.Rule{To: "x", From: from("v")})
	rapid.Check(t, func(t *rapid.T) {
		runes := rapid.OneOf(rapid.RuneFrom([]rune("\a\b\t\n\f\r\x1f\x7f\"\\<>&/\u2027\u2028\u2029\u202a\ufffd😀")), rapid.Rune())
		text := "a" + rapid.StringOf(runes).Filter(func(s string) bool { return !strings.ContainsRune(s, 0) }).Draw(t, "text")
		want, err := json.Marshal(map[string]string{"x": text})
		if err != nil {
			t.Fatal(err)
		}
		res := m.Forward(mapping.Input{Fields: mapping.Fields{"v": text}, Operation: mapping.Create})
		if diff := cmp.Diff(string(want), string(res.Body(nil))); diff != "" {
			t.Fatalf("(-encoding/json +ours):\n%s", diff)
		}
	})
}
