package expr_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"sendtocrm/internal/mapping/expr"
)

var bound = decimal.New(1, 18)

// TestArithmetic holds every operator against shopspring's decimals, with
// the numbers read from a record and written in the source.
func TestArithmetic(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	number := rapid.Custom(func(t *rapid.T) decimal.Decimal {
		digits := rapid.SampledFrom([]int64{1e2, 1e6, 1e10, 1e18}).Draw(t, "size")
		d := decimal.New(rapid.Int64Range(-digits, digits).Draw(t, "digits"), -rapid.Int32Range(0, 9).Draw(t, "places"))
		return d
	})
	exact := map[string]func(a, b decimal.Decimal) decimal.Decimal{
		"+": decimal.Decimal.Add,
		"-": decimal.Decimal.Sub,
		"*": func(a, b decimal.Decimal) decimal.Decimal { return a.Mul(b).Round(9) },
		"/": func(a, b decimal.Decimal) decimal.Decimal { return a.DivRound(b, 9) },
	}
	compare := map[string]func(a, b decimal.Decimal) bool{
		"<": decimal.Decimal.LessThan, "<=": decimal.Decimal.LessThanOrEqual,
		">": decimal.Decimal.GreaterThan, ">=": decimal.Decimal.GreaterThanOrEqual,
		"==": decimal.Decimal.Equal, "!=": func(a, b decimal.Decimal) bool { return !a.Equal(b) },
	}
	programs := map[string]*expr.Program{}
	for _, operators := range [][]string{{"+", "-", "*", "/"}, {"<", "<=", ">", ">=", "==", "!="}} {
		for _, o := range operators {
			program, err := env.Value("record.a " + o + " record.b")
			if err != nil {
				t.Fatal(err)
			}
			programs[o] = program
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		if rapid.Bool().Draw(t, "same") {
			b = a
		}
		record := map[string]any{"a": json.Number(a.String()), "b": json.Number(b.String())}
		for o, want := range exact {
			literal, err := env.Value(fmt.Sprintf("%s %s %s", a, o, b))
			if err != nil {
				t.Fatal(err)
			}
			for _, program := range []*expr.Program{programs[o], literal} {
				got, err := program.Eval("", record)
				if o == "/" && b.IsZero() || want == nil {
					if err == nil {
						t.Fatalf("%s / 0 gives %v", a, got)
					}
					continue
				}
				if w := want(a, b); w.Abs().GreaterThan(bound) != (err != nil) {
					t.Fatalf("%s %s %s is %s, got %v, %v", a, o, b, w, got, err)
				} else if err == nil && got != json.Number(w.String()) {
					t.Fatalf("%s %s %s is %s, got %v", a, o, b, w, got)
				}
			}
		}
		for o, want := range compare {
			got, err := programs[o].Eval("", record)
			if err != nil || got != want(a, b) {
				t.Fatalf("%s %s %s gives %v, %v", a, o, b, got, err)
			}
		}
	})
}

// TestNumbersComeBack reads every number within the bounds back as it was.
func TestNumbersComeBack(t *testing.T) {
	t.Parallel()
	program, err := newEnv(t).Value(`[record.deal_amount, -(-record.deal_amount), number(string(record.deal_amount))]`)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		d := decimal.New(rapid.Int64Range(-1e18, 1e18).Draw(t, "whole"), 0).
			Add(decimal.New(rapid.Int64Range(0, 999_999_999).Draw(t, "fraction"), -9))
		if d.Abs().GreaterThan(bound) {
			return
		}
		text := d.String()
		for _, form := range []any{json.Number(text), text, " " + text + " ", json.Number(text + "e0")} {
			got, err := program.Eval("", map[string]any{"deal_amount": form})
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range got.([]any) {
				if n != json.Number(text) {
					t.Fatalf("%v became %v", form, n)
				}
			}
		}
	})
}
