package sandbox_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func data(records ...any) object { return object{"data": records} }

// A refusal hides inside an answer that is a success.
func TestZohoVerdicts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(object{"statusCode": "provider"})
	z := w.link("zohoCRM")
	made := z.execute("createContact", data(object{"Last_Name": "Doe", "First_Name": "John", "Email": "a@b.co"})).want(http.StatusOK)
	id := made.text("responseData", "data", 0, "details", "id")
	if made.at("statusCode") != 201.0 || made.text("responseData", "data", 0, "code") != "SUCCESS" || len(id) != 19 {
		t.Errorf("%s", made.raw)
	}
	for name, c := range map[string]struct {
		record  object
		code    string
		details object
	}{
		"duplicate":      {object{"Last_Name": "Doe", "Email": "A@b.co"}, "DUPLICATE_DATA", object{"api_name": "Email", "id": id, "json_path": "$.data[0].Email"}},
		"no last name":   {object{"First_Name": "John"}, "MANDATORY_NOT_FOUND", object{"api_name": "Last_Name", "json_path": "$.data[0].Last_Name"}},
		"text a number":  {object{"Last_Name": "Doe", "Phone": 5}, "INVALID_DATA", object{"expected_data_type": "text", "api_name": "Phone", "json_path": "$.data[0].Phone"}},
		"lookup a text":  {object{"Last_Name": "Doe", "Account_Name": "Acme"}, "INVALID_DATA", object{"expected_data_type": "jsonobject", "api_name": "Account_Name", "json_path": "$.data[0].Account_Name"}},
		"lookup unknown": {object{"Last_Name": "Doe", "Account_Name": object{"id": "1"}}, "INVALID_DATA", object{"api_name": "id", "json_path": "$.data[0].Account_Name.id"}},
	} {
		a := z.execute("createContact", data(c.record)).want(http.StatusOK)
		if a.at("statusCode") != 202.0 || a.text("responseData", "data", 0, "code") != c.code || a.text("responseData", "data", 0, "status") != "error" {
			t.Errorf("%s: %s", name, a.raw)
		}
		if diff := cmp.Diff(any(c.details), a.at("responseData", "data", 0, "details")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	mixed := z.execute("createContact", data(object{"Last_Name": "Roe"}, object{"First_Name": "x"}))
	if mixed.at("statusCode") != 207.0 || mixed.length("responseData", "data") != 2 {
		t.Errorf("%s", mixed.raw)
	}
	flat := z.execute("createContact", object{"Last_Name": "Doe"}).want(http.StatusBadRequest)
	if flat.text("error", "details", "code") != "MANDATORY_NOT_FOUND" {
		t.Errorf("%s", flat.raw)
	}
}

func TestZohoReadUpdateDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	z := w.link("zohoCRM")
	none := z.execute("listContacts", nil).want(http.StatusOK)
	if none.at("responseData") != "" {
		t.Errorf("an empty list is %s", none.raw)
	}
	account := z.execute("createAccount", data(object{"Account_Name": "Acme"})).text("responseData", "data", 0, "details", "id")
	id := z.execute("createContact", data(object{"Last_Name": "Doe", "Email": "a@b.co", "Account_Name": object{"id": account}, "Shoe_Size": 44})).text("responseData", "data", 0, "details", "id")
	w.clock.advance(time.Minute)
	z.execute("updateContact", data(object{"Phone": "1"}), byID(id)).want(http.StatusOK)
	got := z.execute("getContact", nil, byID(id)).want(http.StatusOK)
	if got.text("responseData", "data", 0, "Account_Name", "name") != "Acme" || got.text("responseData", "data", 0, "Phone") != "1" || got.text("responseData", "data", 0, "Modified_Time") != "2026-03-01T12:01:00+00:00" {
		t.Errorf("%s", got.raw)
	}
	if _, kept := got.at("responseData", "data", 0).(object)["Shoe_Size"]; kept {
		t.Error("an unknown field is kept")
	}
	w.clock.advance(time.Minute)
	z.execute("createContact", data(object{"Last_Name": "Roe (Jr)", "Email": "c@d.co"})).want(http.StatusOK)
	for name, c := range map[string]struct {
		query object
		found int
	}{
		"e-mail":      {object{"email": "A@b.co"}, 1},
		"phone":       {object{"phone": "1"}, 1},
		"word":        {object{"word": "roe"}, 1},
		"criteria":    {object{"criteria": "(Email:equals:a@b.co)"}, 1},
		"escaped":     {object{"criteria": `(Last_Name:equals:Roe \(Jr\))`}, 1},
		"or":          {object{"criteria": "((Email:equals:a@b.co)or(Email:equals:c@d.co))"}, 2},
		"and":         {object{"criteria": "((Email:equals:a@b.co)and(Last_Name:equals:Roe))"}, 0},
		"starts with": {object{"criteria": "(Last_Name:starts_with:do)"}, 1},
		"changed":     {object{"criteria": "(Modified_Time:greater_equal:2026-03-01T12:01:30+00:00)"}, 1},
		"nobody":      {object{"email": "x@y.co"}, 0},
	} {
		a := z.execute("searchContacts", nil, params{query: c.query}).want(http.StatusOK)
		n := 0
		if a.at("responseData") != "" {
			n = a.length("responseData", "data")
		}
		if n != c.found {
			t.Errorf("%s: %d found, want %d", name, n, c.found)
		}
	}
	for _, query := range []object{{}, {"criteria": "Email:equals:x"}, {"criteria": "(Email:like:x)"}, {"criteria": "((A:equals:x)and(B:equals:x)or(C:equals:x))"}} {
		z.execute("searchContacts", nil, params{query: query}).want(http.StatusBadRequest)
	}
	page := z.execute("listContacts", nil, params{query: object{"per_page": 1, "fields": "Email", "sort_by": "Modified_Time"}}).want(http.StatusOK)
	if page.at("responseData", "info", "more_records") != true || page.text("responseData", "data", 0, "Email") != "c@d.co" || len(page.at("responseData", "data", 0).(object)) != 4 {
		t.Errorf("%s", page.raw)
	}
	since := z.execute("listContacts", nil, params{headers: object{"If-Modified-Since": "2026-03-01T12:01:30Z"}}).want(http.StatusOK)
	if since.length("responseData", "data") != 1 {
		t.Errorf("%s", since.raw)
	}
	z.execute("deleteContact", nil, byID(id)).want(http.StatusOK)
	gone := z.execute("updateContact", data(object{"Phone": "2"}), byID(id)).want(http.StatusBadRequest)
	if gone.text("error", "message") != "the id given seems to be invalid" || gone.text("error", "details", "data", 0, "code") != "INVALID_DATA" {
		t.Errorf("%s", gone.raw)
	}
	z.execute("createDeal", data(object{"Deal_Name": "x", "Stage": "Qualification", "Amount": 5.5, "Closing_Date": "2026-12-31"})).want(http.StatusOK)
	if bad := z.execute("createDeal", data(object{"Deal_Name": "x", "Stage": "Qualification", "Amount": "5.5"})); bad.text("responseData", "data", 0, "code") != "INVALID_DATA" {
		t.Errorf("%s", bad.raw)
	}
}
