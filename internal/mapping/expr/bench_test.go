package expr_test

import (
	"encoding/json"
	"testing"

	"sendtocrm/internal/mapping/expr"
)

const contractExample = `record.contact_email.endsWith("@acme.com") && "vip" in record.tags`

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := expr.New(fields); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCondition(b *testing.B) {
	env := newEnv(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := env.Condition(contractExample); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEval(b *testing.B) {
	record := map[string]any{"contact_email": "john.doe@acme.com", "tags": []any{"new", "vip"}, "deal_amount": json.Number("75000.50")}
	for name, source := range map[string]string{
		"contract": contractExample,
		"decimal":  `record.deal_amount * 0.2 > 1000`,
		"join":     `record.contact_email.lowerAscii().split("@")[1]`,
	} {
		program, err := newEnv(b).Value(source)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := program.Eval("cust_42", record); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkTest(b *testing.B) {
	program, err := newEnv(b).Condition(contractExample)
	if err != nil {
		b.Fatal(err)
	}
	for name, email := range map[string]string{"holds": "john.doe@acme.com", "fails": "john.doe@example.com"} {
		record := map[string]any{"contact_email": email, "tags": []any{"new", "vip"}}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if v := program.Test("cust_42", record); v.Err != nil {
					b.Fatal(v.Err)
				}
			}
		})
	}
}
