package expr_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// big is a record whose parts are as large as a body may be, each in the form
// that some function takes longest for.
func big() map[string]any {
	fill := func(n int, v any) []any {
		list := make([]any, n)
		for i := range list {
			list[i] = v
		}
		return list
	}
	object := map[string]any{}
	for i := range 50_000 {
		object[fmt.Sprint(i)] = "v"
	}
	deep := any("x")
	for range 10_000 { // as deep as a decoder goes
		deep = []any{deep}
	}
	return map[string]any{
		"tags": fill(100_000, "abcdef"), "numbers": fill(100_000, json.Number("12345.678")), "lists": fill(300, fill(300, "x")),
		"texts": fill(3_000, strings.Repeat("a", 300)), "some": fill(300, "abcdef"), "object": object, "deep": deep,
		"text": strings.Repeat("a", 1<<20), "wide": strings.Repeat("é", 1<<19), "part": strings.Repeat("ab", 8<<10),
		"deal_amount": "12345678.123456789", "deal_close_date": "2026-02-03T04:05:06.123456789+02:00",
	}
}

// TestNothingTakesLong: 50 ms is promised on an idle machine; the limit of
// the test leaves room for a busy one, and a loop without a bound would exceed
// it by orders of magnitude.
func TestNothingTakesLong(t *testing.T) {
	env, record := newEnv(t), big()
	const limit = 2 * time.Second
	for _, source := range []string{
		`record.tags.all(a, record.tags.all(b, a == b))`,
		`record.tags.all(a, !a.contains("x"))`,
		`record.tags.map(a, a + a).size() > 0`,
		`record.numbers.all(a, a * a > 1.5 || a / 3.3 < 1)`,
		`record.numbers.all(a, record.deal_amount > 1)`,
		`record.numbers.all(a, record.deal_close_date > date("2020-01-01"))`,
		`record.lists.all(a, record.lists == record.lists)`,
		`record.deep == record.deep`,
		`record.deep`,
		`record.lists`,
		`record.text.substring(10) == ""`,
		`record.wide.lowerAscii() == ""`,
		`record.text.replace("", record.text)`,
		`record.tags.join(record.text)`,
		`record.text.split("").size() > 0`,
		`record.text.lastIndexOf("baaa") > 0`,
		`record.text.matches("(a*)*b")`,
		`record.part.matches("(a|b)*c")`,
		`record.texts.all(t, !t.matches("(.*)(.*)(.*)(.*)(.*)z"))`,
		`record.tags.all(t, !t.matches("^(a?b?c?d?e?f?){8}z"))`,
		`record.texts.all(t, t.split("").join("-") != "")`,
		`record.some.all(x, record.wide.size() > 0)`,
		`record.tags.all(x, !(x in record.object))`,
		`record.object.all(k, record.object[k] == "v")`,
		`record.some.all(x, record.object.exists(k, true))`,
		`record.tags.map(x, {record.text: 1}[record.text])`,
		`record.tags.map(x, record.object[?record.text])`,
		`(record.tags + record.tags) == (record.tags + record.tags)`,
		`(` + strings.TrimSuffix(strings.Repeat(`record.some + `, 60), " + ") + `).all(x, x != "")`,
		`record.tags.map(x, [x, x+x]).size() > 0`,
		strings.Repeat(`"q" in record.tags || `, 150) + "true",
		strings.Repeat(`record.some.all(x, x != "") && `, 130) + "true",
		strings.Repeat(`record.text.substring(1) != "" && `, 110) + "true",
	} {
		program, err := env.Condition(source)
		if err != nil {
			if program, err = env.Value(source); err != nil {
				t.Errorf("%.80s: %v", source, err)
				continue
			}
		}
		start := time.Now()
		_, err = program.Eval("x", record)
		if took := time.Since(start); took > limit {
			t.Errorf("%.80s: Eval took %s", source, took)
		}
		if err != nil {
			problem(t, err)
		}
		start = time.Now()
		v := program.Test("x", record)
		if took := time.Since(start); took > limit {
			t.Errorf("%.80s: Test took %s", source, took)
		}
		plain(t, v.Reason)
	}
}

func TestTooCostly(t *testing.T) {
	t.Parallel()
	env, record := newEnv(t), big()
	record["half"] = record["tags"].([]any)[:12_000]
	for source, message := range map[string]string{
		`record.tags.all(a, record.tags.all(b, a == b))`: "the expression takes too many steps for this record, and was stopped",
		`record.text`:                                   "the result is a text of more than 64 KiB",
		`[1, 2, 3, 4, 5].map(x, record.part)`:           "the result is a text of more than 64 KiB",
		`record.lists`:                                  "the result holds more than 10,000 values",
		`record.part.replace("a", "bbbbbbbbbbbbbbbbb")`: "replace would make a text of more than 64 KiB",
		`record.some.join(record.part)`:                 "join would make a text of more than 64 KiB",
		`record.part.matches("(a?b?c?d?e?f?){8}z")`:     "the text is too long to be matched with this pattern",
		`(record.half + record.half).size()`:            `"+" would make a list of more than 20,000 elements`,
	} {
		program, err := env.Value(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		v, err := program.Eval("x", record)
		if err == nil {
			t.Errorf("%s: gives a %T", source, v)
			continue
		}
		if e := problem(t, err); e.Code != "too_costly" || e.Message != message {
			t.Errorf("%s: %+v", source, e)
		}
		if v := program.Test("x", record); v.Holds || v.Err == nil {
			t.Errorf("%s: %+v", source, v)
		}
	}
}

// TestAllConjunctsShareOneBudget: what one evaluation may take cannot be
// multiplied by cutting it into conjuncts.
func TestAllConjunctsShareOneBudget(t *testing.T) {
	t.Parallel()
	list := make([]any, 9_000)
	for i := range list {
		list[i] = "x"
	}
	program, err := newEnv(t).Condition(`record.a.all(x, x != "y") && record.a.all(x, x != "z") && record.a.all(x, x != "q")`)
	if err != nil {
		t.Fatal(err)
	}
	if v := program.Test("", map[string]any{"a": list}); problem(t, v.Err).Code != "too_costly" {
		t.Errorf("got %+v", v)
	}
	if v := program.Test("", map[string]any{"a": list[:1000]}); !v.Holds {
		t.Errorf("got %+v", v)
	}
}
