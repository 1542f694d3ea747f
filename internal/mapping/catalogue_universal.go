package mapping

// universalFields are the fields of the universal model, by object.
func universalFields() map[string][]Field {
	return map[string][]Field{
		"contact": append([]Field{
			{Name: "contact_email", Type: TypeEmail, Label: "Email"},
			{Name: "contact_first_name", Type: TypeString, Label: "First name"},
			{Name: "contact_last_name", Type: TypeString, Label: "Last name"},
			{Name: "contact_phone", Type: TypePhone, Label: "Phone"},
			{Name: "contact_company", Type: TypeString, Label: "Company"},
			{Name: "contact_company_id", Type: TypeReference, Label: "Company record", Object: "company"},
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
