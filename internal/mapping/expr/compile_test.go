package expr_test

import (
	"strings"
	"testing"

	"sendtocrm/internal/mapping/expr"
)

func TestNewRefusesUnknownTypes(t *testing.T) {
	t.Parallel()
	_, err := expr.New(map[string]expr.Type{"a": "money"})
	if e := problem(t, err); e.Code != "type" || e.Field != "a" {
		t.Errorf("got %+v", e)
	}
}

// TestRefused gives for each source the code, the place and a part of the
// sentence.
func TestRefused(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	loop := func(depth int) string {
		source := "true"
		for range depth {
			source = "record.tags.all(x, " + source + ")"
		}
		return source
	}
	for _, c := range []struct {
		source, code string
		line, column int
		part         string
	}{
		// syntax
		{``, "syntax", 0, 0, "is empty"},
		{" \n ", "syntax", 0, 0, "is empty"},
		{"record.vip \xff", "syntax", 0, 0, "UTF-8"},
		{`record.contact_email ==`, "syntax", 1, 24, "ends too early"},
		{`(record.vip`, "syntax", 1, 12, "bracket ) is missing"},
		{`record.vip)`, "syntax", 1, 11, `")" does not fit here`},
		{`record.vip & true`, "syntax", 1, 12, "&&"},
		{`record.vip | true`, "syntax", 1, 12, "||"},
		{`record.contact_email = "x"`, "syntax", 1, 22, "=="},
		{"true &&\n record.contact_email = 1", "syntax", 2, 23, "=="},
		{`record.vip and true`, "syntax", 1, 12, `"and" does not fit here`},
		{`record.vip == "abc`, "syntax", 1, 15, "not closed"},
		{`record.`, "syntax", 1, 8, "must be followed by a name"},
		{`if`, "syntax", 1, 1, "reserved word"},
		{`has(record["x"])`, "syntax", 1, 11, "has() takes a field"},
		{`record.x{}`, "syntax", 1, 9, "cannot be made here"},
		{`1e400 > 1`, "syntax", 1, 1, "too large"},
		{strings.Repeat("(", 300) + "true" + strings.Repeat(")", 300), "syntax", 0, 0, "too many brackets"},

		// types
		{`record.contact_email > 5`, "type", 1, 22, `">" does not work between text and a number`},
		{`record.contact_email == 5`, "type", 1, 22, `"==" does not work between text and a number`},
		{`record.deal_amount.startsWith("x")`, "type", 1, 20, "startsWith(text) does not exist for a number"},
		{`record.deal_close_date > "2026-01-01"`, "type", 1, 24, `write a date as date("2026-01-31")`},
		{`record.contact_email && true`, "type", 1, 7, "true or false, not text"},
		{`!record.contact_email`, "type", 1, 1, "true or false, not text"},
		{`record.vip ? 1 : "x"`, "type", 1, 12, "both outcomes"},
		{`record.vip < true`, "type", 1, 12, `"<" does not work`},
		{`record.contact_email[0] == "j"`, "type", 1, 21, "text has no parts"},
		{`record.deal_amount.foo == 1`, "type", 1, 19, "a number has no fields of its own"},
		{`record.deal_amount.all(x, x > 1)`, "type", 1, 7, "not a number"},
		{`"x" in record.contact_email`, "type", 1, 5, `"in" looks for text in a list, not in text`},
		{`record.?deal_amount > 5`, "type", 1, 21, ".orValue("},
		{`record.anything.orValue(1) == 1`, "type", 1, 17, "question mark"},
		{`record`, "type", 1, 1, "as a whole"},
		{`record == {}`, "type", 1, 1, "as a whole"},
		{`record.map(x, x) == []`, "type", 1, 1, "as a whole"},
		{`record[id] == 1`, "type", 1, 8, "text in quotes"},
		{`id in record`, "type", 1, 1, "text in quotes"},
		{`record.tags.exists(record, true)`, "type", 1, 13, "name record is taken"},
		{`record.contact_email.matches(record.contact_title)`, "type", 1, 36, "pattern as a text in quotes"},
		{`record.contact_email.matches("(")`, "type", 1, 30, "not a regular expression"},
		{`record.contact_email.matches("((a{100}){100}){100}")`, "type", 1, 30, "not a regular expression"},
		{`record.contact_email.matches("(a{30}[bc]?){33}")`, "type", 1, 30, "repeats too much"},
		{`record.deal_close_date > date("2026-02-31")`, "type", 1, 31, "February 2026 has 28 days"},
		{`record.deal_close_date > timestamp("soon")`, "type", 1, 36, "is not a date"},
		{`date("2026-01-01") - duration("1 day") < date("2026-01-01")`, "type", 1, 31, "length of time"},
		{`record.deal_close_date.getHours("Europe/Oslo") > 1`, "type", 1, 24, "getHours(text) does not exist for a date"},
		{`record.deal_amount > 0.12345678901`, "type", 1, 22, "more than 9 decimals"},
		{`record.deal_amount > 9223372036854775807`, "type", 1, 22, "larger than 1e18"},
		{`record.deal_amount > 5u`, "type", 1, 22, "without the u"},
		{`b"x" == b"x"`, "type", 1, 1, "without the b"},
		{`int("x") == 1`, "type", 1, 1, "no whole number"},
		{`record.contact_email`, "type", 0, 0, "must be true or false, but this is text"},
		{`record.?vip`, "type", 0, 0, ".orValue("},

		{`size(5) > 1`, "type", 1, 1, "size() does not take a number"},
		{`size() > 1`, "type", 1, 1, "needs a value in its brackets"},
		{`-record.contact_email == 1`, "type", 1, 1, `"-" needs a number, not text`},
		{`record.vip + {"a": 1} == 1`, "type", 1, 12, "true or false and an object"},
		{`record.tags.join(duration("1h")) == ""`, "type", 1, 13, "join(a length of time) does not exist for a list"},
		{`record.contact_email == null || "x" < null`, "type", 1, 37, "has(record.…)"},
		{`record.deal_amount ? true : false`, "type", 1, 20, "before ? there must be a condition"},
		{`record.deal_amount in [1, "x"] && record.deal_amount in {1: 2} && record.deal_amount in "x"`, "type", 1, 86, "in a list, not in text"},
		{`record.anything.all(5, true)`, "syntax", 1, 21, "name of your choice"},
		{`true && record.vip.or(true)`, "type", 1, 20, "does not exist for true or false"},

		// names
		{`foo`, "unknown_name", 1, 1, `there is no "foo" here; an expression knows record`},
		{`true && properties.email == "x"`, "unknown_name", 1, 9, `"properties"`},
		{`crm.x == 1`, "unknown_name", 1, 1, `"crm"`},
		{`crm.size() == 1`, "unknown_name", 1, 1, `"crm"`},
		{`record.tags.all(x, y)`, "unknown_name", 1, 20, `"y"`},
		{`record.tags.all(x, true) && x`, "unknown_name", 1, 29, `"x"`},
		{`foo(1)`, "unknown_name", 1, 1, `function "foo"`},
		{`record.tags.sort() == []`, "unknown_name", 1, 13, `function "sort"`},
		{`"%s".format([1]) == "1"`, "unknown_name", 1, 6, `function "format"`},
		{`double("1.5") > 1`, "unknown_name", 1, 1, "number(…)"},
		{`record.deal_close_date > now()`, "unknown_name", 1, 26, "no now()"},
		{`string == string`, "unknown_name", 1, 1, `"string"`},
		{`google.protobuf.Timestamp{} == 1`, "syntax", 1, 26, "cannot be made"},

		// size and cost
		{`true || "` + strings.Repeat("x", expr.MaxSource) + `" == ""`, "too_long", 0, 0, "4,096 bytes"},
		{loop(4), "too_costly", 0, 0, "fewer loops"},
		{loop(3), "too_costly", 0, 0, "fewer loops"},
	} {
		_, err := env.Condition(c.source)
		if err == nil {
			t.Errorf("%s: accepted", c.source)
			continue
		}
		e := problem(t, err)
		if e.Code != c.code || e.Line != c.line || e.Column != c.column || !strings.Contains(e.Message, c.part) {
			t.Errorf("%.80s:\n got %s %d:%d %s\nwant %s %d:%d …%s…", c.source, e.Code, e.Line, e.Column, e.Message, c.code, c.line, c.column, c.part)
		}
	}
}

