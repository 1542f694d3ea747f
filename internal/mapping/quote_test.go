package mapping_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"sendtocrm/internal/mapping"
)

// TestNotSearchable wants no question for a value that cannot be searched by.
func TestNotSearchable(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 256)
	for _, v := range []any{
		nil, "", "   ", long, "Ac\nme", "Acme\x00", "Acme\t", "Ac\u0085me", "Ac\x7fme", "Ac\xffme", true, []any{"Acme"}, map[string]any{"name": "Acme"},
	} {
		for _, connector := range []string{"hubspot", "salesforceCRM", "copper"} {
			if got := definition(t, connector, "company").Queries(mapping.Fields{"company_name": v, "company_domain": v}, offers("search", "list")); len(got) > 0 {
				t.Errorf("%s: %.40q leads to %+v", connector, v, got)
			}
		}
	}
	for _, domain := range []string{"acme", "acme..com", ".com", "a b.com", "john@acme.com", "acme%.com", "ac_me.com", "'acme.com", `acme\.com`, "https://", "x/y://acme.com", "localhost:8080"} {
		if got := definition(t, "salesforceCRM", "company").Queries(mapping.Fields{"company_domain": domain}, offers("search", "list")); len(got) > 0 {
			t.Errorf("the domain %q leads to %+v", domain, got)
		}
	}
	for _, email := range []string{"john.doe", "john.doe@acme", "@acme.com", "John Doe <john.doe@acme.com>", "a@b.cd OR 1=1"} {
		if got := definition(t, "copper", "contact").Queries(mapping.Fields{"contact_email": email}, offers("search", "list")); len(got) > 0 {
			t.Errorf("the address %q leads to %+v", email, got)
		}
	}
	o := definition(t, "hubspot", "deal")
	if got := o.Queries(mapping.Fields{"deal_name": "Acme"}, offers("search", "list")); len(got) > 0 || o.Lookup != nil {
		t.Errorf("a deal is looked for: %+v", got)
	}
}

// TestSearchable takes a value of exactly 255 bytes, and numbers.
func TestSearchable(t *testing.T) {
	t.Parallel()
	for _, v := range []any{strings.Repeat("x", 255), json.Number("42"), 42} {
		if got := definition(t, "copper", "company").Queries(mapping.Fields{"company_name": v}, offers("search")); len(got) != 1 {
			t.Errorf("%v leads to %+v", v, got)
		}
	}
}

