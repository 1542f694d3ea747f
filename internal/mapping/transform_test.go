package mapping_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
)

type options = map[string]any

// TestTransforms sends one value through one rule: what the CRM gets, or the
// code of the issue that keeps it from getting anything.
func TestTransforms(t *testing.T) {
	t.Parallel()
	const (
		text    = `{"properties":{"x":{"type":"string"}}}`
		num     = `{"properties":{"x":{"type":"number"}}}`
		whole   = `{"properties":{"x":{"type":"integer"}}}`
		boolean = `{"properties":{"x":{"type":["boolean","null"]}}}`
		list    = `{"properties":{"x":{"items":{"type":"string"}}}}`
		object  = `{"properties":{"x":{"type":"object"}}}`
	)
	work := options{"key": "email", "with": options{"category": "work"}}
	tests := []struct {
		name, transform string
		options         options
		schema, host    string // host: JSON of the field v
		want            string // JSON at x, "" for none
		code            string // of the only issue
	}{
		{"copy text", "copy", nil, "", `"a <b> & \u2028"`, `"a \u003cb\u003e \u0026 \u2028"`, ""},
		{"copy keeps blanks inside", "copy", nil, "", `"  a  b "`, `"  a  b "`, ""},
		{"copy false", "copy", nil, "", `false`, `false`, ""},
		{"copy zero", "copy", nil, "", `0`, `0`, ""},
		{"copy long id", "copy", nil, "", `12345678901234567890123`, `12345678901234567890123`, ""},
		{"copy text to number", "copy", nil, num, `"42"`, `42`, ""},
		{"copy text to whole number", "copy", nil, whole, `"42.0"`, `42`, ""},
		{"copy number to text", "copy", nil, text, `42`, `"42"`, ""},
		{"copy boolean to text", "copy", nil, text, `true`, `"true"`, ""},
		{"copy text to boolean", "copy", nil, boolean, `"false"`, `false`, ""},
		{"copy word to number", "copy", nil, num, `"many"`, ``, mapping.WrongType},
		{"copy fraction to whole number", "copy", nil, whole, `4.5`, ``, mapping.WrongType},
		{"copy fraction text to whole number", "copy", nil, whole, `"4.5"`, ``, mapping.WrongType},
		{"copy boolean to number", "copy", nil, num, `true`, ``, mapping.WrongType},
		{"copy number to boolean", "copy", nil, boolean, `1`, ``, mapping.WrongType},
		{"copy list where the schema takes one", "copy", nil, list, `["a",1,null]`, `["a",1,null]`, ""},
		{"copy object where the schema takes one", "copy", nil, object, `{"b":1,"a":[{}]}`, `{"a":[{}],"b":1}`, ""},
		{"copy list, nothing known", "copy", nil, "", `["a"]`, ``, mapping.WrongType},
		{"copy list to text", "copy", nil, text, `["a"]`, ``, mapping.WrongType},
		{"copy object to list", "copy", nil, list, `{}`, ``, mapping.WrongType},
		{"copy text to list", "copy", nil, list, `"a"`, ``, mapping.WrongType},
		{"copy exponent", "copy", nil, "", `1e3`, `1000`, ""},
		{"copy huge exponent", "copy", nil, "", `1e400`, ``, mapping.OutOfRange},
		{"copy NUL", "copy", nil, "", `"a\u0000b"`, ``, mapping.WrongType},
		{"copy NUL in a list", "copy", nil, list, `["a\u0000b"]`, ``, mapping.WrongType},
		{"copy half a surrogate", "copy", nil, "", `"\ud800"`, ``, mapping.WrongType},
		{"copy broken UTF-8", "copy", nil, "", "\"\xff\"", ``, mapping.WrongType},

		{"join alone", "join", nil, "", `"  Mary   Ann "`, `"Mary Ann"`, ""},
		{"join list", "join", nil, "", `[]`, ``, mapping.WrongType},
		{"split first", "split", options{"part": "first"}, "", `"Mary Ann Lee"`, `"Mary Ann"`, ""},
		{"split last", "split", options{"part": "last"}, "", `"Mary Ann Lee"`, `"Lee"`, ""},
		{"split lone word, first", "split", options{"part": "first"}, "", `"Cher"`, ``, ""},
		{"split lone word, last", "split", options{"part": "last"}, "", `"Cher"`, `"Cher"`, ""},
		{"first", "first", nil, "", `"a"`, `"a"`, ""},

		{"list of objects", "list", work, "", `"a@b.c"`, `[{"email":"a@b.c","category":"work"}]`, ""},
		{"list of values", "list", nil, "", `7`, `[7]`, ""},
		{"list of lists", "list", work, "", `["a"]`, ``, mapping.WrongType},
		{"list where text is wanted", "list", work, text, `"a"`, ``, mapping.WrongType},

		{"cents", "cents", nil, "", `45000`, `4500000`, ""},
		{"cents half up", "cents", nil, "", `0.005`, `1`, ""},
		{"cents half down", "cents", nil, "", `-0.005`, `-1`, ""},
		{"cents below half", "cents", nil, "", `0.00499`, `0`, ""},
		{"cents of text", "cents", nil, "", `" 19.99 "`, `1999`, ""},
		{"cents beyond binary floats", "cents", nil, "", `"90071992547409.93"`, `9007199254740993`, ""},
		{"cents at the bound", "cents", nil, "", `1e18`, `100000000000000000000`, ""},
		{"cents without minor unit", "cents", options{"places": json.Number("0")}, "", `12.5`, `13`, ""},
		{"cents of a word", "cents", nil, "", `"a lot"`, ``, mapping.InvalidNumber},

		{"number", "number", nil, "", `"125000.00"`, `125000`, ""},
		{"number with exponent", "number", nil, "", `1.25E5`, `125000`, ""},
		{"number negative zero", "number", nil, "", `-0.0`, `0`, ""},
		{"number for a text field", "number", nil, text, `60`, `"60"`, ""},
		{"number NaN", "number", nil, "", `"NaN"`, ``, mapping.InvalidNumber},
		{"number Infinity", "number", nil, "", `"Infinity"`, ``, mapping.InvalidNumber},
		{"number with separator", "number", nil, "", `"75,000"`, ``, mapping.InvalidNumber},
		{"number with currency", "number", nil, "", `"$75"`, ``, mapping.InvalidNumber},
		{"number hexadecimal", "number", nil, "", `"0x10"`, ``, mapping.InvalidNumber},
		{"number with leading zero", "number", nil, "", `"007"`, ``, mapping.InvalidNumber},
		{"number huge", "number", nil, "", `1e400`, ``, mapping.OutOfRange},
		{"number just too large", "number", nil, "", `1000000000000000001`, ``, mapping.OutOfRange},
		{"number too fine", "number", nil, "", `0.0000000001`, ``, mapping.OutOfRange},
		{"number with a vast exponent", "number", nil, "", `1e99999999999999999999`, ``, mapping.OutOfRange},
		{"number of a boolean", "number", nil, "", `true`, ``, mapping.InvalidNumber},
		{"integer", "integer", nil, "", `"123456"`, `123456`, ""},
		{"integer with zeros behind the point", "integer", nil, "", `42.00`, `42`, ""},
		{"integer fraction", "integer", nil, "", `42.5`, ``, mapping.InvalidNumber},
		{"integer word", "integer", nil, "", `"Negotiation"`, ``, mapping.InvalidNumber},
		{"decimal_string", "decimal_string", nil, "", `75000`, `"75000"`, ""},
		{"decimal_string fraction", "decimal_string", nil, "", `"75000.50"`, `"75000.5"`, ""},
		{"decimal_string for a number field", "decimal_string", nil, num, `75000`, `75000`, ""},

		{"date", "date", nil, "", `"2025-12-31"`, `"2025-12-31"`, ""},
		{"date in a layout", "date", options{"layout": "01/02/2006"}, "", `"2025-12-31"`, `"12/31/2025"`, ""},
		{"date of a moment keeps its own day", "date", nil, "", `"2025-12-31T23:30:00-08:00"`, `"2025-12-31"`, ""},
		{"date leap day", "date", nil, "", `"2024-02-29"`, `"2024-02-29"`, ""},
		{"date no leap day", "date", nil, "", `"2025-02-29"`, ``, mapping.InvalidDate},
		{"date American", "date", nil, "", `"12/31/2025"`, ``, mapping.InvalidDate},
		{"date month 13", "date", nil, "", `"2025-13-01"`, ``, mapping.InvalidDate},
		{"date of a number", "date", nil, "", `1735689600`, ``, mapping.InvalidDate},
		{"date year 0", "date", nil, "", `"0000-01-01"`, ``, mapping.InvalidDate},
		{"unix_seconds", "unix_seconds", nil, "", `"2025-01-01"`, `1735689600`, ""},
		{"unix_seconds of a moment", "unix_seconds", nil, "", `"2025-01-01T01:00:00+01:00"`, `1735689600`, ""},
		{"unix_seconds before 1970", "unix_seconds", nil, "", `"1969-12-31"`, `-86400`, ""},
		{"unix_seconds of 31 February", "unix_seconds", nil, "", `"2025-02-31"`, ``, mapping.InvalidDate},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := compile(t, tt.schema, mapping.Rule{To: "x", From: from("v"), Transform: tt.transform, Options: tt.options})
			res := m.Forward(mapping.Input{Fields: decode(t, `{"v":`+tt.host+`}`), Operation: mapping.Create})
			want := `{"x":` + tt.want + `}`
			if tt.want == "" {
				want = "{}"
			}
			if diff := cmp.Diff(want, string(res.Body(nil))); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			var code string
			for _, issue := range res.Issues {
				code += issue.Code
			}
			if code != tt.code {
				t.Errorf("issues %v, want code %q", res.Issues, tt.code)
			}
		})
	}
}

