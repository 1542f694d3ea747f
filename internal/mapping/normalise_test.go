package mapping_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/biter777/countries"
	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
)

// TestNormalise sends one value through the transforms that choose a way of
// writing it.
func TestNormalise(t *testing.T) {
	t.Parallel()
	const warned = mapping.Warning + " "
	const refused = mapping.Error + " "
	tests := []struct {
		transform, options, host string // options and host as JSON
		want                     string // JSON at x, "" for none
		issue                    string // severity and code of the only issue
	}{
		{"phone", `{}`, `"+1 212-555-0187"`, `"+12125550187"`, ""},
		{"phone", `{}`, `"+1 (555) 123-4567"`, `"+15551234567"`, warned + mapping.InvalidPhone},
		{"phone", `{"country":"US"}`, `" (212) 555-0187 "`, `"+12125550187"`, ""},
		{"phone", `{"country":"DE"}`, `"030 1234567"`, `"+49301234567"`, ""},
		{"phone", `{"country":"DE"}`, `"0049 30 1234567"`, `"+49301234567"`, ""},
		{"phone", `{"country":"DE"}`, `"+44 (0)20 7946 0958"`, `"+442079460958"`, ""},
		{"phone", `{"country":"DE"}`, `12125550187`, `"+4912125550187"`, warned + mapping.InvalidPhone},
		{"phone", `{}`, `"030 1234567"`, `"030 1234567"`, warned + mapping.InvalidPhone},
		{"phone", `{}`, `"tel:+1-212-555-0187"`, `"+12125550187"`, ""},
		{"phone", `{}`, `"+49 30 1234567 ext. 5"`, `"+49 30 1234567 ext. 5"`, warned + mapping.InvalidPhone},
		{"phone", `{"format":"international"}`, `"+49301234567 x5"`, `"+49 30 1234567 ext. 5"`, ""},
		{"phone", `{"country":"US"}`, `"1-800-FLOWERS"`, `"1-800-FLOWERS"`, warned + mapping.InvalidPhone},
		{"phone", `{"country":"DE"}`, `"030 1234567 (home)"`, `"030 1234567 (home)"`, warned + mapping.InvalidPhone},
		{"phone", `{"country":"US","format":"national"}`, `"+12125550187"`, `"(212) 555-0187"`, ""},
		{"phone", `{"country":"US","format":"national"}`, `"+49301234567"`, `"+49 30 1234567"`, ""},
		{"phone", `{"country":"US"}`, `"n/a"`, ``, refused + mapping.InvalidPhone},
		{"phone", `{}`, `"n/a"`, ``, refused + mapping.InvalidPhone},
		{"phone", `{"country":"US"}`, `"1"`, ``, refused + mapping.InvalidPhone},
		{"phone", `{"country":"US"}`, `"123456789012345678901234567890"`, ``, refused + mapping.InvalidPhone},
		{"phone", `{}`, `"+999 123456"`, ``, refused + mapping.InvalidPhone},
		{"phone", `{}`, `"+1 212"`, ``, refused + mapping.InvalidPhone},
		{"phone", `{}`, `"+1` + strings.Repeat(" ", 200) + `2125550187"`, ``, refused + mapping.InvalidPhone},
		{"phone", `{}`, `"` + strings.Repeat("1", 70000) + `"`, ``, refused + mapping.InvalidPhone},
		{"phone", `{}`, `["+12125550187"]`, ``, refused + mapping.WrongType},

		{"country", `{}`, `"Germany"`, `"DE"`, ""},
		{"country", `{}`, `" deutschland "`, `"DE"`, ""},
		{"country", `{"format":"alpha3"}`, `"us"`, `"USA"`, ""},
		{"country", `{"format":"name"}`, `"UK"`, `"United Kingdom"`, ""},
		{"country", `{}`, `"Atlantis"`, `"Atlantis"`, warned + mapping.InvalidCountry},
		{"country", `{}`, `"None"`, `"None"`, warned + mapping.InvalidCountry},
		{"country", `{}`, `"International"`, `"International"`, warned + mapping.InvalidCountry},
		{"country", `{}`, `840`, `"840"`, warned + mapping.InvalidCountry},
		{"country", `{}`, `{}`, ``, refused + mapping.WrongType},

		{"email", `{}`, `" John.Doe@ACME.Com "`, `"John.Doe@acme.com"`, ""},
		{"email", `{}`, `"nobody"`, ``, refused + mapping.InvalidEmail},
		{"email", `{}`, `7`, ``, refused + mapping.InvalidEmail},

		{"list", `{"key":"number","with":{"category":"work"},"item":{"transform":"phone","options":{"country":"US"}}}`, `"(212) 555-0187"`,
			`[{"number":"+12125550187","category":"work"}]`, ""},
		{"list", `{"item":{"transform":"integer"}}`, `"42.0"`, `[42]`, ""},
		{"list", `{"item":{"transform":"phone"}}`, `"212 555"`, `["212 555"]`, warned + mapping.InvalidPhone},
		{"list", `{"key":"v","item":{"transform":"phone"}}`, `"?"`, ``, refused + mapping.InvalidPhone},
	}
	for _, tt := range tests {
		name := tt.transform + " " + tt.options + " " + tt.host[:min(len(tt.host), 30)]
		m := compile(t, "", mapping.Rule{To: "x", From: from("v"), Transform: tt.transform, Options: decode(t, tt.options)})
		res := m.Forward(mapping.Input{Fields: mapping.Fields{"v": decode(t, `{"v":`+tt.host+`}`)["v"]}, Operation: mapping.Create})
		got, issue := "", ""
		if len(res.Values) > 0 {
			got = string(res.Values[0].JSON)
		}
		if len(res.Issues) > 0 {
			issue = res.Issues[0].Severity + " " + res.Issues[0].Code
		}
		if got != tt.want || issue != tt.issue || len(res.Issues) > 1 {
			t.Errorf("%s: got %s %v, want %s %s", name, got, res.Issues, tt.want, tt.issue)
		}
	}
}

