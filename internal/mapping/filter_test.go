package mapping_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"sendtocrm/internal/mapping"
	"sendtocrm/internal/mapping/expr"
)

func TestFilter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		source, fields string
		want           bool
		reason         string // part of it
	}{
		{`record.contact_email.endsWith("@acme.com") && "vip" in record.tags`, `{"contact_email":"a@acme.com","tags":["vip"]}`, true, "the filter holds"},
		{`record.contact_email.endsWith("@acme.com") && "vip" in record.tags`, `{"contact_email":"a@other.com","tags":["vip"]}`, false, "a@other.com"},
		{`record.contact_email.endsWith("@acme.com") && "vip" in record.tags`, `{"contact_email":"a@acme.com","tags":[]}`, false, `"vip" in record.tags`},
		{`record.contact_email.endsWith("@acme.com")`, `{}`, false, "contact_email"},
		{`record.shoe_size > 40`, `{"shoe_size":"wide"}`, false, "between text and a number"},
		{`id.startsWith("cust_")`, `{}`, true, "the filter holds"},
	}
	for _, tt := range tests {
		f, err := mapping.Universal().Filter("contact", tt.source)
		if err != nil {
			t.Errorf("%s: %v", tt.source, err)
			continue
		}
		got := f.Decide("cust_42", decode(t, tt.fields))
		if got.Matches != tt.want || !strings.Contains(got.Reason, tt.reason) || f.Source() != tt.source {
			t.Errorf("%s of %s: %+v", tt.source, tt.fields, got)
		}
	}
}

// TestFilterFaults: types are those of the catalogue, the host's own fields
// included.
func TestFilterFaults(t *testing.T) {
	t.Parallel()
	catalogue, err := mapping.LoadCatalogue(strings.NewReader("contact: [{name: shoe_size, type: decimal}, {name: newsletter, type: boolean}, {name: tags, type: list}]"))
	if err != nil {
		t.Fatal(err)
	}
	for source, code := range map[string]string{
		`record.shoe_size.startsWith("4")`: expr.CodeType,
		`record.contact_email > 5`:         expr.CodeType,
		`email == "x"`:                     expr.CodeUnknownName,
		`record.contact_email ==`:          expr.CodeSyntax,
	} {
		_, err := catalogue.Filter("contact", source)
		var fault *expr.Error
		if !errors.As(err, &fault) || fault.Code != code {
			t.Errorf("%s: %v, want %s", source, err, code)
		}
	}
	if _, err := mapping.Universal().Filter("contact", `record.shoe_size.startsWith("4")`); err != nil {
		t.Errorf("a field that nobody has declared: %v", err)
	}
	if _, err := catalogue.Filter("lead", "true"); err == nil || !strings.Contains(err.Error(), `unknown object "lead"`) {
		t.Errorf("unknown object: %v", err)
	}
	if f, err := catalogue.Filter("contact", `has(record.tags) && record.shoe_size > 1`); err != nil || !slices.Equal(f.Fields(), from("shoe_size", "tags")) {
		t.Errorf("reads %v, %v", f.Fields(), err)
	}
	f, err := catalogue.Filter("contact", `record.newsletter && "a" in record.tags && record.shoe_size >= 42.5`)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Decide("", decode(t, `{"newsletter":true,"tags":["a"],"shoe_size":"42.50"}`)); !got.Matches {
		t.Errorf("%+v", got)
	}
}

// TestFilterConcurrently makes one catalogue's expressions in many places.
func TestFilterConcurrently(t *testing.T) {
	t.Parallel()
	catalogue, err := mapping.LoadCatalogue(strings.NewReader("deal: [{name: deal_owner}]"))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			f, err := catalogue.Filter("deal", `record.deal_amount > 10`)
			if err != nil || !f.Decide("", mapping.Fields{"deal_amount": "11"}).Matches {
				t.Errorf("%v", err)
			}
		})
	}
	wg.Wait()
}
