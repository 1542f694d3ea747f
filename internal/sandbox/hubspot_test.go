package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func properties(pairs ...string) object {
	p := object{}
	for i := 0; i < len(pairs); i += 2 {
		p[pairs[i]] = pairs[i+1]
	}
	return object{"properties": p}
}

func contactID(id string) params { return params{path: object{"contactId": id}} }

func TestHubspotCreateAnswersAsTheSeedShows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hub := w.link("hubspot")
	made := hub.execute("createContact", properties("email", "john.doe@acme.com", "firstname", "John", "jobtitle", "Sales Manager")).want(http.StatusOK)
	id := made.text("responseData", "id")
	want := object{"statusCode": 200.0, "responseData": object{
		"id": id, "createdAt": "2026-03-01T12:00:00.000Z", "updatedAt": "2026-03-01T12:00:00.000Z", "archived": false,
		"url": w.api.URL + "/crm/hubspot/contact/" + id + "?account=" + hub.user,
		"properties": object{
			"email": "john.doe@acme.com", "firstname": "John", "jobtitle": "Sales Manager", "hs_object_id": id,
			"createdate": "2026-03-01T12:00:00.000Z", "lastmodifieddate": "2026-03-01T12:00:00.000Z",
		},
	}}
	if diff := cmp.Diff(want, made.body()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	page, err := send(t, http.MethodGet, made.text("responseData", "url"), nil, nil)
	if err != nil || page.status != http.StatusOK || !strings.Contains(string(page.raw), "john.doe@acme.com") {
		t.Errorf("the record's page: %v %d\n%s", err, page.status, page.raw)
	}
}

func TestHubspotRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hub := w.link("hubspot")
	first := hub.execute("createContact", properties("email", "a@b.co")).want(http.StatusOK).text("responseData", "id")
	for name, c := range map[string]struct {
		action   string
		body     object
		p        params
		status   int
		category string
		message  string
	}{
		"duplicate":        {"createContact", properties("email", "A@B.co"), params{}, 409, "CONFLICT", "Contact already exists. Existing ID: " + first},
		"unknown property": {"createContact", properties("email", "c@d.co", "shoe_size", "44"), params{}, 400, "VALIDATION_ERROR", `"error":"PROPERTY_DOESNT_EXIST"`},
		"bad e-mail":       {"createContact", properties("email", "nope"), params{}, 400, "VALIDATION_ERROR", `"error":"INVALID_EMAIL"`},
		"read only":        {"createContact", properties("email", "c@d.co", "createdate", "2026-01-01"), params{}, 400, "VALIDATION_ERROR", "READ_ONLY_VALUE"},
		"no properties":    {"createContact", object{}, params{}, 400, "VALIDATION_ERROR", "properties has to be"},
		"nothing to go by": {"createContact", properties("phone", "1"), params{}, 400, "VALIDATION_ERROR", "At least one of"},
		"unknown stage":    {"createDeal", properties("dealname", "x", "dealstage", "Negotiation/Review"), params{}, 400, "VALIDATION_ERROR", "INVALID_OPTION"},
		"no such property": {"createDeal", properties("dealname", "x", "deal_probability", "60"), params{}, 400, "VALIDATION_ERROR", "deal_probability"},
		"amount in words":  {"createDeal", properties("dealname", "x", "amount", "75,000"), params{}, 400, "VALIDATION_ERROR", "INVALID_NUMBER"},
		"bad date":         {"createDeal", properties("dealname", "x", "closedate", "31.12.2025"), params{}, 400, "VALIDATION_ERROR", "INVALID_DATE"},
		"gone":             {"updateContact", properties("phone", "1"), contactID("1"), 404, "OBJECT_NOT_FOUND", "resource not found"},
		"association":      {"createDeal", object{"properties": object{"dealname": "x"}, "associations": []any{object{"to": object{"id": "1"}}}}, params{}, 400, "VALIDATION_ERROR", "associations"},
	} {
		a := hub.execute(c.action, c.body, c.p)
		if a.status != c.status || a.text("error", "details", "category") != c.category || a.text("error", "details", "status") != "error" ||
			!strings.Contains(a.text("error", "message"), c.message) || a.text("error", "details", "message") != a.text("error", "message") {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	if n := w.manage(http.MethodGet, "/records", nil).length("records"); n != 1 {
		t.Errorf("%d records, want 1", n)
	}
}

func TestHubspotStages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hub := w.link("hubspot")
	deal := properties("dealname", "Q4 Enterprise Contract", "amount", "75000", "dealstage", "negotiation", "closedate", "2025-12-31")
	hub.execute("createDeal", deal).want(http.StatusOK)
	if n := hub.execute("listDealPipelines", nil).want(http.StatusOK).length("responseData", "results", 0, "stages"); n != 8 {
		t.Errorf("%d stages, want 8", n)
	}
	w.set(object{"hubspotDealStages": []string{}})
	hub.execute("createDeal", deal).want(http.StatusBadRequest)
	hub.execute("createDeal", properties("dealname", "x", "dealstage", "contractsent")).want(http.StatusOK)
}

