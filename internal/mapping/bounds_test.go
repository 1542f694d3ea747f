package mapping_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sendtocrm/internal/mapping"
)

// TestManyRules compiles and runs as many rules as nobody has, in little time.
func TestManyRules(t *testing.T) {
	t.Parallel()
	rules, fields := make([]mapping.Rule, 10_000), mapping.Fields{}
	for i := range rules {
		name := fmt.Sprint("f", i)
		rules[i] = mapping.Rule{To: fmt.Sprintf("properties.p%d", i), From: from(name), Enabled: true}
		fields[name] = "v"
	}
	start := time.Now()
	object := mapping.NewObject(mapping.Object{Name: "contact", Rules: rules}, nil)
	changed, err := object.With([]mapping.Override{{To: "properties.p9999", From: &[]string{"other"}}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := changed.Compile(nil)
	if err != nil {
		t.Fatal(err)
	}
	if res := m.Forward(mapping.Input{Fields: fields, Operation: mapping.Create}); len(res.Values) != 9_999 || !json.Valid(res.Body(nil)) || len(res.Unmapped) != 1 {
		t.Errorf("%d values, unmapped %v", len(res.Values), res.Unmapped)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
	rules[9_999].To = "properties.p0"
	_, err = object.Compile(nil)
	var fault *mapping.RuleError
	if !errors.As(err, &fault) || fault.Index != 9_999 || fault.Key != "to" {
		t.Errorf("the same target twice: %v", err)
	}
}

// TestHostileRecords: whatever a record holds, the issue names the CRM's
// field, the host's and the problem.
func TestHostileRecords(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("k", 64<<10)
	names := []string{"__proto__", "constructor", "a.b", "a[0]", `"`, "\u202e", "é", " x", long[:255]}
	values := map[string]struct {
		transform string
		value     any
		code      string
	}{
		"money without bounds":  {"number", json.Number("1e400"), mapping.OutOfRange},
		"cents without bounds":  {"cents", json.Number("1e400"), mapping.OutOfRange},
		"money of many digits":  {"decimal_string", json.Number(strings.Repeat("9", 64<<10)), mapping.OutOfRange},
		"31 February":           {"date", "2026-02-31", mapping.InvalidDate},
		"seconds of no day":     {"unix_seconds", "2026-13-01", mapping.InvalidDate},
		"no number":             {"integer", long, mapping.InvalidNumber},
		"no telephone":          {"phone", long, mapping.InvalidPhone},
		"no e-mail":             {"email", long, mapping.InvalidEmail},
		"an object for text":    {"join", map[string]any{"__proto__": "x"}, mapping.WrongType},
		"a list for a date":     {"date", []any{long}, mapping.InvalidDate},
		"an object for a field": {"copy", map[string]any{"": long}, mapping.WrongType},
		"NUL":                   {"copy", "a\x00b", mapping.WrongType},
		"half a character":      {"copy", "\xff", mapping.WrongType},
	}
	for about, tt := range values {
		for _, name := range names {
			m := compile(t, "", mapping.Rule{To: "target", From: from(name), Transform: tt.transform})
			res := m.Forward(mapping.Input{Fields: mapping.Fields{name: tt.value, "": "unread", long: "unread"}, Operation: mapping.Create})
			if len(res.Values) != 0 || len(res.Issues) != 1 || res.Sendable() || len(res.Unmapped) != 2 {
				t.Errorf("%s in %.20q: %v", about, name, res.Issues)
				continue
			}
			issue := res.Issues[0]
			if issue.Code != tt.code || issue.To != "target" || len(issue.From) != 1 || issue.From[0] != name || len(issue.Message) > 600 ||
				!strings.HasPrefix(issue.Message, "target cannot be filled from ") || !strings.HasSuffix(issue.Message, ".") {
				t.Errorf("%s in %.20q: %+v", about, name, issue)
			}
		}
	}
}

// TestHostileTargets: a path as a person writes it is a place in the body, or
// a fault of its rule.
func TestHostileTargets(t *testing.T) {
	t.Parallel()
	object := definition(t, "copper", "contact")
	for to, want := range map[string]string{
		"__proto__":                    "not allowed",
		"custom.__proto__.admin":       "not allowed",
		"custom.constructor.prototype": "not allowed",
		strings.Repeat("k", 64<<10):    "longer than 512 bytes",
		"":                             "the path is empty",
		"a..b":                         "a key is empty",
		"a[99999999999999999999]":      "not a whole number",
		"a[-1]":                        "not a whole number",
		"a\x00b":                       "NUL",
		"\xff":                         "not valid Unicode",
		`a\.b`:                         "",
		`\[0\]`:                        "",
		"hasOwnProperty":               "",
		"<script>":                     "",
		"\u202e":                       "",
	} {
		changed, err := object.With([]mapping.Override{{To: to, From: &[]string{"v"}}})
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 400 {
				t.Errorf("%.40q: %.400v, want %q", to, err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", to, err)
			continue
		}
		if body := forward(t, changed, mapping.Create, `{"v":"x"}`).Body(nil); !json.Valid(body) || !strings.Contains(string(body), `:"x"}`) {
			t.Errorf("%q: %s", to, body)
		}
	}
}
