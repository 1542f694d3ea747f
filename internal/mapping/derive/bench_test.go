package derive_test

import (
	"fmt"
	"strings"
	"testing"

	"sendtocrm/internal/mapping"
	"sendtocrm/internal/mapping/derive"
)

func BenchmarkRules(b *testing.B) {
	var many strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&many, `"companyname_phonenumber_addresscity%d": {"type": "string"}, `, i)
	}
	for name, schema := range map[string]string{
		"contact":       `{"properties": {` + fields("given_name family_name email mobile employer title street town region postcode nation") + `}}`,
		"10,000 fields": `{"properties": {` + many.String() + `"email": {"type": "string"}}}`,
	} {
		b.Run(name, func(b *testing.B) {
			parsed, err := mapping.ParseSchema([]byte(schema))
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				derive.Rules("contact", nil, parsed, nil)
			}
		})
	}
}