// TestBackward reads one CRM value through one rule.
func TestBackward(t *testing.T) {
	t.Parallel()
	work := options{"key": "email", "with": options{"category": "work"}}
	stages := options{"Won": "closedwon", "Gewonnen": "closedwon", "Lost": "closedlost"}
	tests := []struct {
		name string
		rule mapping.Rule
		old  string
		crm  string // JSON at x
		want string // the whole record
		code string
	}{
		{"copy", mapping.Rule{From: from("v")}, `{}`, `"a"`, `{"v":"a"}`, ""},
		{"other fields stay", mapping.Rule{From: from("v")}, `{"w":1}`, `"a"`, `{"v":"a","w":1}`, ""},
		{"null clears", mapping.Rule{From: from("v")}, `{"v":"a"}`, `null`, `{"v":null}`, ""},
		{"blank clears", mapping.Rule{From: from("v")}, `{"v":"a"}`, `" "`, `{"v":null}`, ""},
		{"null for a blank keeps its form", mapping.Rule{From: from("v")}, `{"v":""}`, `null`, `{"v":""}`, ""},
		{"a number answered as text keeps its form", mapping.Rule{From: from("v")}, `{"v":42}`, `"42"`, `{"v":42}`, ""},
		{"join", mapping.Rule{From: from("f", "l"), Transform: "join"}, `{}`, `"Mary Ann Lee"`, `{"f":"Mary Ann","l":"Lee"}`, ""},
		{"join keeps the old cut", mapping.Rule{From: from("f", "l"), Transform: "join"}, `{"f":"Mary","l":"Ann  Lee"}`, `"Mary Ann Lee"`, `{"f":"Mary","l":"Ann  Lee"}`, ""},
		{"join, one word", mapping.Rule{From: from("f", "l"), Transform: "join"}, `{"f":"John","l":"Doe"}`, `"Cher"`, `{"f":null,"l":"Cher"}`, ""},
		{"join, one word for the only part", mapping.Rule{From: from("f", "l"), Transform: "join"}, `{"f":"John"}`, `"Jon"`, `{"f":"Jon"}`, ""},
		{"join, cleared", mapping.Rule{From: from("f", "l"), Transform: "join"}, `{"f":"John","l":"Doe"}`, `""`, `{"f":null,"l":null}`, ""},
		{"join of a number", mapping.Rule{From: from("f", "l"), Transform: "join"}, `{"f":"John"}`, `7`, `{"f":"John"}`, mapping.WrongType},
		{"first", mapping.Rule{From: from("a", "b"), Transform: "first"}, `{"b":"x.io"}`, `"y.io"`, `{"a":"y.io","b":"x.io"}`, ""},
		{"first, unchanged", mapping.Rule{From: from("a", "b"), Transform: "first"}, `{"b":"x.io"}`, `"x.io"`, `{"b":"x.io"}`, ""},
		{"first, cleared", mapping.Rule{From: from("a", "b"), Transform: "first"}, `{"a":"y.io","b":"x.io"}`, `null`, `{"a":null,"b":"x.io"}`, ""},
		{"list takes the entry that matches", mapping.Rule{From: from("v"), Transform: "list", Options: work}, `{}`, `[{"email":"p@b.c","category":"personal"},{"email":"w@b.c","category":"work"}]`, `{"v":"w@b.c"}`, ""},
		{"list takes the first entry", mapping.Rule{From: from("v"), Transform: "list", Options: work}, `{}`, `[{"email":null},{"email":"p@b.c","category":"personal"}]`, `{"v":"p@b.c"}`, ""},
		{"list, empty", mapping.Rule{From: from("v"), Transform: "list", Options: work}, `{"v":"a@b.c"}`, `[]`, `{"v":null}`, ""},
		{"list of values", mapping.Rule{From: from("v"), Transform: "list"}, `{}`, `["a","b"]`, `{"v":"a"}`, ""},
		{"list of lists", mapping.Rule{From: from("v"), Transform: "list", Options: work}, `{"v":"a"}`, `[[1]]`, `{"v":"a"}`, mapping.WrongType},
		{"cents", mapping.Rule{From: from("v"), Transform: "cents"}, `{}`, `4500001`, `{"v":45000.01}`, ""},
		{"cents keep a finer amount", mapping.Rule{From: from("v"), Transform: "cents"}, `{"v":"45.0049"}`, `4500`, `{"v":"45.0049"}`, ""},
		{"cents keep text", mapping.Rule{From: from("v"), Transform: "cents"}, `{"v":"45.00"}`, `4600`, `{"v":"46"}`, ""},
		{"cents of a fraction", mapping.Rule{From: from("v"), Transform: "cents"}, `{"v":1}`, `1.5`, `{"v":1}`, mapping.InvalidNumber},
		{"cents of a list", mapping.Rule{From: from("v"), Transform: "cents"}, `{"v":1}`, `[1]`, `{"v":1}`, mapping.InvalidNumber},
		{"decimal_string", mapping.Rule{From: from("v"), Transform: "decimal_string"}, `{}`, `"75000.50"`, `{"v":75000.5}`, ""},
		{"the same amount keeps its form", mapping.Rule{From: from("v"), Transform: "decimal_string"}, `{"v":7.5e4}`, `"75000.00"`, `{"v":7.5e4}`, ""},
		{"integer of a fraction", mapping.Rule{From: from("v"), Transform: "integer"}, `{"v":1}`, `1.5`, `{"v":1}`, mapping.InvalidNumber},
		{"date", mapping.Rule{From: from("v"), Transform: "date", Options: options{"layout": "01/02/2006"}}, `{}`, `"12/31/2025"`, `{"v":"2025-12-31"}`, ""},
		{"date from ISO", mapping.Rule{From: from("v"), Transform: "date"}, `{}`, `"2025-12-31T00:00:00.000Z"`, `{"v":"2025-12-31"}`, ""},
		{"the same day keeps its form", mapping.Rule{From: from("v"), Transform: "date"}, `{"v":"2025-12-31T10:00:00Z"}`, `"2025-12-31"`, `{"v":"2025-12-31T10:00:00Z"}`, ""},
		{"date of a word", mapping.Rule{From: from("v"), Transform: "date"}, `{"v":"2025-12-31"}`, `"soon"`, `{"v":"2025-12-31"}`, mapping.InvalidDate},
		{"unix_seconds", mapping.Rule{From: from("v"), Transform: "unix_seconds"}, `{}`, `1735689600`, `{"v":"2025-01-01"}`, ""},
		{"unix_seconds within a day", mapping.Rule{From: from("v"), Transform: "unix_seconds"}, `{}`, `1735689601`, `{"v":"2025-01-01T00:00:01Z"}`, ""},
		{"unix_seconds beyond the calendar", mapping.Rule{From: from("v"), Transform: "unix_seconds"}, `{}`, `999999999999999`, `{}`, mapping.OutOfRange},
		{"value_map", mapping.Rule{From: from("v"), Transform: "value_map", ValueMap: stages}, `{}`, `"closedlost"`, `{"v":"Lost"}`, ""},
		{"value_map keeps the host's word", mapping.Rule{From: from("v"), Transform: "value_map", ValueMap: stages}, `{"v":"Won"}`, `"closedwon"`, `{"v":"Won"}`, ""},
		{"value_map takes the first word", mapping.Rule{From: from("v"), Transform: "value_map", ValueMap: stages}, `{"v":"Lost"}`, `"closedwon"`, `{"v":"Gewonnen"}`, ""},
		{"value_map passes other values", mapping.Rule{From: from("v"), Transform: "value_map", ValueMap: stages}, `{}`, `"new"`, `{"v":"new"}`, ""},
		{"value_map refuses what would not come back", mapping.Rule{From: from("v"), Transform: "value_map", ValueMap: stages}, `{"v":"Lost"}`, `"Won"`, `{"v":"Lost"}`, mapping.NotAllowed},
		{"value_map, strict", mapping.Rule{From: from("v"), Transform: "value_map", ValueMap: stages, Options: options{"strict": true}}, `{"v":"Lost"}`, `"new"`, `{"v":"Lost"}`, mapping.NotAllowed},
		{"reference stays", mapping.Rule{From: from("v"), Transform: "reference", Options: options{"object": "contact"}}, `{"v":"cust_1"}`, `"991"`, `{"v":"cust_1"}`, ""},
		{"default is not written back", mapping.Rule{From: from("v"), Default: "new"}, `{}`, `"new"`, `{}`, ""},
		{"constant is not read", mapping.Rule{Default: "new"}, `{}`, `"old"`, `{}`, ""},
		{"text of a universal field", mapping.Rule{From: from("contact_address_postal")}, `{}`, `94107`, `{"contact_address_postal":"94107"}`, ""},
		{"object for a universal text", mapping.Rule{From: from("contact_phone")}, `{"contact_phone":"1"}`, `{}`, `{"contact_phone":"1"}`, mapping.WrongType},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.rule.To = "x"
			m := compile(t, "", tt.rule)
			got, issues := m.Backward(json.RawMessage(`{"x":`+tt.crm+`}`), decode(t, tt.old))
			if diff := cmp.Diff(decode(t, tt.want), got); diff != "" {
				t.Errorf("record (-want +got):\n%s", diff)
			}
			var code string
			for _, issue := range issues {
				code += issue.Code
			}
			if code != tt.code {
				t.Errorf("issues %v, want code %q", issues, tt.code)
			}
		})
	}
}

