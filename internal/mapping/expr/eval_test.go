package expr_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestValue(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	number := func(s string) json.Number { return json.Number(s) }
	for source, want := range map[string]any{
		// fields and names
		`record.contact_email`:    "john.doe@acme.com",
		`record["contact_email"]`: "john.doe@acme.com",
		`record["a.b"]`:           "dotted",
		"record.`a.b`":            "dotted",
		`.record.vip`:             true,
		`id`:                      "cust_42",
		`record.address.city`:     "Oslo",
		`record.address["city"]`:  "Oslo",
		`record.n`:                number("5"),
		`record.tags`:             []any{"new", "vip"},
		`{"a": 1.50, "b": record.tags, "c": null}`: map[string]any{"a": number("1.5"), "b": []any{"new", "vip"}, "c": nil},

		// what may be missing
		`has(record.contact_title)`:                      false,
		`has(record.empty)`:                              false,
		`has(record.tags)`:                               true,
		`"first name" in record`:                         true,
		`"second name" in record`:                        false,
		`record.empty == null`:                           true,
		`record["empty"] != null`:                        false,
		`null != record.vip`:                             true,
		`record.?contact_title.orValue("none")`:          "none",
		`record[?"contact_title"].orValue("none")`:       "none",
		`record.?deal_amount.orValue(0) + 1`:             number("75001.5"),
		`record.?contact_title`:                          nil,
		`record.?vip`:                                    true,
		`[record.?nope]`:                                 []any{},
		`[1, record.?nope, null, record.?n]`:             []any{number("1"), nil, number("5")},
		`{"a": [record.?nope], "b": record.?nope}`:       map[string]any{"a": []any{}, "b": nil},
		`record.address.?street.orValue("none")`:         "none",
		`record.tags[?7].orValue("none")`:                "none",
		`has(record.nothing) ? record.nothing : "other"`: "other",

		// numbers
		`record.deal_amount * 0.2`:            number("15000.1"),
		`0.2 * record.deal_amount`:            number("15000.1"),
		`2 * record.deal_amount`:              number("150001"),
		`record.deal_amount + 1`:              number("75001.5"),
		`record.deal_amount > 1000`:           true,
		`1000.25 < record.deal_amount`:        true,
		`record.deal_amount == 75000.5`:       true,
		`75000.500 == record.deal_amount`:     true,
		`record.deal_amount in [1, 75000.5]`:  true,
		`record.deal_amount in [1, 2.5]`:      false,
		`-record.deal_amount`:                 number("-75000.5"),
		`record.company_employees * 1.5`:      number("60"),
		`record.company_employees >= 40`:      true,
		`record.n / 2`:                        number("2.5"),
		`0.1 + 0.2`:                           number("0.3"),
		`0.1 + 0.2 == 0.3`:                    true,
		`1 / 2`:                               number("0.5"),
		`2 / 3`:                               number("0.666666667"),
		`-2 / 3`:                              number("-0.666666667"),
		`1 / 2000000000.0`:                    number("0.000000001"),
		`7 % 4`:                               number("3"),
		`1e3 + .5`:                            number("1000.5"),
		`123456789012345678.123456789`:        number("123456789012345678.123456789"),
		`-0.5`:                                number("-0.5"),
		`record.vip ? record.deal_amount : 0`: number("75000.5"),
		`number(record.text) + 0.5`:           number("75000.5"),
		`round(2.345, 2)`:                     number("2.35"),
		`round(-2.5)`:                         number("-3"),
		`round(record.deal_amount)`:           number("75001"),
		`int(-1.9)`:                           number("-1"),
		`int("12")`:                           number("12"),
		`string(1.50)`:                        "1.5",
		`string(record.n)`:                    "5",
		`size(record.tags) > 1.5`:             true,
		`size("é") + record.tags.size() + {"a": 1}.size()`: number("4"),

		`record.n - 10`:               number("-5"),
		`-0.75 + 0.25`:                number("-0.5"),
		`-1.5 - -2`:                   number("0.5"),
		`1.5 - 0.5`:                   number("1"),
		`string(-0.5) + string(true)`: "-0.5true",
		`round(number(7), 2)`:         number("7"),
		`round(0.05, 1) == 0.1`:       true,
		`007.50 == 7.5`:               true,

		// dates
		`record.deal_close_date`:                                         "2026-03-01",
		`string(record.deal_close_date)`:                                 "2026-03-01",
		`string(dyn(record.deal_close_date))`:                            "2026-03-01",
		`"by " + string(date("2026-03-01") + duration("90m"))`:           "by 2026-03-01T01:30:00Z",
		`record.deal_close_date > timestamp("2026-01-01T00:00:00Z")`:     true,
		`record.deal_close_date.getFullYear()`:                           number("2026"),
		`record.deal_close_date == date("2026-03-01")`:                   true,
		`date("2026-01-31") + duration("36h")`:                           "2026-02-01T12:00:00Z",
		`date("2026-01-31T10:00:00+02:00")`:                              "2026-01-31T08:00:00Z",
		`record.deal_close_date - date("2026-02-01") < duration("720h")`: true,
		`(record.deal_close_date - date("2026-02-01")).getHours() / 24`:  number("28"),
		`timestamp(0)`: "1970-01-01",
		`[date("2026-01-02"), date("2026-01-01")].exists(d, d < date("2026-01-02"))`: true,

		// texts and lists
		`record.contact_email.endsWith("@acme.com") && "vip" in record.tags`: true,
		`record.contact_email.split("@")[1].upperAscii()`:                    "ACME.COM",
		`record.contact_email.matches("^[a-z.]+@acme[.]com$")`:               true,
		`record.contact_email.matches("^x")`:                                 false,
		`"a,b".replace(",", ", ")`:                                           "a, b",
		`"aaa".replace("a", "b", 2)`:                                         "bba",
		`"ab".replace("", "-")`:                                              "-a-b-",
		`" x ".trim() + "y".substring(0)`:                                    "xy",
		`record.tags.map(t, t.upperAscii()).join(", ")`:                      "NEW, VIP",
		`record.tags.filter(t, t.startsWith("v"))`:                           []any{"vip"},
		`record.tags.exists_one(t, t == "vip")`:                              true,
		`record.tags + ["x"]`:                                                []any{"new", "vip", "x"},
		`record.tags == ["new", "vip"]`:                                      true,
		`[1, "x", true].size()`:                                              number("3"),
		`null`:                                                               nil,
		`[]`:                                                                 []any{},
	} {
		program, err := env.Value(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		got, err := program.Eval("cust_42", record(t, sample))
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", source, diff)
		}
	}
}