func TestHubspotAssociations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hub := w.link("hubspot")
	company := hub.execute("createCompany", properties("name", "Acme")).want(http.StatusOK).text("responseData", "id")
	link := func(id string, category string, types ...int) object {
		entry := object{"to": object{"id": id}, "types": []any{}}
		for _, t := range types {
			entry["types"] = append(entry["types"].([]any), object{"associationCategory": category, "associationTypeId": t})
		}
		return entry
	}
	contact := func(email string, associations ...any) object {
		body := properties("email", email)
		body["associations"] = associations
		return body
	}
	made := hub.execute("createContact", contact("a@b.co", link(company, "HUBSPOT_DEFINED", 1, 279))).want(http.StatusOK)
	id := made.text("responseData", "id")
	if p := made.at("responseData", "properties").(object); p["associations"] != nil {
		t.Errorf("an answer shows associations as a property: %s", made.raw)
	}
	hub.execute("updateContact", properties("phone", "1"), contactID(id)).want(http.StatusOK)
	want := []any{object{"object": "company", "id": company, "types": []any{1.0, 279.0}}}
	if diff := cmp.Diff(want, w.manage(http.MethodGet, "/records?object=contact", nil).at("records", 0, "associations")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for part, association := range map[string]any{
		"does not exist":             link("1", "HUBSPOT_DEFINED", 1),
		"no association type 5":      link(company, "HUBSPOT_DEFINED", 5),
		"no association type 4":      link(company, "HUBSPOT_DEFINED", 1, 4),
		"has no types":               link(company, "HUBSPOT_DEFINED"),
		"category has to be":         link(company, "USER_DEFINED", 1),
		"has to be a list of object": "company",
	} {
		a := hub.execute("createContact", contact("c@d.co", association))
		if a.status != http.StatusBadRequest || !strings.Contains(a.text("error", "message"), part) {
			t.Errorf("%s: %d %s", part, a.status, a.raw)
		}
	}
}

func TestHubspotUpdateReadDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hub := w.link("hubspot")
	id := hub.execute("createContact", properties("email", "a@b.co", "phone", "1", "city", "Berlin")).text("responseData", "id")
	w.clock.advance(time.Minute)
	updated := hub.execute("updateContact", object{"properties": object{"phone": 2, "city": nil}}, contactID(id)).want(http.StatusOK)
	if updated.text("responseData", "properties", "phone") != "2" || updated.text("responseData", "updatedAt") != "2026-03-01T12:01:00.000Z" {
		t.Errorf("update: %s", updated.raw)
	}
	if _, echoed := updated.at("responseData", "properties").(object)["email"]; echoed {
		t.Errorf("an update echoes what it did not touch: %s", updated.raw)
	}
	got := hub.execute("getContact", nil, params{path: object{"contactId": id}, query: object{"properties": "phone,city"}}).want(http.StatusOK)
	if got.text("responseData", "properties", "phone") != "2" || got.at("responseData", "properties", "city") != nil {
		t.Errorf("get: %s", got.raw)
	}
	byEmail := hub.execute("getContact", nil, params{path: object{"contactId": "a@b.co"}, query: object{"idProperty": "email"}})
	if byEmail.want(http.StatusOK).text("responseData", "id") != id {
		t.Errorf("get by e-mail: %s", byEmail.raw)
	}
	hub.execute("deleteContact", nil, contactID(id)).want(http.StatusOK)
	hub.execute("getContact", nil, contactID(id)).want(http.StatusNotFound)
	hub.execute("createContact", properties("email", "a@b.co")).want(http.StatusOK)
}

func emailIs(email string) object {
	return object{"filterGroups": []any{object{"filters": []any{object{"propertyName": "email", "operator": "EQ", "value": email}}}}}
}