func TestValueMapForward(t *testing.T) {
	t.Parallel()
	rule := mapping.Rule{To: "pipeline_stage_id", From: from("deal_stage"), Transform: "integer", ValueMap: options{"Negotiation": json.Number("123456")}}
	tests := []struct {
		name, stage, want string
		rule              mapping.Rule
	}{
		{"mapped, then the transform", "Negotiation", `{"pipeline_stage_id":123456}`, rule},
		{"not mapped", "7", `{"pipeline_stage_id":7}`, rule},
		{"strict", "7", `{}`, mapping.Rule{To: "s", From: from("deal_stage"), Transform: "value_map", ValueMap: options{"A": "a"}, Options: options{"strict": true}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			res := compile(t, "", tt.rule).Forward(mapping.Input{Fields: mapping.Fields{"deal_stage": tt.stage}, Operation: mapping.Create})
			if got := string(res.Body(nil)); got != tt.want {
				t.Errorf("got %s, want %s; %v", got, tt.want, res.Issues)
			}
			if res.Sendable() != (tt.want != "{}") {
				t.Errorf("sendable = %v with %v", res.Sendable(), res.Issues)
			}
		})
	}
}

// TestBackwardFullName reads two CRM fields into one host field.
func TestBackwardFullName(t *testing.T) {
	t.Parallel()
	m := compile(t, "",
		mapping.Rule{To: "FirstName", From: from("full_name"), Transform: "split", Options: options{"part": "first"}},
		mapping.Rule{To: "LastName", From: from("full_name"), Transform: "split", Options: options{"part": "last"}})
	tests := []struct{ old, crm, want string }{
		{`{}`, `{"FirstName":"Jane","LastName":"Doe"}`, `{"full_name":"Jane Doe"}`},
		{`{"full_name":"John Doe"}`, `{"FirstName":"Jane","LastName":"Doe"}`, `{"full_name":"Jane Doe"}`},
		{`{"full_name":"John Doe"}`, `{"LastName":"Smith"}`, `{"full_name":"John Smith"}`},
		{`{"full_name":"John Doe"}`, `{"FirstName":null,"LastName":"Doe"}`, `{"full_name":"Doe"}`},
		{`{"full_name":" John  Doe"}`, `{"FirstName":"John","LastName":"Doe"}`, `{"full_name":" John  Doe"}`},
	}
	for _, tt := range tests {
		got, issues := m.Backward(json.RawMessage(tt.crm), decode(t, tt.old))
		if diff := cmp.Diff(decode(t, tt.want), got); diff != "" || len(issues) > 0 {
			t.Errorf("%s over %s (-want +got):\n%s%v", tt.crm, tt.old, diff, issues)
		}
	}
}