func TestFailedValue(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	for _, c := range []struct {
		source, record, field string
		missing               bool
		message               string
	}{
		{`record.contact_title`, `{}`, "contact_title", true, "the record has no contact_title"},
		{`record.contact_title + "x"`, `{"contact_title": null}`, "contact_title", true, "the record has no contact_title"},
		{`record.custom.deep`, `{}`, "custom", true, "the record has no custom"},
		{`record.address.street`, sample, "address", true, "address has no street"},
		{`record.tags[7]`, sample, "tags", true, "tags has nothing at position 7; the first is 0"},
		{`record["first\nname"]`, `{}`, "first\nname", true, `the record has no "first\nname"`},
		{`record.deal_amount * 2`, `{"deal_amount": 1e400}`, "deal_amount", false, "deal_amount is 1e400, which is too large or too small a number"},
		{`record.deal_amount`, `{"deal_amount": 1000000000000000001}`, "deal_amount", false, "deal_amount is 1000000000000000001, which is larger than 1e18"},
		{`record.deal_amount`, `{"deal_amount": 0.0000000001}`, "deal_amount", false, "deal_amount is 0.0000000001, which has more than 9 decimals"},
		{`record.deal_amount`, `{"deal_amount": "75,000"}`, "deal_amount", false, `deal_amount is "75,000", which is not a number; write it without separators or units, such as 75000.50`},
		{`record.deal_amount`, `{"deal_amount": [1]}`, "deal_amount", false, "deal_amount is [1], which is not a number"},
		{`record.company_employees`, `{"company_employees": 3.5}`, "company_employees", false, "company_employees is 3.5, which is not a whole number"},
		{`record.deal_close_date`, `{"deal_close_date": "2026-02-31"}`, "deal_close_date", false, `deal_close_date is "2026-02-31", which is not a date: February 2026 has 28 days`},
		{`record.deal_close_date`, `{"deal_close_date": 5}`, "deal_close_date", false, "deal_close_date is 5, which is not a date; write it as 2026-01-31"},
		{`record.vip`, `{"vip": "yes"}`, "vip", false, `vip is "yes", which is neither true nor false`},
		{`record.tags`, `{"tags": "vip"}`, "tags", false, `tags is "vip", which is not a list`},
		{`record.contact_email`, `{"contact_email": {"a": [1, true]}}`, "contact_email", false, `contact_email is {"a": [1, true]}, which is not text`},
		{`record.address.zip`, sample, "address", false, "address holds 1e400, which is too large or too small a number"},
		{`record.tags.exists(t, t == 5)`, `{"tags": [1e400]}`, "tags", false, "tags holds 1e400, which is too large or too small a number"},
		{`record.text > 5`, sample, "", false, `">" does not work between text and a number; number(…) makes a number of a text, string(…) a text of a number`},
		{`record.n / 0`, sample, "", false, "a division by zero has no result"},
		{`record.n % 0`, sample, "", false, "a division by zero has no remainder"},
		{`record.n % 2.5`, sample, "", false, `"%" needs whole numbers`},
		{`record.big + 1`, `{"big": 1000000000000000000}`, "", false, "the result is larger than 1e18"},
		{`record.big * record.big`, `{"big": 1000000000000}`, "", false, "the result is larger than 1e18"},
		{`number(record.custom)`, `{"custom": "x"}`, "", false, `"x" is not a number; write it without separators or units, such as 75000.50`},
		{`date(record.custom)`, `{"custom": "31.01.2026"}`, "", false, `"31.01.2026" is not a date; write it as 2026-01-31 or as 2026-01-31T17:00:00Z`},
		{`record.contact_email.substring(100)`, sample, "", false, "the text has no position 100; the first is 0"},
		{`record.contact_email.substring(record.n / 2)`, sample, "", false, "a position or a count must be a whole number"},
		{`record.n.startsWith("x")`, sample, "", false, "a function does not fit the value that it meets"},
		{`-record.text`, sample, "", false, `"-" needs a number, not text`},
		{`dyn(record.deal_close_date).size()`, sample, "", false, "size() counts the characters of a text or the elements of a list, not a date"},
		{`[1, 2].map(x, dyn(x)).join(",")`, `{}`, "", false, "a function does not fit the value that it meets"},
		{`record.deal_close_date + duration("87600h")`, `{"deal_close_date": "9999-01-01"}`, "", false, `the result of "+" is out of range`},
		{`timestamp(record.n)`, `{"n": 1000000000000}`, "", false, "timestamp() needs whole seconds since 1970, of the years 1 to 9999"},
		{`{1: 2}`, `{}`, "", false, "the keys of an object must be texts, but one is a number"},
		{`dyn(duration("1h"))`, `{}`, "", false, "a length of time cannot be the value of a field"},
		{`optional.none().value()`, `{}`, "", false, "value() was asked for a value that is missing; orValue(…) says what counts then"},
	} {
		program, err := env.Value(c.source)
		if err != nil {
			t.Errorf("%s: %v", c.source, err)
			continue
		}
		v, err := program.Eval("cust_42", record(t, c.record))
		if err == nil {
			t.Errorf("%s: gives %v, want an error", c.source, v)
			continue
		}
		e := problem(t, err)
		if e.Code != "failed" || e.Message != c.message || e.Field != c.field || e.Missing != c.missing {
			t.Errorf("%s:\n got %s %q missing=%v field=%q\nwant failed %q missing=%v field=%q", c.source, e.Code, e.Message, e.Missing, e.Field, c.message, c.missing, c.field)
		}
	}
}

