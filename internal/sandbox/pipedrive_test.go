package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// Pipedrive is strict about types and knows no duplicates.
func TestPipedrive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.link("pipedrive")
	person := object{"name": "John Doe", "emails": []any{object{"value": "a@b.co", "primary": true, "label": "work"}}}
	first := p.execute("createPerson", person).want(http.StatusOK)
	second := p.execute("createPerson", person).want(http.StatusOK)
	id, ok := first.at("responseData", "data", "id").(float64)
	if !ok || first.at("responseData", "success") != true || second.at("responseData", "data", "id") == id || first.text("responseData", "data", "add_time") != "2026-03-01T12:00:00Z" {
		t.Errorf("%s\n%s", first.raw, second.raw)
	}
	for name, c := range map[string]struct {
		action  string
		body    object
		message string
	}{
		"no name":          {"createPerson", object{"emails": []any{}}, "name: Required"},
		"e-mails a text":   {"createPerson", object{"name": "x", "emails": "a@b.co"}, "emails: has to be an array"},
		"value a text":     {"createDeal", object{"title": "x", "value": "75000"}, "value: has to be a number"},
		"person a text":    {"createDeal", object{"title": "x", "person_id": "1"}, "person_id: has to be an integer"},
		"person unknown":   {"createDeal", object{"title": "x", "person_id": 99}, "person_id: does not exist"},
		"stage unknown":    {"createDeal", object{"title": "x", "stage_id": 6}, "stage_id: does not exist"},
		"currency in full": {"createDeal", object{"title": "x", "currency": "dollars"}, "currency: has to be"},
		"date American":    {"createDeal", object{"title": "x", "expected_close_date": "12/31/2025"}, "expected_close_date: has to be"},
		"status unknown":   {"createDeal", object{"title": "x", "status": "maybe"}, "status: has to be one of"},
	} {
		a := p.execute(c.action, c.body)
		if a.status != http.StatusBadRequest || !strings.Contains(a.text("error", "details", "error"), c.message) || a.at("error", "details", "success") != false {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	company := p.execute("createOrganization", object{"name": "Acme"}).at("responseData", "data", "id")
	deal := p.execute("createDeal", object{"title": "x", "person_id": id, "org_id": company, "value": 5.5}).want(http.StatusOK)
	if deal.at("responseData", "data", "stage_id") != 1.0 || deal.text("responseData", "data", "currency") != "USD" {
		t.Errorf("%s", deal.raw)
	}
	w.clock.advance(time.Minute)
	p.execute("updatePerson", object{"org_id": company}, byID(id)).want(http.StatusOK)
	found := p.execute("searchPersons", nil, params{query: object{"term": "A@b.co", "fields": "email", "exact_match": true}}).want(http.StatusOK)
	if found.length("responseData", "data", "items") != 2 || found.text("responseData", "data", "items", 0, "item", "organization", "name") != "Acme" || found.text("responseData", "data", "items", 0, "item", "emails", 0) != "a@b.co" {
		t.Errorf("%s", found.raw)
	}
	if none := p.execute("searchPersons", nil, params{query: object{"term": "b.co", "fields": "email", "exact_match": true}}); none.length("responseData", "data", "items") != 0 {
		t.Errorf("%s", none.raw)
	}
	p.execute("searchPersons", nil, params{query: object{"term": "x"}}).want(http.StatusBadRequest)
	list := p.execute("listPersons", nil, params{query: object{"limit": 1}})
	next := p.execute("listPersons", nil, params{query: object{"limit": 1, "cursor": list.text("responseData", "additional_data", "next_cursor")}})
	if list.at("responseData", "data", 0, "id") == next.at("responseData", "data", 0, "id") || next.at("responseData", "additional_data", "next_cursor") != nil {
		t.Errorf("%s\n%s", list.raw, next.raw)
	}
	since := p.execute("listPersons", nil, params{query: object{"updated_since": "2026-03-01T12:00:30Z"}})
	if since.length("responseData", "data") != 1 {
		t.Errorf("%s", since.raw)
	}
	p.execute("listPersons", nil, params{query: object{"updated_since": "yesterday"}}).want(http.StatusBadRequest)
	if a := p.execute("listStages", nil); a.length("responseData", "data") != 5 {
		t.Errorf("%s", a.raw)
	}
	p.execute("deletePerson", nil, byID(id)).want(http.StatusOK)
	if a := p.execute("getPerson", nil, byID(id)).want(http.StatusNotFound); a.text("error", "details", "error") != "Person not found" {
		t.Errorf("%s", a.raw)
	}
}