// TestPhoneRemedy: a number of no known country says what to set.
func TestPhoneRemedy(t *testing.T) {
	t.Parallel()
	m := compile(t, "", mapping.Rule{To: "phone", From: from("contact_phone"), Transform: "phone"})
	res := m.Forward(mapping.Input{Fields: mapping.Fields{"contact_phone": "030 1234567"}, Operation: mapping.Create})
	want := `phone is filled from contact_phone nevertheless: "030 1234567" does not say its country; write it with + and the country's code, or set the option country of the transform phone, so it is sent as typed.`
	if diff := cmp.Diff(want, res.Issues[0].Message); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCountries: each name of each country leads to each of its other names,
// so that no form of a country is changed by being read and sent again.
func TestCountries(t *testing.T) {
	t.Parallel()
	for format, write := range map[string]func(countries.CountryCode) string{
		"alpha2": countries.CountryCode.Alpha2, "alpha3": countries.CountryCode.Alpha3, "name": countries.CountryCode.String,
	} {
		m := compile(t, "", mapping.Rule{To: "x", From: from("v"), Transform: "country", Options: options{"format": format}})
		for _, code := range countries.All() {
			if code > countries.XK || code.Alpha2() == "AN" || code.Alpha2() == "YU" { // no country, or withdrawn
				continue
			}
			want, err := json.Marshal(write(code))
			if err != nil {
				t.Fatal(err)
			}
			for _, host := range []string{code.Alpha2(), code.Alpha3(), code.String()} {
				res := m.Forward(mapping.Input{Fields: mapping.Fields{"v": host}, Operation: mapping.Create})
				if string(res.Values[0].JSON) != string(want) {
					t.Errorf("%s as %s: %s, want %s", host, format, res.Values[0].JSON, want)
				}
			}
		}
	}
}

func TestTemplate(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, a, b, c, want string }{
		{"{a} ({b})", "Ann", "Acme", "", "Ann (Acme)"},
		{"{a} ({b})", "Ann", "", "", "Ann"},
		{"{a} ({b})", "", "Acme", "", "(Acme)"},
		{"{a} ({b}) {c}", "Ann", "", "CEO", "Ann CEO"},
		{"{a} [({b})] <{c}>", "Ann", "", "", "Ann"},
		{"{a}, {b}, {c}", "A", "", "C", "A, C"},
		{"{a}, {b}, {c}", "", "", "C", "C"},
		{"{a}, {b}, {c}", "A", "", "", "A"},
		{"{a} ({b}, {c})", "A", "", "", "A"},
		{"{a} ({b}, {c})", "A", "", "C", "A (C)"},
		{"{a} - {b} | {c}", "", "B", "", "B"},
		{"Customer: {a} {b}", "", "B", "", "Customer: B"},
		{"{a}\n{b}\n{c}", "A", "", "C", "A\nC"},
		{"{a}  {b}", "A", "B", "", "A  B"},
		{"{a}/{b}", "(", "", "", "("},
		{"{a} ({b})", "( )", "", "", "( )"},
		{"{a}{a}", "x", "", "", "xx"},
	}
	for _, tt := range tests {
		fields := mapping.Fields{"a": tt.a, "b": tt.b, "c": tt.c}
		var sources []string
		for _, name := range []string{"a", "b", "c"} {
			if strings.Contains(tt.text, "{"+name+"}") {
				sources = append(sources, name)
			}
		}
		m := compile(t, "", mapping.Rule{To: "x", From: sources, Transform: "template", Options: options{"text": tt.text}})
		res := m.Forward(mapping.Input{Fields: fields, Operation: mapping.Create})
		want, err := json.Marshal(tt.want)
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Values) != 1 || string(res.Values[0].JSON) != string(want) {
			t.Errorf("%q of %q %q %q: %v, want %s", tt.text, tt.a, tt.b, tt.c, res.Values, want)
		}
		back, issues := m.Backward(json.RawMessage(`{"x":"something else"}`), fields)
		if diff := cmp.Diff(fields, back); diff != "" || len(issues) > 0 {
			t.Errorf("read back (-was +is):\n%s%v", diff, issues)
		}
	}
	m := compile(t, "", mapping.Rule{To: "x", From: from("a", "n"), Transform: "template", Options: options{"text": "{a} {n}"}})
	for fields, want := range map[string]string{`{"a":"x","n":75.50}`: `"x 75.50"`, `{"n":true}`: `"true"`, `{"a":" ","n":null}`: ``, `{"a":["x"]}`: ``} {
		res := m.Forward(mapping.Input{Fields: decode(t, fields), Operation: mapping.Create})
		if (len(res.Values) > 0) != (want != "") || len(res.Values) > 0 && string(res.Values[0].JSON) != want {
			t.Errorf("%s: %v, want %s", fields, res.Values, want)
		}
	}
}