func TestNativeNumbers(t *testing.T) {
	t.Parallel()
	program, err := newEnv(t).Value(`[record.deal_amount, record.other, record.company_employees]`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := program.Eval("x", map[string]any{"deal_amount": 0.1, "other": int64(7), "company_employees": 3})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{json.Number("0.1"), json.Number("7"), json.Number("3")}, got); diff != "" {
		t.Error(diff)
	}
}

// TestOtherForms: hosts send numbers, dates and booleans as text, and numbers
// where text belongs.
func TestOtherForms(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	for _, c := range []struct {
		source, record string
		want           any
	}{
		{`record.deal_amount + 0.5`, `{"deal_amount": " 75000.00 "}`, json.Number("75000.5")},
		{`record.deal_amount`, `{"deal_amount": 1.5E3}`, json.Number("1500")},
		{`record.deal_amount`, `{"deal_amount": -0.0}`, json.Number("0")},
		{`record.deal_amount`, `{"deal_amount": 1e18}`, json.Number("1000000000000000000")},
		{`record.vip`, `{"vip": "true"}`, true},
		{`!record.vip`, `{"vip": "false"}`, true},
		{`record.contact_title`, `{"contact_title": 15.50}`, "15.5"},
		{`record.deal_close_date`, `{"deal_close_date": "2026-01-31T23:30:00-01:00"}`, "2026-02-01T00:30:00Z"},
		{`record.deal_close_date`, `{"deal_close_date": "2026-01-31T23:00:00-01:00"}`, "2026-02-01"},
		{`record.anything == record.other`, `{"anything": [1, {"a": 2.50}], "other": [1.0, {"a": 2.5}]}`, true},
		{`record.anything == {"a": ["x", 1]}`, `{"anything": {"a": ["x", 1]}}`, true},
		{`record.anything in [{"a": 1}, 5]`, `{"anything": {"a": 1}}`, true},
		{`record.anything.map(k, record.anything[k])`, `{"anything": {"a": 1}}`, []any{json.Number("1")}},
		{`record.anything != null`, `{"anything": false}`, true},
	} {
		program, err := env.Value(c.source)
		if err != nil {
			t.Errorf("%s: %v", c.source, err)
			continue
		}
		got, err := program.Eval("", record(t, c.record))
		if err != nil || !cmp.Equal(c.want, got) {
			t.Errorf("%s of %s: %#v, %v, want %#v", c.source, c.record, got, err, c.want)
		}
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	for source, want := range map[string][]string{
		`record.vip && record["tags"].size() > 0 && has(record.x) && record.?y.orValue(true) && record[?"z"].hasValue() && "q" in record && record.vip`: {"q", "tags", "vip", "x", "y", "z"},
		`record.a.b.c == 1 || record.tags.exists(t, t == record.d)`:                                                                                     {"a", "d", "tags"},
		`id == "x"`: nil,
	} {
		program, err := env.Condition(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if diff := cmp.Diff(want, program.Fields()); diff != "" {
			t.Errorf("%s: %s", source, diff)
		}
		if program.Source() != source {
			t.Errorf("the source is %q", program.Source())
		}
	}
}
