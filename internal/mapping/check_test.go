package mapping_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
)

// TestUniversalTypes holds values against the types of the universal model.
func TestUniversalTypes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		field, host string
		want        string // JSON sent, "" for none
		issue       string // severity and code
	}{
		{"contact_email", `"john.doe@acme.com"`, `"john.doe@acme.com"`, ""},
		{"contact_email", `" john.doe@acme.com\n"`, `"john.doe@acme.com"`, ""},
		{"contact_email", `"o'hara+crm@mail.acme.co.uk"`, `"o'hara+crm@mail.acme.co.uk"`, ""},
		{"contact_email", `"jörg@müller.de"`, `"jörg@müller.de"`, ""},
		{"contact_email", `"_x_@acme.com"`, `"_x_@acme.com"`, ""},
		{"contact_email", `"John <john.doe@acme.com>"`, ``, "error invalid_email"},
		{"contact_email", `"<john.doe@acme.com>"`, ``, "error invalid_email"},
		{"contact_email", `"john.doe@acme"`, ``, "error invalid_email"},
		{"contact_email", `"john.doe@acme."`, ``, "error invalid_email"},
		{"contact_email", `"john.doe@.com"`, ``, "error invalid_email"},
		{"contact_email", `"john..doe@acme.com"`, ``, "error invalid_email"},
		{"contact_email", `".john@acme.com"`, ``, "error invalid_email"},
		{"contact_email", `"john.@acme.com"`, ``, "error invalid_email"},
		{"contact_email", `"john doe@acme.com"`, ``, "error invalid_email"},
		{"contact_email", `"@acme.com"`, ``, "error invalid_email"},
		{"contact_email", `"john@a@acme.com"`, ``, "error invalid_email"},
		{"contact_email", `"john@[127.0.0.1]"`, ``, "error invalid_email"},
		{"contact_email", `"a@b.c,d@e.f"`, ``, "error invalid_email"},
		{"contact_email", `42`, ``, "error invalid_email"},
		{"contact_email", `"` + strings.Repeat("a", 250) + `@acme.com"`, ``, "error invalid_email"},
		{"contact_phone", `" +1 (555) 123-4567 ext. 8"`, `" +1 (555) 123-4567 ext. 8"`, ""},
		{"contact_phone", `5551234567`, `"5551234567"`, ""},
		{"contact_first_name", `true`, ``, "error wrong_type"},
		{"contact_first_name", `["John"]`, ``, "error wrong_type"},
		{"contact_website", `"https://acme.com/a?b=c"`, `"https://acme.com/a?b=c"`, ""},
		{"contact_website", `"acme.com"`, `"acme.com"`, ""},
		{"contact_website", `"acme.com:8080/x"`, `"acme.com:8080/x"`, ""},
		{"contact_website", `"javascript:alert(1)"`, `"javascript:alert(1)"`, "warning invalid_url"},
		{"contact_website", `"ftp://acme.com"`, `"ftp://acme.com"`, "warning invalid_url"},
		{"contact_website", `"none"`, `"none"`, "warning invalid_url"},
		{"contact_website", `{}`, ``, "error wrong_type"},
		{"deal_amount", `"75000.50"`, `"75000.50"`, ""},
		{"deal_amount", `"75,000"`, ``, "error invalid_number"},
		{"deal_amount", `1e400`, ``, "error out_of_range"},
		{"deal_probability", `0`, `0`, ""},
		{"deal_probability", `"100.0"`, `"100.0"`, ""},
		{"deal_probability", `99.5`, `99.5`, ""},
		{"deal_probability", `100.1`, ``, "error out_of_range"},
		{"deal_probability", `101`, ``, "error out_of_range"},
		{"deal_probability", `1000`, ``, "error out_of_range"},
		{"deal_probability", `-0.1`, ``, "error out_of_range"},
		{"deal_probability", `"60%"`, ``, "error invalid_number"},
		{"company_employees", `250`, `250`, ""},
		{"company_employees", `250.5`, ``, "error invalid_number"},
		{"deal_close_date", `"2025-12-31T17:00:00Z"`, `"2025-12-31T17:00:00Z"`, ""},
		{"deal_close_date", `"2025-12-32"`, ``, "error invalid_date"},
		{"deal_contact", `7`, `"7"`, ""},
		{"deal_contact", `7.5`, ``, "error wrong_type"},
		{"deal_contact", `{"id":7}`, ``, "error wrong_type"},
		{"custom", `7`, `7`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.field+" "+tt.host[:min(len(tt.host), 40)], func(t *testing.T) {
			t.Parallel()
			m := compile(t, "", mapping.Rule{To: "x", From: from(tt.field)})
			res := m.Forward(mapping.Input{Fields: decode(t, `{"`+tt.field+`":`+tt.host+`}`), Operation: mapping.Create})
			want := `{"x":` + tt.want + `}`
			if tt.want == "" {
				want = `{}`
			}
			issue := strings.TrimSuffix(strings.Join(codes(res.Issues), "; "), " x")
			if diff := cmp.Diff([]string{want, tt.issue}, []string{string(res.Body(nil)), issue}); diff != "" {
				t.Errorf("(-want +got):\n%s%v", diff, res.Issues)
			}
		})
	}
}

// TestMessagesAreBounded sends long and unprintable values and wants messages
// that name both fields and echo little.
func TestMessagesAreBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é\x1b[31m", 5000)
	m := compile(t, "", mapping.Rule{To: "properties.email", From: from("contact_email")},
		mapping.Rule{To: "properties.amount", From: from("deal_amount"), Transform: "number"},
		mapping.Rule{To: "properties.closedate", From: from("deal_close_date"), Transform: "date"})
	res := m.Forward(mapping.Input{Operation: mapping.Create, Fields: mapping.Fields{"contact_email": long, "deal_amount": long, "deal_close_date": long}})
	if len(res.Issues) != 3 {
		t.Fatalf("issues: %v", res.Issues)
	}
	for _, issue := range res.Issues {
		leaf := issue.To[strings.LastIndexByte(issue.To, '.')+1:]
		if utf8.RuneCountInString(issue.Message) > 250 || strings.ContainsRune(issue.Message, '\x1b') {
			t.Errorf("message of %d bytes: %q", len(issue.Message), issue.Message)
		}
		if !strings.Contains(issue.Message, leaf) || !strings.Contains(issue.Message, issue.From[0]) || !strings.HasSuffix(issue.Message, ".") {
			t.Errorf("message does not name both fields in a sentence: %q", issue.Message)
		}
	}
}

func TestCatalogue(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, object := range mapping.Objects() {
		for _, f := range mapping.Universal().Fields(object) {
			if seen[f.Name] || !strings.HasPrefix(f.Name, object+"_") || f.Label == "" || f.Type == "" {
				t.Errorf("field %+v of %s", f, object)
			}
			if (f.Object != "") != (f.Type == mapping.TypeReference) {
				t.Errorf("%s: a reference, and nothing else, names an object", f.Name)
			}
			seen[f.Name] = true
		}
	}
	if len(seen) != 32 || mapping.Universal().Fields("lead") != nil {
		t.Errorf("%d fields, lead has %v", len(seen), mapping.Universal().Fields("lead"))
	}
}
