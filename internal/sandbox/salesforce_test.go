package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func soql(q string) params { return params{query: object{"q": q}} }

func TestSalesforceEchoesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales := w.link("salesforceCRM")
	seed := object{"Email": "mike.chen@innovate.io", "FirstName": "Mike", "LastName": "Chen", "Phone": "+1 (555) 234-5678", "Title": "Director of Engineering", "MailingCity": "Seattle", "MailingState": "WA"}
	a := sales.execute("createContact", seed).want(http.StatusOK)
	id := a.text("responseData", "id")
	if diff := cmp.Diff(object{"id": id, "success": true, "errors": []any{}}, a.at("responseData")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(id) != 18 || !strings.HasPrefix(id, "003") {
		t.Errorf("the id is %q", id)
	}
	w.clock.advance(time.Hour)
	if a = sales.execute("updateContact", object{"Title": "VP", "MailingState": nil}, byID(id)); a.at("responseData") != "" {
		t.Errorf("update: %s", a.raw)
	}
	for _, form := range []string{id, id[:15]} {
		a = sales.execute("getContact", nil, byID(form)).want(http.StatusOK)
		read := a.at("responseData").(object)
		if read["Id"] != id || read["Title"] != "VP" || read["Name"] != "Mike Chen" || read["MailingState"] != nil || read["LastModifiedDate"] != "2026-03-01T13:00:00.000+0000" || read["id"] != nil {
			t.Errorf("get: %s", a.raw)
		}
	}
	sales.execute("deleteContact", nil, byID(id)).want(http.StatusOK)
	gone := sales.execute("updateContact", object{"Title": "VP"}, byID(id)).want(http.StatusNotFound)
	if gone.text("error", "details", 0, "errorCode") != "NOT_FOUND" {
		t.Errorf("%s", gone.raw)
	}
}

func TestSalesforceRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales := w.link("salesforceCRM")
	account := sales.execute("createAccount", object{"Name": "Acme", "NumberOfEmployees": 12}).text("responseData", "id")
	deal := func(more object) object {
		d := object{"Name": "Enterprise Platform Migration", "Amount": 125000, "StageName": "Proposal/Price Quote", "CloseDate": "2025-11-30", "Probability": 60}
		for k, v := range more {
			d[k] = v
		}
		return d
	}
	sales.execute("createOpportunity", deal(object{"AccountId": account[:15]})).want(http.StatusOK)
	for name, c := range map[string]struct {
		action  string
		body    object
		code    string
		message string
	}{
		"Company on a contact": {"createContact", object{"LastName": "Doe", "Company": "Acme"}, "INVALID_FIELD", "No such column 'Company' on sobject of type Contact"},
		"no last name":         {"createContact", object{"FirstName": "John"}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]"},
		"empty last name":      {"createContact", object{"LastName": ""}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]"},
		"bad e-mail":           {"createContact", object{"LastName": "Doe", "Email": "nope"}, "INVALID_EMAIL_ADDRESS", "Email: invalid email address: nope"},
		"read only":            {"createContact", object{"LastName": "Doe", "Name": "John Doe"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ""},
		"too long":             {"createContact", object{"LastName": strings.Repeat("ä", 256)}, "STRING_TOO_LONG", ""},
		"an object":            {"createContact", object{"LastName": object{}}, "JSON_PARSER_ERROR", ""},
		"date in words":        {"createOpportunity", deal(object{"CloseDate": "12/31/2025"}), "JSON_PARSER_ERROR", ""},
		"amount in words":      {"createOpportunity", deal(object{"Amount": "lots"}), "JSON_PARSER_ERROR", ""},
		"no stage":             {"createOpportunity", object{"Name": "x"}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [StageName, CloseDate]"},
		"no id":                {"createOpportunity", deal(object{"AccountId": "acme"}), "MALFORMED_ID", ""},
		"nobody's id":          {"createOpportunity", deal(object{"AccountId": "001Hs00000AAAZZ"}), "INVALID_CROSS_REFERENCE_KEY", ""},
	} {
		a := sales.execute(c.action, c.body)
		if a.status != http.StatusBadRequest || a.text("error", "details", 0, "errorCode") != c.code || c.message != "" && a.text("error", "message") != c.message {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	sales.execute("createOpportunity", deal(object{"Amount": "125000.50"})).want(http.StatusOK)
	w.set(object{"salesforceDuplicate": true})
	first := sales.execute("createContact", object{"LastName": "Doe", "Email": "a@b.co"}).text("responseData", "id")
	dup := sales.execute("createContact", object{"LastName": "Doe", "Email": "a@b.co"}).want(http.StatusBadRequest)
	if dup.text("error", "details", 0, "errorCode") != "DUPLICATES_DETECTED" || !strings.Contains(string(dup.raw), first) {
		t.Errorf("%s", dup.raw)
	}
}

func TestSOQL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sales := w.link("salesforceCRM")
	for i, last := range []string{"O'Neil", "Doe", "Roe"} {
		sales.execute("createContact", object{"LastName": last, "FirstName": "J", "Email": strings.ToLower(strings.ReplaceAll(last, "'", "")) + "@acme.com", "Department": map[bool]any{true: "Sales", false: nil}[i == 1]}).want(http.StatusOK)
		w.clock.advance(time.Minute)
	}
	for q, want := range map[string]float64{
		`SELECT Id FROM Contact`:                                                                        3,
		`SELECT Id, Email FROM Contact WHERE Email = 'doe@acme.com'`:                                    1,
		`select id from contact where email = 'DOE@acme.com'`:                                           1,
		`SELECT Id FROM Contact WHERE LastName = 'O\'Neil'`:                                             1,
		`SELECT Id FROM Contact WHERE LastName IN ('Doe', 'Roe')`:                                       2,
		`SELECT Id FROM Contact WHERE LastName LIKE '%oe'`:                                              2,
		`SELECT Id FROM Contact WHERE LastName LIKE '_oe' AND Email != 'roe@acme.com'`:                  1,
		`SELECT Id FROM Contact WHERE LastName = 'Doe' OR LastName = 'Roe'`:                             2,
		`SELECT Id FROM Contact WHERE Department = null`:                                                2,
		`SELECT Id FROM Contact WHERE Department != null`:                                               1,
		`SELECT Id FROM Contact WHERE SystemModstamp >= 2026-03-01T12:01:00Z ORDER BY LastModifiedDate`: 2,
		`SELECT Id FROM Contact ORDER BY LastName DESC LIMIT 2`:                                         2,
		`SELECT Id FROM Contact LIMIT 5 OFFSET 2`:                                                       1,
		`SELECT COUNT() FROM Contact`:                                                                   3,
		`SELECT FIELDS(ALL) FROM Contact LIMIT 1`:                                                       1,
	} {
		a := sales.execute("query", nil, soql(q)).want(http.StatusOK)
		if strings.Contains(q, "SELECT Id, Email") {

			if diff := cmp.Diff([]any{object{"attributes": a.at("responseData", "records", 0, "attributes"), "Id": a.text("responseData", "records", 0, "Id"), "Email": "doe@acme.com"}}, a.at("responseData", "records")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
		if a.at("responseData", "totalSize") != want || a.at("responseData", "done") != true {
			t.Errorf("%s: want %v\n%s", q, want, a.raw)
		}
	}
	for q, code := range map[string]string{
		``:                    "MALFORMED_QUERY",
		`DELETE FROM Contact`: "MALFORMED_QUERY",
		`SELECT Id FROM Contact WHERE Email = 'o'neil@x'`:       "MALFORMED_QUERY",
		`SELECT Id FROM Contact WHERE Email 'x'`:                "MALFORMED_QUERY",
		`SELECT Id FROM Contact WHERE Email IN ('x'`:            "MALFORMED_QUERY",
		`SELECT Id FROM Contact WHERE A = 1 AND B = 1 OR C = 1`: "MALFORMED_QUERY",
		`SELECT Id FROM Contact LIMIT x`:                        "MALFORMED_QUERY",
		`SELECT Company FROM Contact`:                           "INVALID_FIELD",
		`SELECT Id FROM Invoice`:                                "INVALID_TYPE",
	} {
		a := sales.execute("query", nil, soql(q)).want(http.StatusBadRequest)
		if got := a.text("error", "details", 0, "errorCode"); got != code {
			t.Errorf("%s: %s, want %s", q, got, code)
		}
	}
	sales.execute("listContacts", nil, soql(`SELECT Id FROM Account`)).want(http.StatusBadRequest)
	found := sales.execute("searchContacts", nil, params{query: object{"q": "doe@acme.com", "in": "EMAIL", "fields": []string{"Id", "Email"}}}).want(http.StatusOK)
	if found.length("responseData", "searchRecords") != 1 || found.text("responseData", "searchRecords", 0, "Email") != "doe@acme.com" {
		t.Errorf("%s", found.raw)
	}
	sales.execute("searchContacts", nil, params{query: object{"q": "x"}}).want(http.StatusBadRequest)
}
