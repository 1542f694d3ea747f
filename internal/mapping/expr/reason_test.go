package expr_test

import (
	"strings"
	"testing"
)

func TestReasons(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	for _, c := range []struct{ source, record, reason string }{
		{`record.contact_email.endsWith("@acme.com") && "vip" in record.tags`, sample, "the filter holds"},
		{`record.contact_email.endsWith("@acme.com") && "vip" in record.tags`, `{"contact_email": "x@y.com", "tags": []}`,
			`record.contact_email.endsWith("@acme.com") is false: contact_email is "x@y.com"`},
		{`record.contact_email.endsWith("@acme.com") && "vip" in record.tags`, `{"contact_email": "x@acme.com", "tags": ["a", "b"]}`,
			`"vip" in record.tags is false: tags is ["a", "b"]`},
		{`record.contact_email.endsWith("@acme.com") && "vip" in record.tags`, `{"contact_email": "x@acme.com"}`,
			`"vip" in record.tags does not hold: the record has no tags`},
		{`(record.vip && (record.deal_amount > 1e6)) && id == "x"`, sample, `record.deal_amount > 1e6 is false: deal_amount is 75000.50`},
		{"record.vip &&\n  // big ones only\n  record.deal_amount >\n    1000000", sample, `// big ones only record.deal_amount > 1000000 is false: deal_amount is 75000.50`},
		{`record.text == "a && b" && record.vip`, sample, `record.text == "a && b" is false: text is "75000"`},
		{`record.text == 'it\'s && "' && record.vip`, sample, `record.text == 'it\'s && "' is false: text is "75000"`},
		{`record.text == r'\' && record.vip`, sample, `record.text == r'\' is false: text is "75000"`},
		{`record.text == """a" && """ && record.vip`, sample, `record.text == """a" && """ is false: text is "75000"`},
		{`record.tags.exists(x, x == "q" && x != "r") && record.vip`, sample, `record.tags.exists(x, x == "q" && x != "r") is false: tags is ["new", "vip"]`},
		{`record.n > 7 || record.text == "x" || record.?missing.orValue(1) == 2`, sample,
			`record.n > 7 || record.text == "x" || record.?missing.orValue(1) == 2 is false, since none of its 3 alternatives holds: missing is missing, n is 5, text is "75000"`},
		{`record.vip && record.n > 7 || id == "x"`, sample, `record.vip && record.n > 7 || id == "x" is false, since none of its 2 alternatives holds: id is "cust_42", n is 5, vip is true`},
		{`record.vip && record.n > 7 ? true : false`, sample, `record.vip && record.n > 7 ? true : false is false: n is 5, vip is true`},
		{`has(record.contact_title) && record.contact_title == "CEO"`, sample, `has(record.contact_title) is false: contact_title is missing`},
		{`record.n > 7 || record.contact_title == "CEO"`, sample, `record.n > 7 || record.contact_title == "CEO" does not hold: the record has no contact_title`},
		{`record.contact_title == "CEO" || record.vip`, sample, "the filter holds"},
		{`!(record.contact_title == "CEO")`, sample, `!(record.contact_title == "CEO") does not hold: the record has no contact_title`},
		{`1 == 2`, sample, `1 == 2 is false`},
		{`record["first name"] == "Sarah"`, sample, `record["first name"] == "Sarah" is false: "first name" is "John"`},
		{`record.n == 1 && record.n / 0 > 1`, sample, `record.n == 1 is false: n is 5`},
		{`record.n / 0 > 1 && record.n == 1`, sample, `record.n == 1 is false: n is 5`},
	} {
		program, err := env.Condition(c.source)
		if err != nil {
			t.Errorf("%s: %v", c.source, err)
			continue
		}
		v := program.Test("cust_42", record(t, c.record))
		if v.Reason != c.reason || v.Err != nil || v.Holds != (c.reason == "the filter holds") {
			t.Errorf("%s:\n got %+v\nwant %s", c.source, v, c.reason)
		}
	}
}

func TestVerdictErrors(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	for _, c := range []struct{ source, record, code, reason string }{
		{`record.vip && record.n / 0 > 1`, sample, "failed", "a division by zero has no result (at character 24): n is 5"},
		{`record.deal_close_date > date("2026-01-01")`, `{"deal_close_date": "2026-02-31"}`, "failed",
			`deal_close_date is "2026-02-31", which is not a date: February 2026 has 28 days (at character 7)`},
		{`record.vip && record.text`, sample, "failed", `a filter must be true or false, but record.text is text: text is "75000"`},
		{`record.text`, sample, "failed", `a filter must be true or false, but record.text is text: text is "75000"`},
		{`record.text == ""`, `{}`, "", `record.text == "" does not hold: the record has no text`},
	} {
		program, err := env.Condition(c.source)
		if err != nil {
			t.Errorf("%s: %v", c.source, err)
			continue
		}
		v := program.Test("cust_42", record(t, c.record))
		code := ""
		if v.Err != nil {
			code = problem(t, v.Err).Code
		}
		if v.Holds || code != c.code || v.Reason != c.reason {
			t.Errorf("%s:\n got %s %+v\nwant %s %s", c.source, code, v, c.code, c.reason)
		}
	}
}

func TestReasonsAreShort(t *testing.T) {
	t.Parallel()
	program, err := newEnv(t).Condition(`record.text == "` + strings.Repeat("x", 3000) + `"`)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []any{strings.Repeat("é", 1<<20), make([]any, 100_000), map[string]any{strings.Repeat("k", 1<<16): strings.Repeat("v", 1<<16)}} {
		v := program.Test("x", map[string]any{"text": value})
		if v.Holds || len([]rune(v.Reason)) > 300 {
			t.Errorf("%d characters: %s", len([]rune(v.Reason)), v.Reason)
		}
	}
}
