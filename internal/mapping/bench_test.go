package mapping_test

import (
	"encoding/json"
	"testing"

	"sendtocrm/internal/mapping"
)

const seedContact = `{
  "contact_email": "john.doe@acme.com",
  "contact_first_name": "John",
  "contact_last_name": "Doe",
  "contact_phone": "+1 (555) 123-4567",
  "contact_company": "Acme Corp",
  "contact_title": "Sales Manager"
}`

const seedSchema = `{"type":"object","required":["properties"],"properties":{"properties":{"type":"object",
  "required":["firstname","lastname","email"],"properties":{"firstname":{"type":"string"},"lastname":{"type":"string"},
  "email":{"type":"string"},"company":{"type":"string"},"website":{"type":"string"},"phone":{"type":"string"},"jobtitle":{"type":"string"}}}}}`

// BenchmarkContact measures the seed's contact for HubSpot: decode, map,
// check and encode together and apart.
func BenchmarkContact(b *testing.B) {
	m := compile(b, seedSchema, definition(b, "hubspot", "contact").Rules...)
	raw := json.RawMessage(seedContact)
	fields := decode(b, seedContact)

	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := mapping.DecodeFields(raw); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("map+encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if body := m.Forward(mapping.Input{Fields: fields, Operation: mapping.Create}).Body(nil); len(body) < 100 {
				b.Fatal("no body")
			}
		}
	})
	b.Run("decode+map+encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			fields, err := mapping.DecodeFields(raw)
			if err != nil {
				b.Fatal(err)
			}
			if res := m.Forward(mapping.Input{Fields: fields, Operation: mapping.Create}); !res.Sendable() || len(res.Body(nil)) < 100 {
				b.Fatal("no body")
			}
		}
	})
}
