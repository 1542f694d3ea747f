package expr_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var seeds = []string{
	contractExample, `record.deal_amount * 0.2 > 1000`, `record["a.b"] == "x"`, `has(record.x) ? record.?y.orValue(1) : 2`, `date("2026-01-31") < record.deal_close_date`,
	`record.tags.map(t, t.upperAscii()).join(",")`, `record.contact_email.matches("^[a-z]+$")`, `{"a": [1, 2.5, null]}`, `-1 / 3 + 5 % 2`, `optional.of(1).value()`,
	`record.tags.all(a, record.tags.all(b, a == b))`, `(true && (false || true)) && "a && b" == 'x'`, `'''a''' + """b""" + r"\"`, "record.`x-y`", `record`, `foo.bar()`, `1e400`, `"`, `((`, `record.x{}`, `b"x" + 5u`,
	`[1, 2][?0].orValue(record.n)`, `id == "x" || "x" in record`, `record.x == null`, `timestamp(5).getHours()`, `duration("1h")`,
}

// FuzzCondition: any source is compiled within a bound, or refused with an
// error that a person can read; what is compiled holds exactly if it is true.
func FuzzCondition(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	env, r := newEnv(f), record(f, sample)
	f.Fuzz(func(t *testing.T, source string) {
		start := time.Now()
		program, err := env.Condition(source)
		if err != nil {
			e := problem(t, err, source)
			if e.Line < 0 || e.Column < 0 || !utf8.ValidString(e.Error()) || len(e.Error()) > 1000 {
				t.Fatalf("%q: %+v", source, e)
			}
			return
		}
		value, err := program.Eval("cust_42", r)
		if err != nil {
			problem(t, err, source)
		}
		verdict := program.Test("cust_42", r)
		if verdict.Holds != (value == true) {
			t.Fatalf("%q: Eval gives %v, %v, but Test %+v", source, value, err, verdict)
		}
		plain(t, verdict.Reason, source)
		if took := time.Since(start); took > 2*time.Second {
			t.Fatalf("%q took %s", source, took)
		}
	})
}

// FuzzEval: any record gives a value that is JSON, or an error, and the same
// one each time.
func FuzzEval(f *testing.F) {
	f.Add(3, sample)
	f.Add(0, `{"tags": [[[[1e9]]]], "contact_email": "\u0000"}`)
	f.Add(1, `{"deal_amount": "1e18"}`)
	f.Add(4, `{"deal_close_date": "0000-00-00"}`)
	env := newEnv(f)
	f.Fuzz(func(t *testing.T, which int, text string) {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var r map[string]any
		if d.Decode(&r) != nil {
			return
		}
		sources := append([]string{`record.anything`, `record.deal_amount / 3`, `[record.deal_close_date, record.tags, record.vip]`, `record.tags.map(t, t + t)`, `record.anything == record.tags`}, seeds...)
		program, err := env.Value(sources[uint(which)%uint(len(sources))])
		if err != nil {
			return
		}
		first, err := program.Eval("x", r)
		second, again := program.Eval("x", r)
		if err != nil {
			if e := problem(t, err, text); again == nil || problem(t, again, text).Code != e.Code {
				t.Fatalf("first %v, then %v, %v", err, second, again)
			}
			plain(t, program.Test("x", r).Reason, text)
			return
		}
		a, err := json.Marshal(first)
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := json.Marshal(second); string(a) != string(b) {
			t.Fatalf("first %s, then %s", a, b)
		}
	})
}