// hostile draws texts full of what query languages give a meaning.
func hostile() *rapid.Generator[string] {
	marks := rapid.SampledFrom([]rune(`'"\%_*?(){}[],:;|&!^~+-=<>/ aZ0é` + "\u2019\u2028"))
	return rapid.OneOf(rapid.StringOf(marks), rapid.String(), rapid.SampledFrom([]string{
		`' OR Name != '`, `\' OR Name != '`, `x' LIMIT 1 --`, `\`, `\\`, `\\'`, `%'`, `{company_name}`, `{fields}`, `a) or (b:equals:c`,
	}))
}

var literal = regexp.MustCompile(`^'((?:\\[\\'"]|[^\\'])*)'$`)

// TestSOQLHoldsItsPlace: whatever a name is, the statement stays what it is,
// and its one text literal says exactly the name.
func TestSOQLHoldsItsPlace(t *testing.T) {
	t.Parallel()
	const before, after = "SELECT FIELDS(ALL) FROM Account WHERE Name = ", " LIMIT 200"
	o := definition(t, "salesforceCRM", "company")
	rapid.Check(t, func(rt *rapid.T) {
		name := hostile().Draw(rt, "name")
		queries := o.Queries(mapping.Fields{"company_name": name}, offers("list"))
		if searchable := isSearchable(name); (len(queries) == 1) != searchable {
			rt.Fatalf("%q: %d queries", name, len(queries))
		} else if !searchable {
			return
		}
		q := queries[0].Query["q"]
		if !strings.HasPrefix(q, before) || !strings.HasSuffix(q, after) {
			rt.Fatalf("%q became %s", name, q)
		}
		m := literal.FindStringSubmatch(strings.TrimSuffix(strings.TrimPrefix(q, before), after))
		if m == nil {
			rt.Fatalf("%q leaves its literal: %s", name, q)
		}
		if got := strings.NewReplacer(`\\`, `\`, `\'`, `'`, `\"`, `"`).Replace(m[1]); got != strings.TrimSpace(name) {
			rt.Fatalf("%q is asked for as %q", name, got)
		}
	})
}

// isSearchable says again, in other words, what can be searched by.
func isSearchable(s string) bool {
	for _, r := range s {
		if unicode.Is(unicode.Cc, r) {
			return false
		}
	}
	return utf8.ValidString(s) && len(s) < 256 && strings.TrimSpace(s) != ""
}

var phrase = regexp.MustCompile(`^"(?:\\.|[^?&|!{}\[\]()^~*:\\"'+-])*"$`)

// TestSOSLHoldsItsPlace: a search term stays one phrase.
func TestSOSLHoldsItsPlace(t *testing.T) {
	t.Parallel()
	o := definition(t, "salesforceCRM", "company")
	rapid.Check(t, func(rt *rapid.T) {
		name := hostile().Draw(rt, "name")
		for _, q := range o.Queries(mapping.Fields{"company_name": name}, offers("search")) {
			if !phrase.MatchString(q.Query["q"]) || len(q.Query) != 5 {
				rt.Fatalf("%q became %v", name, q.Query)
			}
		}
	})
}

// TestBodyHoldsItsPlace: in a JSON body a value is one text, whatever it is.
func TestBodyHoldsItsPlace(t *testing.T) {
	t.Parallel()
	o := definition(t, "copper", "company")
	rapid.Check(t, func(rt *rapid.T) {
		name := hostile().Draw(rt, "name")
		for _, q := range o.Queries(mapping.Fields{"company_name": name}, offers("search")) {
			var body map[string]any
			if err := json.Unmarshal(q.Body, &body); err != nil || len(body) != 2 || body["name"] != strings.TrimSpace(name) {
				rt.Fatalf("%q became %s", name, q.Body)
			}
		}
	})
}

// TestDomainHoldsItsPlace: nothing but a host name reaches a LIKE pattern.
func TestDomainHoldsItsPlace(t *testing.T) {
	t.Parallel()
	o := definition(t, "salesforceCRM", "company")
	whole := definition(t, "salesforceCRM", "company").Queries(mapping.Fields{"company_domain": "acme.com"}, offers("list"))[0].Query["q"]
	rapid.Check(t, func(rt *rapid.T) {
		domain := hostile().Draw(rt, "domain")
		if rapid.Bool().Draw(rt, "plausible") {
			domain = fmt.Sprintf("https://%s.com/%s", domain, domain)
		}
		for _, q := range o.Queries(mapping.Fields{"company_domain": domain}, offers("list")) {
			asked := strings.SplitN(q.Query["q"], "'", 3)[1]
			if strings.ContainsAny(asked, `'"\%_ `) || q.Query["q"] != strings.ReplaceAll(whole, "acme.com", asked) {
				rt.Fatalf("%q became %s", domain, q.Query["q"])
			}
		}
	})
}

// TestLanguages writes one value in each language; "" where the language
// cannot say it.
func TestLanguages(t *testing.T) {
	t.Parallel()
	tests := []struct{ value, soql, like, sosl, criteria string }{
		{`Acme`, `Acme`, `Acme`, `"Acme"`, `Acme`},
		{`O'Hara "X"`, `O\'Hara \"X\"`, `O\'Hara \"X\"`, `"O\'Hara \"X\""`, `O'Hara "X"`},
		{`100%_x`, `100%_x`, `100\%\_x`, `"100%_x"`, `100%_x`},
		{`a\b`, `a\\b`, "", `"a\\b"`, ""},
		{`(a,b)`, `(a,b)`, `(a,b)`, `"\(a,b\)"`, `\(a\,b\)`},
		{`X`, `X`, `X`, "", `X`},
		{`X+?`, `X+?`, `X+?`, "", `X+?`},
		{`Ä1`, `Ä1`, `Ä1`, `"Ä1"`, `Ä1`},
	}
	for _, tt := range tests {
		for language, want := range map[string]string{"soql": tt.soql, "like": tt.like, "sosl": tt.sosl, "criteria": tt.criteria} {
			text := strings.Replace(lookups, "{company_name}', fields", "<{company_name|"+language+"}>', fields", 1)
			library, err := load(map[string]string{"acme.yaml": text})
			if err != nil {
				t.Fatal(err)
			}
			d, _ := library.Definition("acme")
			got := ""
			for _, q := range d.Objects["company"].Queries(mapping.Fields{"company_name": tt.value}, offers("search")) {
				got = strings.Trim(q.Query["term"], "<>")
			}
			if got != want {
				t.Errorf("%s in %s: %s, want %s", tt.value, language, got, want)
			}
		}
	}
}
