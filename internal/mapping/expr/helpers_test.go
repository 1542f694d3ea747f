package expr_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"sendtocrm/internal/mapping/expr"
)

var fields = map[string]expr.Type{
	"contact_email":     expr.String,
	"contact_title":     expr.String,
	"deal_amount":       expr.Number,
	"company_employees": expr.Integer,
	"vip":               expr.Bool,
	"deal_close_date":   expr.Date,
	"tags":              expr.List,
	"anything":          expr.Dyn,
}

func newEnv(t testing.TB) *expr.Env {
	t.Helper()
	env, err := expr.New(fields)
	if err != nil {
		t.Fatal(err)
	}
	return env
}

// record is decoded the way the service decodes a host's record.
func record(t testing.TB, text string) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var out map[string]any
	if err := d.Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

const sample = `{"contact_email": "john.doe@acme.com", "deal_amount": 75000.50, "company_employees": "40", "vip": true,
	"deal_close_date": "2026-03-01", "tags": ["new", "vip"], "n": 5, "text": "75000", "empty": null,
	"address": {"city": "Oslo", "zip": 1e400}, "a.b": "dotted", "first name": "John"}`

// problem is err, once it is one that a person can read. Texts that the
// caller gave may come back in it.
func problem(t testing.TB, err error, given ...string) *expr.Error {
	t.Helper()
	var e *expr.Error
	if !errors.As(err, &e) {
		t.Fatalf("the error is %T %v, want an *expr.Error", err, err)
	}
	plain(t, e.Error(), given...)
	return e
}

// plain fails where a text of the library, or a name from inside, reaches a
// person.
func plain(t testing.TB, sentence string, given ...string) {
	t.Helper()
	for _, leak := range []string{"ERROR", "<input>", "overload", "internal error", "expecting", "Syntax error", "types.", "expr.", "@result", "@record", "undeclared", "ref.Val", "mismatched input", "%!"} {
		if strings.Contains(sentence, leak) && !strings.Contains(strings.Join(given, " "), leak) {
			t.Errorf("%q holds %q", sentence, leak)
		}
	}
	if strings.TrimSpace(sentence) == "" {
		t.Error("an error says nothing")
	}
}