// TestNormaliseOptions wants each fault of the options named.
func TestNormaliseOptions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		transform, options, want string
	}{
		{"phone", `{"country":"Germany"}`, `"Germany" is no country`},
		{"phone", `{"country":"XX"}`, `"XX" is no country`},
		{"phone", `{"format":"pretty"}`, `option format: "pretty" is not one of`},
		{"phone", `{"format":"national"}`, "national needs the option country"},
		{"country", `{"format":"numeric"}`, `"numeric" is not one of`},
		{"email", `{"lower":true}`, `unknown option "lower"`},
		{"template", `{}`, "option text: want 1 to 2000 bytes"},
		{"template", `{"text":"{v}` + strings.Repeat("x", 1998) + `"}`, "option text: want 1 to 2000 bytes"},
		{"template", `{"text":"{v} {w}"}`, "{w} is not among the rule's host fields"},
		{"template", `{"text":"hello"}`, "has no place for the host field v"},
		{"template", `{"text":"{v"}`, "a { without a }"},
		{"template", `{"text":"v} {v}"}`, "a } without a {"},
		{"template", `{"text":"{v}\u0000"}`, "NUL"},
		{"list", `{"item":"phone"}`, "option item: want an object"},
		{"list", `{"item":{}}`, `option item: option transform: "" is not one of`},
		{"list", `{"item":{"transform":"list"}}`, `option item: option transform: "list" is not one of`},
		{"list", `{"item":{"transform":"phone","options":{"country":"XX"}}}`, `option item: option country: "XX" is no country`},
		{"list", `{"item":{"transform":"phone","x":1}}`, `option item: unknown option "x"`},
		{"list", `{"item":{"transform":"phone","options":7}}`, "option item: option options: want an object"},
	}
	for _, tt := range tests {
		_, err := (&mapping.Object{Rules: []mapping.Rule{{To: "x", From: from("v"), Transform: tt.transform, Options: decode(t, tt.options), Enabled: true}}}).Compile(nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %s: %v, want %q", tt.transform, tt.options, err, tt.want)
		}
	}
}

// TestCountriesThatAreNone: what says nothing, is withdrawn or may mean two
// countries is sent as it was typed, with a warning.
func TestCountriesThatAreNone(t *testing.T) {
	t.Parallel()
	m := compile(t, "", mapping.Rule{To: "x", From: from("v"), Transform: "country"})
	for host, want := range map[string]string{
		"N/A": "", "n.a.": "", "Korea (North)": "", "Korea": "", "Congo (Kinshasa)": "", "Yugoslavia": "", "AN": "", "USSR": "", "Germany/France": "",
		"NA": "NA", "Iran (Islamic Republic of)": "IR", "iran": "IR", "Cocos (Keeling) Islands": "CC", "Congo": "CG", "UK": "GB", "Deutschland": "DE", "USA": "US",
	} {
		res := m.Forward(mapping.Input{Fields: mapping.Fields{"v": host}, Operation: mapping.Create})
		var got string
		if err := json.Unmarshal(res.Values[0].JSON, &got); err != nil {
			t.Fatal(err)
		}
		if want == "" && (got != host || len(res.Issues) != 1) || want != "" && (got != want || len(res.Issues) != 0) {
			t.Errorf("%s: %s, %v", host, got, res.Issues)
		}
	}
}