// A search lags behind: what was just created is not found, what was just changed is found as it was.
func TestHubspotSearchLags(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hub := w.link("hubspot")
	w.set(object{"searchLagMs": object{"hubspot": 60_000}})
	found := func(email string) int {
		t.Helper()
		return hub.execute("searchContacts", emailIs(email)).want(http.StatusOK).length("responseData", "results")
	}
	id := hub.execute("createContact", properties("email", "a@b.co")).text("responseData", "id")
	if found("a@b.co") != 0 {
		t.Error("found at once")
	}
	if a := hub.execute("createContact", properties("email", "a@b.co")); a.status != http.StatusConflict {
		t.Errorf("uniqueness lags too: %d", a.status)
	}
	w.clock.advance(61 * time.Second)
	if found("a@b.co") != 1 {
		t.Error("not found after the lag")
	}
	hub.execute("updateContact", properties("email", "new@b.co"), contactID(id)).want(http.StatusOK)
	if found("a@b.co") != 1 || found("new@b.co") != 0 {
		t.Error("the change is seen at once")
	}
	w.clock.advance(61 * time.Second)
	if found("a@b.co") != 0 || found("new@b.co") != 1 {
		t.Error("the change is not seen after the lag")
	}
}

func TestHubspotSearch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hub := w.link("hubspot")
	for i, name := range []string{"Acme", "Acorn", "Globex"} {
		hub.execute("createCompany", object{"properties": object{"name": name, "numberofemployees": (i + 1) * 9}}).want(http.StatusOK)
		w.clock.advance(time.Second)
	}
	filter := func(operator string, more object) object {
		f := object{"propertyName": "numberofemployees", "operator": operator}
		for k, v := range more {
			f[k] = v
		}
		return object{"filters": []any{f}}
	}
	for name, c := range map[string]struct {
		groups []any
		total  float64
	}{
		"greater as numbers": {[]any{filter("GT", object{"value": "9"})}, 2},
		"between":            {[]any{filter("BETWEEN", object{"value": "9", "highValue": "18"})}, 2},
		"in":                 {[]any{filter("IN", object{"values": []string{"9", "27"}})}, 2},
		"or":                 {[]any{filter("EQ", object{"value": "9"}), filter("EQ", object{"value": "18"})}, 2},
		"present":            {[]any{filter("HAS_PROPERTY", nil)}, 3},
		"absent":             {[]any{filter("NOT_HAS_PROPERTY", nil)}, 0},
		"changed since":      {[]any{object{"filters": []any{object{"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": fmt.Sprint(time.Date(2026, 3, 1, 12, 0, 1, 0, time.UTC).UnixMilli())}}}}, 2},
		"all":                {nil, 3},
	} {
		a := hub.execute("searchCompanies", object{"filterGroups": c.groups}).want(http.StatusOK)
		if a.at("responseData", "total") != c.total {
			t.Errorf("%s: %s", name, a.raw)
		}
	}
	first := hub.execute("searchCompanies", object{"limit": 2, "sorts": []any{object{"propertyName": "name", "direction": "DESCENDING"}}})
	rest := hub.execute("searchCompanies", object{"limit": 2, "after": first.text("responseData", "paging", "next", "after"), "sorts": []any{object{"propertyName": "name", "direction": "DESCENDING"}}})
	if first.text("responseData", "results", 0, "properties", "name") != "Globex" || rest.length("responseData", "results") != 1 {
		t.Errorf("pages: %s\n%s", first.raw, rest.raw)
	}
	list := hub.execute("listCompanies", nil, params{query: object{"limit": 2}})
	if list.length("responseData", "results") != 2 || list.text("responseData", "paging", "next", "after") != "2" {
		t.Errorf("list: %s", list.raw)
	}
	hub.execute("searchCompanies", object{"filterGroups": []any{object{"filters": []any{object{"propertyName": "nope", "operator": "EQ"}}}}}).want(http.StatusBadRequest)
}

// Whatever address a contact has, a search for it finds exactly that contact.
func TestHubspotFindsWhatItHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hub := w.link("hubspot")
	seen := map[string]bool{}
	rapid.Check(t, func(rt *rapid.T) {
		local := rapid.StringMatching(`[a-z0-9+'%&"\\]{1,12}`).Draw(rt, "local")
		email := local + "@x" + rapid.StringMatching(`[a-z0-9]{1,3}\.de`).Draw(rt, "domain")
		if seen[email] {
			return
		}
		seen[email] = true
		id := hub.execute("createContact", object{"properties": object{"email": email}}).want(http.StatusOK).text("responseData", "id")
		found := hub.execute("searchContacts", emailIs(email)).want(http.StatusOK)
		if found.length("responseData", "results") != 1 || found.text("responseData", "results", 0, "id") != id {
			rt.Fatalf("%q: %s", email, found.raw)
		}
	})
}
