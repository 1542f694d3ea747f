package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func emails(address string) []any {
	return []any{object{"email": address, "category": "work"}}
}

func TestCopperPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.link("copper")
	seed := object{
		"name": "Lisa Rodriguez", "emails": emails("lisa.rodriguez@globalco.com"), "title": "Product Manager", "company_name": "GlobalCo",
		"phone_numbers": []any{object{"number": "+1 (555) 345-6789", "category": "work"}}, "unheard_of": 1,
	}
	a := c.execute("createPerson", seed).want(http.StatusOK)
	id, ok := a.at("responseData", "id").(float64)
	if !ok || a.text("responseData", "company_name") != "GlobalCo" || a.at("responseData", "date_created") != 1772366400.0 || a.at("responseData", "address") != nil || a.length("responseData", "websites") != 0 {
		t.Errorf("create: %s", a.raw)
	}
	if _, kept := a.at("responseData").(object)["unheard_of"]; kept {
		t.Error("an unknown field is kept")
	}
	for name, c2 := range map[string]struct {
		body    object
		message string
	}{
		"no name":         {object{"title": "x"}, "Invalid input: Validation errors: name: is required"},
		"name a number":   {object{"name": 5}, "name: must be a string"},
		"e-mail in use":   {object{"name": "x", "emails": emails("LISA.rodriguez@globalco.com")}, "emails: LISA.rodriguez@globalco.com is already in use"},
		"e-mail a text":   {object{"name": "x", "emails": "a@b.co"}, "emails: must be an array of objects"},
		"e-mails texts":   {object{"name": "x", "emails": []string{"a@b.co"}}, "emails: must be an array of objects"},
		"bad e-mail":      {object{"name": "x", "emails": emails("nope")}, "emails: nope is invalid"},
		"bad category":    {object{"name": "x", "phone_numbers": []any{object{"number": "1", "category": "office"}}}, "phone_numbers: category must be one of"},
		"unknown company": {object{"name": "x", "company_id": 5}, "company_id: does not exist"},
		"address a text":  {object{"name": "x", "address": "Main St 1"}, "address: must be an object"},
	} {
		a := c.execute("createPerson", c2.body)
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text("error", "message"), c2.message) || a.at("error", "details", "status") != 422.0 || a.at("error", "details", "success") != false {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	w.clock.advance(time.Minute)
	updated := c.execute("updatePerson", object{"title": nil, "emails": emails("lisa.rodriguez@globalco.com")}, byID(id)).want(http.StatusOK)
	if updated.at("responseData", "title") != nil || updated.text("responseData", "name") != "Lisa Rodriguez" || updated.at("responseData", "date_modified") != 1772366460.0 {
		t.Errorf("update: %s", updated.raw)
	}
	for name, body := range map[string]object{
		"by e-mail": {"emails": []string{"lisa.rodriguez@globalco.com"}}, "by name": {"name": "rodri"}, "by phone": {"phone_number": "+1 (555) 345-6789"},
		"by change": {"minimum_modified_date": 1772366460}, "all": {},
	} {
		if a := c.execute("searchPeople", body).want(http.StatusOK); a.length("responseData") != 1 {
			t.Errorf("%s: %s", name, a.raw)
		}
	}
	if a := c.execute("searchPeople", object{"emails": []string{"nobody@b.co"}}).want(http.StatusOK); a.length("responseData") != 0 {
		t.Errorf("%s", a.raw)
	}
	c.execute("searchPeople", object{"page_size": 500}).want(http.StatusUnprocessableEntity)
	if a := c.execute("fetchPersonByEmail", object{"email": "lisa.rodriguez@globalco.com"}).want(http.StatusOK); a.at("responseData", "id") != id {
		t.Errorf("%s", a.raw)
	}
	if a := c.execute("deletePerson", nil, byID(id)).want(http.StatusOK); a.at("responseData", "is_deleted") != true {
		t.Errorf("%s", a.raw)
	}
	if a := c.execute("getPerson", nil, byID(id)).want(http.StatusNotFound); a.text("error", "details", "message") != "Resource not found" {
		t.Errorf("%s", a.raw)
	}
}

// The two forms of an opportunity exclude each other, and the live schema says which one it is.
func TestCopperOpportunityForms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.link("copper")
	person := c.execute("createPerson", object{"name": "Lisa Rodriguez"}).at("responseData", "id")
	seed := object{"name": "Annual Subscription Renewal", "monetary_value": 4500000, "pipeline_stage_id": 123456, "close_date": 1735689600}
	vendor := object{"name": "Annual Subscription Renewal", "monetary_value": 45000.5, "pipeline_stage_id": 123456, "close_date": "12/31/2025", "primary_contact_id": person}
	schema := func(path ...any) any {
		return w.call("", http.MethodGet, "/connectors/copper/actions/createOpportunity", nil).at(append([]any{"action", "requestBody"}, path...)...)
	}
	made := c.execute("createOpportunity", seed).want(http.StatusOK)
	if made.at("responseData", "monetary_value") != 4500000.0 || made.at("responseData", "close_date") != 1735689600.0 || made.at("responseData", "pipeline_id") != 213.0 {
		t.Errorf("%s", made.raw)
	}
	c.execute("createOpportunity", vendor).want(http.StatusUnprocessableEntity)
	if schema("properties", "close_date", "type") != "number" || len(schema("required").([]any)) != 1 {
		t.Errorf("seed form's schema: %v", schema())
	}
	w.set(object{"copperOpportunities": "vendor"})
	c.execute("createOpportunity", vendor).want(http.StatusOK)
	a := c.execute("createOpportunity", seed).want(http.StatusUnprocessableEntity)
	for _, part := range []string{"close_date: must be a date (MM/DD/YYYY)", "primary_contact_id: is required"} {
		if !strings.Contains(a.text("error", "message"), part) {
			t.Errorf("no %q in %s", part, a.raw)
		}
	}
	if schema("properties", "close_date", "type") != "string" || len(schema("required").([]any)) != 2 {
		t.Errorf("vendor form's schema: %v", schema())
	}
}

func TestCopperStages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.link("copper")
	stages := c.execute("listPipelineStages", nil).want(http.StatusOK)
	if stages.length("responseData") != 5 || stages.at("responseData", 0, "id") != 123456.0 {
		t.Errorf("%s", stages.raw)
	}
	if a := c.execute("listPipelines", nil).want(http.StatusOK); a.length("responseData", 0, "stages") != 3 {
		t.Errorf("%s", a.raw)
	}
	for _, stage := range []any{"123456", "Qualified", 1, 123456.5} {
		c.execute("createOpportunity", object{"name": "x", "pipeline_stage_id": stage}).want(http.StatusUnprocessableEntity)
	}
	for _, amount := range []any{"4500000", 45000.5} {
		c.execute("createOpportunity", object{"name": "x", "monetary_value": amount}).want(http.StatusUnprocessableEntity)
	}
}
