package expr_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestNumbersDoNotWrap: a result beyond the bounds is an error, also where 64
// bits would make it a small number again.
func TestNumbersDoNotWrap(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	for _, source := range []string{
		`4294967296 * 4294967296`,                     // 2^64
		`18446744073.709551616 * 1000000000`,          // the same, with a fraction
		`record.deal_amount * 1000000000`,             // of a record
		`18446744073.709551616 / 0.000000001`,         // the same, divided
		`1000000000000000000 * 19`,                    // 2^64 and some more
		`record.company_employees * 4294967296 == 0`,  // within a comparison
		`-18446744073.709551616 * 1000000000 + 1 > 0`, // below
	} {
		program, err := env.Value(source)
		if err == nil {
			_, err = program.Eval("", map[string]any{"deal_amount": "18446744073.709551616", "company_employees": json.Number("4294967296")})
		}
		if err == nil || !strings.Contains(problem(t, err).Message, "larger than 1e18") {
			t.Errorf("%s: %v", source, err)
		}
	}
}

// TestLongNumbers: the text of a number has at most 64 bytes.
func TestLongNumbers(t *testing.T) {
	t.Parallel()
	program, err := newEnv(t).Value(`record.deal_amount + 0`)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := program.Eval("", map[string]any{"deal_amount": "1." + strings.Repeat("0", 62)}); err != nil || got != json.Number("1") {
		t.Errorf("64 bytes: %v, %v", got, err)
	}
	if got, err := program.Eval("", map[string]any{"deal_amount": "1." + strings.Repeat("0", 63)}); err == nil || !strings.Contains(problem(t, err).Message, "too many digits") {
		t.Errorf("65 bytes: %v, %v", got, err)
	}
}

// TestManyNodes: an expression has at most 2,000 parts, as flat as it may be.
func TestManyNodes(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	list := func(n int) string { return "[1" + strings.Repeat(",1", n-1) + "].size() > 0" }
	if _, err := env.Condition(list(1900)); err != nil {
		t.Errorf("1,900 elements: %v", err)
	}
	if _, err := env.Condition(list(2030)); err == nil {
		t.Error("2,030 elements are accepted")
	} else {
		problem(t, err)
	}
}

// TestTooCostlyEndsTheTest: where a bound is met nothing more is evaluated, and
// that is what the verdict says, whatever comes behind.
func TestTooCostlyEndsTheTest(t *testing.T) {
	t.Parallel()
	env, record := newEnv(t), big()
	record["half"], record["vip"] = record["tags"].([]any)[:12_000], false
	for _, source := range []string{
		`record.tags.all(a, record.tags.all(b, a == b)) && record.vip`,
		`(record.half + record.half).size() > 0 && record.vip`,
		`record.part.replace("a", "bbbbbbbbbbbbbbbbb") != "" && record.vip`,
	} {
		program, err := env.Condition(source)
		if err != nil {
			t.Fatal(err)
		}
		if v := program.Test("", record); v.Holds || v.Err == nil || problem(t, v.Err).Code != "too_costly" {
			t.Errorf("%s: %+v", source, v)
		}
	}
}

// TestStepsCountWhatIsInside: a comparison takes as many steps as its operands
// hold at any depth, a match as many as text and pattern make together.
func TestStepsCountWhatIsInside(t *testing.T) {
	t.Parallel()
	env, record := newEnv(t), big()
	for _, source := range []string{
		`record.lists == record.lists`,
		`record.texts.all(t, !t.matches("(.*)(.*)(.*)(.*)(.*)z"))`,
	} {
		program, err := env.Condition(source)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := program.Eval("", record); err == nil || problem(t, err).Code != "too_costly" {
			t.Errorf("%s: %v, %v", source, got, err)
		}
	}
}