func TestRefusedValue(t *testing.T) {
	t.Parallel()
	_, err := newEnv(t).Value(`duration("1h")`)
	if e := problem(t, err); e.Code != "type" || !strings.Contains(e.Message, "length of time") {
		t.Errorf("got %+v", e)
	}
}

// TestOrdinaryFiltersPass shows that the bounds leave room for what people
// write.
func TestOrdinaryFiltersPass(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	for _, source := range []string{
		`record.contact_email.endsWith("@acme.com") && "vip" in record.tags`,
		`record.tags.exists(a, record.anything.exists(b, a == b))`,
		`record.?tags.orValue([]).exists(x, x == "vip")`,
		`record.tags.exists(a, a.lowerAscii().contains("vip") || a.matches("^(gold|silver)-[0-9]+$"))`,
		`record.contact_email.matches("^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+[.][A-Za-z]{2,}$")`,
		`record.contact_email in ["` + strings.Repeat(`a@b.com", "`, 300) + `"]`,
		strings.TrimSuffix(strings.Repeat(`record.contact_title != "x" && `, 120), " && "),
		strings.TrimSuffix(strings.Repeat(`record.anything == 1 || `, 160), " || "),
		strings.Repeat(`1 + `, 200) + `1 > 0`,
		`record.contact_email.split("@")[1].split(".").map(p, p.upperAscii()).join("/") == "ACME/COM"`,
		`record.anything`,
	} {
		if _, err := env.Condition(source); err != nil {
			t.Errorf("%.80s: %v", source, err)
		}
	}
}
