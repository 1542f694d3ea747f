package mapping

import "slices"

// FieldType says what a universal field holds and so how it is checked.
type FieldType string

// Types of the universal model.
const (
	TypeEmail     FieldType = "email"     // one address without a display name
	TypePhone     FieldType = "phone"     // sent as typed
	TypeURL       FieldType = "url"       // http or https, the scheme may be missing
	TypeDecimal   FieldType = "decimal"   // number or its text, exact
	TypeDate      FieldType = "date"      // YYYY-MM-DD or RFC 3339
	TypePercent   FieldType = "percent"   // 0 to 100
	TypeInteger   FieldType = "integer"   // whole number or its text
	TypeString    FieldType = "string"    // free text
	TypeReference FieldType = "reference" // the host's id of another record
)

// Field is one field of the universal model.
type Field struct {
	Name   string
	Type   FieldType
	Label  string
	Object string // what a reference points to, else empty
}

var catalogue = map[string][]Field{
	"contact": append([]Field{
		{Name: "contact_email", Type: TypeEmail, Label: "Email"},
		{Name: "contact_first_name", Type: TypeString, Label: "First name"},
		{Name: "contact_last_name", Type: TypeString, Label: "Last name"},
		{Name: "contact_phone", Type: TypePhone, Label: "Phone"},
		{Name: "contact_company", Type: TypeString, Label: "Company"},
		{Name: "contact_title", Type: TypeString, Label: "Job title"},
		{Name: "contact_website", Type: TypeURL, Label: "Website"},
	}, address("contact")...),
	"company": append([]Field{
		{Name: "company_name", Type: TypeString, Label: "Name"},
		{Name: "company_domain", Type: TypeString, Label: "Domain"},
		{Name: "company_website", Type: TypeURL, Label: "Website"},
		{Name: "company_phone", Type: TypePhone, Label: "Phone"},
		{Name: "company_industry", Type: TypeString, Label: "Industry"},
		{Name: "company_employees", Type: TypeInteger, Label: "Employees"},
	}, address("company")...),
	"deal": {
		{Name: "deal_name", Type: TypeString, Label: "Name"},
		{Name: "deal_amount", Type: TypeDecimal, Label: "Amount"},
		{Name: "deal_currency", Type: TypeString, Label: "Currency"},
		{Name: "deal_stage", Type: TypeString, Label: "Stage"},
		{Name: "deal_close_date", Type: TypeDate, Label: "Close date"},
		{Name: "deal_probability", Type: TypePercent, Label: "Probability"},
		{Name: "deal_contact", Type: TypeReference, Label: "Contact", Object: "contact"},
		{Name: "deal_company", Type: TypeReference, Label: "Company", Object: "company"},
	},
}

func address(object string) []Field {
	return []Field{
		{Name: object + "_address_street", Type: TypeString, Label: "Street"},
		{Name: object + "_address_city", Type: TypeString, Label: "City"},
		{Name: object + "_address_state", Type: TypeString, Label: "State"},
		{Name: object + "_address_postal", Type: TypeString, Label: "Postal code"},
		{Name: object + "_address_country", Type: TypeString, Label: "Country"},
	}
}

// Objects lists the objects of the universal model.
func Objects() []string { return []string{"contact", "company", "deal"} }

// Universal is the catalogue of an object's fields, in display order; nil for
// an unknown object. Every other key of a record is a host's custom field.
func Universal(object string) []Field { return slices.Clone(catalogue[object]) }

// fieldType is the type of a universal field, "" for a custom one. Names are
// unique across objects.
func fieldType(name string) FieldType {
	for _, object := range Objects() {
		for _, f := range catalogue[object] {
			if f.Name == name {
				return f.Type
			}
		}
	}
	return ""
}