// TestContradiction has two CRM fields that were filled from one host field
// and now differ.
func TestContradiction(t *testing.T) {
	t.Parallel()
	m := compile(t, "", mapping.Rule{To: "a", From: from("v")}, mapping.Rule{To: "b", From: from("v")})
	tests := []struct {
		crm, want string
		issues    []string
	}{
		{`{"a":"old","b":"new"}`, `{"v":"new"}`, nil},
		{`{"a":"new","b":"old"}`, `{"v":"new"}`, nil},
		{`{"a":"new","b":"new"}`, `{"v":"new"}`, nil},
		{`{"a":"new","b":"other"}`, `{"v":"new"}`, []string{"warning contradiction b"}},
	}
	for _, tt := range tests {
		got, issues := m.Backward(json.RawMessage(tt.crm), mapping.Fields{"v": "old"})
		if diff := cmp.Diff(decode(t, tt.want), got) + cmp.Diff(tt.issues, codes(issues)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.crm, diff)
		}
	}
}

func TestBackwardOfNoJSON(t *testing.T) {
	t.Parallel()
	got, issues := compile(t, "", mapping.Rule{To: "a", From: from("v")}).Backward(json.RawMessage(`<html>`), mapping.Fields{"v": "old"})
	if diff := cmp.Diff(mapping.Fields{"v": "old"}, got); diff != "" || len(issues) != 1 || issues[0].Severity != mapping.Error {
		t.Errorf("%s%v", diff, issues)
	}
}

func TestDateMessageNamesTheProblem(t *testing.T) {
	t.Parallel()
	m := compile(t, "", mapping.Rule{To: "properties.closedate", From: from("deal_close_date"), Transform: "date"})
	for host, want := range map[string]string{
		"2025-02-31":         "February 2025 has 28 days",
		"2024-02-30":         "February 2024 has 29 days",
		"2025-00-10":         "no month 0",
		"31.12.2025":         "write it as YYYY-MM-DD",
		"2025-12-31 at noon": "time of day",
	} {
		res := m.Forward(mapping.Input{Fields: mapping.Fields{"deal_close_date": host}, Operation: mapping.Create})
		if len(res.Issues) != 1 || !strings.Contains(res.Issues[0].Message, want) || !strings.HasPrefix(res.Issues[0].Message, "closedate ") {
			t.Errorf("%s: %v, want a message with %q", host, res.Issues, want)
		}
	}
}
