package expr_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
)

// TestHostileKeys: a record's keys are only data.
func TestHostileKeys(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	long := strings.Repeat("k", 64<<10)
	record := map[string]any{
		"__proto__": "p", "constructor": "c", "a.b": "dotted", "": "empty", "@result": "r", "record": "inner", "id": "other",
		"\x00": "nul", "\"": "quote", "é\u202e": "unicode", long: "long", "record.id": "x",
	}
	for key, want := range map[string]string{"__proto__": "p", "constructor": "c", "a.b": "dotted", "": "empty", "@result": "r",
		"record": "inner", "id": "other", "\\x00": "nul", "\\\"": "quote", "é\\u202e": "unicode", "record.id": "x"} {
		program, err := env.Value(`record["` + key + `"]`)
		if err != nil {
			t.Errorf("%q: %v", key, err)
			continue
		}
		if got, err := program.Eval("cust_42", record); err != nil || got != want {
			t.Errorf("%q: %v %v", key, got, err)
		}
		if v := program.Test("cust_42", record); v.Holds || len(v.Reason) > 500 {
			t.Errorf("%q: %+v", key, v)
		}
	}
	program, err := env.Value(`id + record.vip_since`)
	if err != nil {
		t.Fatal(err)
	}
	record["vip_since"] = "!"
	if got, err := program.Eval("cust_42", record); err != nil || got != "cust_42!" {
		t.Errorf("got %v, %v", got, err)
	}
}

// TestBrokenValues: nothing that Go can put into a record gets a panic out.
func TestBrokenValues(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	for _, source := range []string{`record.anything == 1`, `record.anything.x == 1`, `record.anything[0] == 1`, `record.anything + record.anything == 1`,
		`record.anything.startsWith("x")`, `record.anything.all(x, x == 1)`, `1 in record.anything`, `record.anything`, `size(record.anything) > 1`,
		`record.deal_amount > 1`, `record.contact_email == ""`, `record.deal_close_date > date("2026-01-01")`, `record.vip`, `record.tags == []`} {
		program, err := env.Condition(source)
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range []any{json.Number("x"), json.Number(""), json.Number(strings.Repeat("9", 1<<20)), json.Number("-"), "\xff", struct{}{}, make(chan int),
			func() {}, []string{"x"}, map[string]int{"a": 1}, []any{struct{}{}}, map[string]any{"x": make(chan int)}, &struct{}{}, uint8(3), int(-1 << 63)} {
			record := map[string]any{"anything": value, "deal_amount": value, "contact_email": value, "deal_close_date": value, "vip": value, "tags": value}
			if _, err := program.Eval("", record); err != nil {
				problem(t, err)
			}
			plain(t, program.Test("", record).Reason)
		}
		if _, err := program.Eval("", nil); err == nil || !problem(t, err).Missing {
			t.Errorf("%s of no record: %v", source, err)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	shared, err := env.Condition(`record.contact_email.endsWith("@acme.com") && "vip" in record.tags && record.deal_amount * 0.2 > 1`)
	if err != nil {
		t.Fatal(err)
	}
	failing, err := env.Condition(`dyn(record.deal_close_date).size() > 1 || record.n + record.text == 1 || timestamp(record.n * 1000000000000) > record.deal_close_date`)
	if err != nil {
		t.Fatal(err)
	}
	r := record(t, sample)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 200 {
				if v := shared.Test("x", r); !v.Holds {
					t.Errorf("got %+v", v)
				}
				if v := failing.Test("x", r); v.Err == nil {
					t.Errorf("got %+v", v)
				}
			}
			if _, err := env.Condition(`record.tags.exists(t, t == "vip")`); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}
