package derive_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
	"sendtocrm/internal/mapping/derive"
)

// fields makes a schema of names, each with a type after a colon (text if none).
func fields(names string) string {
	var b strings.Builder
	for i, name := range strings.Fields(names) {
		name, kind, typed := strings.Cut(name, ":")
		if !typed {
			kind = "string"
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + name + `": {"type": "` + kind + `"}`)
	}
	return b.String()
}

func parse(t *testing.T, schema string) *mapping.Schema {
	t.Helper()
	s, err := mapping.ParseSchema([]byte(schema))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Ways in which CRMs write and nest names. What is not in want must not be
// suggested: it means something else.
func TestShapes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, object, schema string
		want                 map[string]string // target: host fields, blanks between
		missing              []string
	}{
		{
			name: "run together and numbered", object: "contact",
			schema: `{"properties": {` + fields(`firstname lastname emailaddress1 emailaddress2 telephone1 mobilephone fax jobtitle address1_line1
				address1_line2 address1_city address1_stateorprovince address1_postalcode address1_country address2_city websiteurl contactid
				createdon accountrolecode:integer donotemail:boolean`) + `}}`,
			want: map[string]string{
				"firstname": "contact_first_name", "lastname": "contact_last_name", "emailaddress1": "contact_email", "telephone1": "contact_phone",
				"jobtitle": "contact_title", "address1_line1": "contact_address_street", "address1_city": "contact_address_city",
				"address1_stateorprovince": "contact_address_state", "address1_postalcode": "contact_address_postal",
				"address1_country": "contact_address_country", "websiteurl": "contact_website",
			},
		},
		{
			name: "capitals with qualifiers", object: "contact",
			schema: `{"properties": {` + fields(`FIRST_NAME LAST_NAME SALUTATION EMAIL_ADDRESS PHONE PHONE_FAX PHONE_HOME PHONE_ASSISTANT
				ADDRESS_MAIL_STREET ADDRESS_MAIL_CITY ADDRESS_OTHER_CITY TITLE ORGANISATION_ID:integer OWNER_USER_ID:integer ASSISTANT_NAME
				DATE_OF_BIRTH SOCIAL_LINKEDIN`) + `}}`,
			want: map[string]string{
				"FIRST_NAME": "contact_first_name", "LAST_NAME": "contact_last_name", "EMAIL_ADDRESS": "contact_email", "PHONE": "contact_phone",
				"ADDRESS_MAIL_STREET": "contact_address_street", "ADDRESS_MAIL_CITY": "contact_address_city", "TITLE": "contact_title",
				"ORGANISATION_ID": "contact_company_id",
			},
		},
		{
			name: "record under its noun", object: "deal",
			schema: `{"required": ["deal"], "properties": {"deal": {"required": ["name"], "properties": {` +
				fields(`name amount:number expected_close closed_date deal_stage_id:integer sales_account_id:integer owner_id:integer`) + `}}}}`,
			want: map[string]string{
				"deal.name": "deal_name", "deal.amount": "deal_amount", "deal.expected_close": "deal_close_date",
				"deal.deal_stage_id": "deal_stage", "deal.sales_account_id": "deal_company",
			},
		},
		{
			name: "envelope with a constant, nested objects", object: "contact",
			schema: `{"required": ["data"], "properties": {"data": {"required": ["type", "attributes"], "properties": {
				"type": {"enum": ["contacts"]},
				"attributes": {"required": ["lastName"], "properties": {` + fields("lastName email") + `,
					"address": {"properties": {` + fields("line1 line2 town county postcode") + `}},
					"company": {"properties": {` + fields("id name") + `}},
					"owner": {"properties": {` + fields("id email name") + `}}
				}}
			}}}}`,
			want: map[string]string{
				"data.type": "", "data.attributes.lastName": "contact_last_name", "data.attributes.email": "contact_email",
				"data.attributes.address.line1": "contact_address_street", "data.attributes.address.town": "contact_address_city",
				"data.attributes.address.county": "contact_address_state", "data.attributes.address.postcode": "contact_address_postal",
				"data.attributes.company.id": "contact_company_id",
			},
		},
		{
			name: "list of records", object: "company",
			schema: `{"required": ["records"], "properties": {"records": {"type": "array", "items": {"required": ["Name", "Owner"], "properties": {` +
				fields("Name Owner Phone") + `}}}}}`,
			want:    map[string]string{"records[0].Name": "company_name", "records[0].Phone": "company_phone"},
			missing: []string{"records[0].Owner"},
		},
		{
			name: "list of addresses; records of another kind", object: "company",
			schema: `{"properties": {"name": {"type": "string"},
				"addresses": {"type": "array", "items": {"properties": {` + fields("label address_1 address_2 city zipcode") + `}}},
				"contacts": {"type": "array", "items": {"properties": {` + fields("name title phone") + `}}}}}`,
			want: map[string]string{
				"name": "company_name", "addresses[0].address_1": "company_address_street", "addresses[0].city": "company_address_city",
				"addresses[0].zipcode": "company_address_postal",
			},
		},
		{
			name: "numbered fields with titles", object: "contact",
			schema: `{"properties": {"f_1": {"title": "First name"}, "f_2": {"title": "Surname"}, "f_3": {"title": "E-Mail"},
				"f_4": {"description": "Phone number"}, "f_5": {"title": "Fax"}, "f_6": {"title": "Spouse's first name"}, "name": {"title": "Record type"}}}`,
			want: map[string]string{"f_1": "contact_first_name", "f_2": "contact_last_name", "f_3": "contact_email", "f_4": "contact_phone"},
		},
		{
			name: "a prefix everywhere", object: "company",
			schema: `{"properties": {` + fields("zx_name zx_phone zx_city zx_zip zx_no") + `}}`,
			want:   map[string]string{"zx_name": "company_name", "zx_phone": "company_phone", "zx_city": "company_address_city", "zx_zip": "company_address_postal"},
		},
		{
			name: "one name, one address", object: "contact",
			schema: `{"required": ["fullName"], "properties": {` + fields("fullName postalAddress") + `}}`,
			want: map[string]string{
				"fullName":      "contact_first_name contact_last_name",
				"postalAddress": "contact_address_street contact_address_city contact_address_state contact_address_postal contact_address_country",
			},
		},
		{
			name: "a full name beside its parts is wanted only if required", object: "contact",
			schema: `{"required": ["displayName"], "properties": {` + fields("first last displayName name") + `}}`,
			want:   map[string]string{"first": "contact_first_name", "last": "contact_last_name", "displayName": "contact_first_name contact_last_name"},
		},
		{
			name: "two required names for one thing", object: "deal",
			schema: `{"required": ["name", "title"], "properties": {` + fields("name title subject") + `}}`,
			want:   map[string]string{"name": "deal_name", "title": "deal_name"},
		},
		{
			name: "the CRM's own fields", object: "contact",
			schema: `{"properties": {"id": {"type": "integer"}, "contact_id": {"type": "integer"}, "email": {"type": "string", "readOnly": true}, ` +
				fields("created_at updated_at last_name_changed email_opt_out:boolean phone_extension company_size") + `}}`,
			want: map[string]string{},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			schema := parse(t, c.schema)
			suggestions := derive.Rules(c.object, nil, schema, nil)
			got := make(map[string]string)
			for _, s := range suggestions {
				got[s.Rule.To] = strings.Join(s.Rule.From, " ")
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.missing, derive.Missing(c.object, schema, nil, suggestions)); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
			accept(t, mapping.NewObject(mapping.Object{Name: c.object}, nil), suggestions)
		})
	}
}
