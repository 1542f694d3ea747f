package mapping_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sendtocrm/internal/mapping"
)

// TestCandidates reads answers of all kinds: want are the ids that count,
// fault what makes the answer unreliable.
func TestCandidates(t *testing.T) {
	t.Parallel()
	const (
		john   = `{"contact_email":"john.doe@acme.com"}`
		domain = `{"company_domain":"acme.com"}`
		named  = `{"company_name":"Acme Corp"}`
	)
	fullPage := "[" + strings.Repeat(`{"id":1,"name":"Zenith"},`, 199) + `{"id":2,"name":"Zenith"}]`
	tests := []struct {
		name, connector, object, fields, answer string
		offered                                 []string
		want                                    []string
		fault                                   string
	}{
		{"hit", "hubspot", "contact", john, `{"total":1,"results":[{"id":"7","properties":{"email":"john.doe@acme.com"}}]}`, nil, []string{"7"}, ""},
		{"another case", "hubspot", "contact", john, `{"results":[{"id":"7","properties":{"email":" John.Doe@ACME.com"}}]}`, nil, []string{"7"}, ""},
		{"several", "hubspot", "contact", john, `{"total":2,"results":[{"id":"7","properties":{"email":"john.doe@acme.com"}},{"id":"8","properties":{"email":"john.doe@acme.com"}}]}`, nil, []string{"7", "8"}, ""},
		{"one record twice", "hubspot", "contact", john, `{"total":2,"results":[{"id":"7","properties":{"email":"john.doe@acme.com"}},{"id":"7","properties":{"email":"john.doe@acme.com"}}]}`, nil, []string{"7"}, ""},
		{"near miss", "hubspot", "contact", john, `{"results":[{"id":"7","properties":{"email":"john.doe@acme.com.au"}},{"id":"8","properties":{"email":"xjohn.doe@acme.com"}},{"id":"9","properties":{"email":null}},{"id":"10","properties":{}},{"id":"11"}]}`, nil, nil, ""},
		{"near miss without an id", "hubspot", "contact", john, `{"results":[{"properties":{"email":"jane@acme.com"}}]}`, nil, nil, ""},
		{"next page", "hubspot", "contact", john, `{"total":101,"results":[{"id":"7","properties":{"email":"john.doe@acme.com"}}],"paging":{"next":{"after":"100"}}}`, nil, nil, "further pages"},
		{"next page of nothing", "hubspot", "contact", john, `{"results":[],"paging":{"next":{"after":"100"}}}`, nil, nil, "further pages"},
		{"no next page", "hubspot", "contact", john, `{"total":0,"results":[],"paging":null}`, nil, nil, ""},
		{"total beyond the list", "hubspot", "contact", john, `{"total":3,"results":[]}`, nil, nil, "further pages"},
		{"huge total", "hubspot", "contact", john, `{"total":999999999999999999,"results":[]}`, nil, nil, "further pages"},
		{"total that is none", "hubspot", "contact", john, `{"total":"many","results":[]}`, nil, nil, "want a number of records at total"},
		{"null list", "hubspot", "contact", john, `{"results":null}`, nil, nil, ""},
		{"absent list", "hubspot", "contact", john, `{"total":0}`, nil, nil, ""},
		{"absent list of some", "hubspot", "contact", john, `{"total":1}`, nil, nil, "further pages"},
		{"204", "hubspot", "contact", john, ``, nil, nil, ""},
		{"empty text", "hubspot", "contact", john, ` "" `, nil, nil, ""},
		{"null", "hubspot", "contact", john, `null`, nil, nil, ""},
		{"empty object", "hubspot", "contact", john, `{}`, nil, nil, ""},
		{"HTML", "hubspot", "contact", john, `<html>`, nil, nil, "not valid JSON"},
		{"two values", "hubspot", "contact", john, `{} {}`, nil, nil, "not valid JSON"},
		{"text", "hubspot", "contact", john, `"Bad Gateway"`, nil, nil, "want an object with a list at results"},
		{"a list", "hubspot", "contact", john, `[]`, nil, nil, "want an object with a list at results, found a list"},
		{"results that are no list", "hubspot", "contact", john, `{"results":{"id":"7"}}`, nil, nil, "want a list at results"},
		{"an entry that is no record", "hubspot", "contact", john, `{"results":["7"]}`, nil, nil, "record 1 of the answer: want an object"},
		{"no id", "hubspot", "contact", john, `{"results":[{"properties":{"email":"john.doe@acme.com"}}]}`, nil, nil, "record 1 of the answer: record id at id"},
		{"unusable id", "hubspot", "contact", john, `{"results":[{"id":"","properties":{"email":"john.doe@acme.com"}}]}`, nil, nil, "the text is empty"},
		{"refusal", "hubspot", "contact", john, `{"status":"error","category":"VALIDATION_ERROR","message":"no such property"}`, nil, nil, "the CRM refused it"},
		{"domain with www", "hubspot", "company", domain, `{"results":[{"id":"7","properties":{"domain":"WWW.Acme.com"}},{"id":"8","properties":{"domain":"shop.acme.com"}}]}`, nil, []string{"7"}, ""},
		{"name with blanks", "hubspot", "company", named, `{"results":[{"id":"7","properties":{"name":" acme  CORP "}},{"id":"8","properties":{"name":"Acme Corporation"}}]}`, nil, []string{"7"}, ""},
		{"name, no host domain", "hubspot", "company", named, `{"results":[{"id":"7","properties":{"name":"Acme Corp","domain":"acme.io"}}]}`, nil, []string{"7"}, ""},

		{"Salesforce", "salesforceCRM", "contact", john, `{"totalSize":1,"done":true,"records":[{"attributes":{"type":"Contact","url":"/services/data/v60.0/sobjects/Contact/003A"},"Id":"003A","Email":"john.doe@acme.com"}]}`, nil, []string{"003A"}, ""},
		{"Salesforce, more", "salesforceCRM", "contact", john, `{"totalSize":2,"done":false,"nextRecordsUrl":"/services/data/v60.0/query/01g-1","records":[]}`, nil, nil, "further pages"},
		{"Salesforce, none", "salesforceCRM", "contact", john, `{"totalSize":0,"done":true,"records":[]}`, nil, nil, ""},
		{"Salesforce refusal", "salesforceCRM", "contact", john, `[{"errorCode":"MALFORMED_QUERY","message":"unexpected token"}]`, nil, nil, "MALFORMED_QUERY unexpected token"},
		{"Salesforce search", "salesforceCRM", "contact", john, `{"searchRecords":[{"Id":"003A","Email":"john.doe@acme.com"},{"Id":"003B","Email":"john.doe@acme.com.au"}]}`, []string{"search"}, []string{"003A"}, ""},
		{"website", "salesforceCRM", "company", domain, `{"records":[{"Id":"1","Website":"https://www.Acme.com:443/en?x"},{"Id":"2","Website":"acme.com/"},{"Id":"3","Website":"https://evil.com/://acme.com"},{"Id":"4","Website":"acme.company"},{"Id":"5","Website":null}]}`, nil, []string{"1", "2"}, ""},

		{"Copper", "copper", "contact", john, `[{"id":27140359,"emails":[{"email":"j@home.example","category":"personal"},{"email":"John.Doe@acme.com","category":"work"}]}]`, nil, []string{"27140359"}, ""},
		{"Copper, no address", "copper", "contact", john, `[{"id":1,"emails":[]},{"id":2,"emails":null},{"id":3}]`, nil, nil, ""},
		{"Copper, none", "copper", "contact", john, `[]`, nil, nil, ""},
		{"Copper refusal", "copper", "contact", john, `{"success":false,"status":422,"message":"Invalid input"}`, nil, nil, "422 Invalid input"},
		{"Copper, an object", "copper", "contact", john, `{"people":[]}`, nil, nil, "want a list at the answer, found an object"},
		{"Copper, a full page", "copper", "company", named, fullPage, nil, nil, "further pages"},
		{"Zoho", "zohoCRM", "contact", john, `{"data":[{"id":"57","Email":"John.Doe@acme.com"},{"id":"58","Email":"jane@acme.com","Secondary_Email":"john.doe@acme.com"}],"info":{"count":2,"more_records":false}}`, nil, []string{"57"}, ""},
		{"Zoho, more", "zohoCRM", "contact", john, `{"data":[{"id":"57","Email":"john.doe@acme.com"}],"info":{"more_records":true}}`, nil, nil, "further pages"},
		{"Zoho refusal", "zohoCRM", "contact", john, `{"code":"INVALID_QUERY","details":{},"message":"Invalid query formed","status":"error"}`, nil, nil, "INVALID_QUERY Invalid query formed"},
		{"Zoho, website", "zohoCRM", "company", domain, `{"data":[{"id":"1","Website":"https://www.Acme.com/en"},{"id":"2","Website":"acme.company"},{"id":"3","Website":null}],"info":{"more_records":false}}`, nil, []string{"1"}, ""},
		{"Zoho, another website", "zohoCRM", "company", `{"company_name":"Acme Corp","company_domain":"n/a","company_website":"n/a"}`, `{"data":[{"id":"1","Account_Name":"Acme Corp","Website":"acme.io"},{"id":"2","Account_Name":"ACME Corp","Website":""}]}`, nil, []string{"1", "2"}, ""},

		{"Pipedrive", "pipedrive", "contact", john, `{"success":true,"data":{"items":[{"result_score":0.5,"item":{"id":12,"type":"person","name":"John Doe","emails":["j@home.example","John.Doe@acme.com"]}},{"result_score":0.1,"item":{"id":13,"emails":[]}}]},"additional_data":{"next_cursor":null}}`, nil, []string{"12"}, ""},
		{"Pipedrive, more", "pipedrive", "contact", john, `{"success":true,"data":{"items":[]},"additional_data":{"next_cursor":"c2"}}`, nil, nil, "further pages"},
		{"Pipedrive v1, more", "pipedrive", "contact", john, `{"success":true,"data":{"items":[]},"additional_data":{"pagination":{"start":0,"limit":100,"more_items_in_collection":true}}}`, nil, nil, "further pages"},
		{"Pipedrive v1, none", "pipedrive", "contact", john, `{"success":true,"data":{"items":[]},"additional_data":{"pagination":{"start":0,"limit":100,"more_items_in_collection":false}}}`, nil, nil, ""},
		{"Pipedrive refusal", "pipedrive", "contact", john, `{"success":false,"error":"unauthorized access","errorCode":401}`, nil, nil, "unauthorized access"},
		{"Pipedrive, name", "pipedrive", "company", named, `{"success":true,"data":{"items":[{"item":{"id":7,"name":"ACME Corp"}},{"item":{"id":8,"name":"Acme Corporation"}}]}}`, nil, []string{"7"}, ""},

		{"Copper, a page but one", "copper", "company", named, strings.Replace(fullPage, `{"id":1,"name":"Zenith"},`, "", 1), nil, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			candidates, err := query(t, tt.connector, tt.object, tt.fields, tt.offered...).Candidates(json.RawMessage(tt.answer))
			var got []string
			for _, c := range candidates {
				got = append(got, c.ID)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if (err != nil) != (tt.fault != "") || err != nil && (!strings.Contains(err.Error(), tt.fault) || len(err.Error()) > 300) {
				t.Errorf("error %v, want %q", err, tt.fault)
			}
		})
	}
}

// TestCandidateContradiction keeps namesakes apart: a company found by its
// name has no other domain than the host's record.
func TestCandidateContradiction(t *testing.T) {
	t.Parallel()
	tests := []struct {
		connector, fields, answer string
		want                      int
	}{
		{"hubspot", `{"company_domain":"acme.com","company_name":"Acme"}`, `{"results":[{"id":"1","properties":{"name":"Acme","domain":"acme.io"}}]}`, 0},
		{"hubspot", `{"company_domain":"acme.com","company_name":"Acme"}`, `{"results":[{"id":"1","properties":{"name":"Acme","domain":"www.acme.com"}}]}`, 1},
		{"hubspot", `{"company_domain":"acme.com","company_name":"Acme"}`, `{"results":[{"id":"1","properties":{"name":"Acme","domain":""}}]}`, 1},
		{"hubspot", `{"company_domain":"acme.com","company_name":"Acme"}`, `{"results":[{"id":"1","properties":{"name":"Acme"}}]}`, 1},
		{"copper", `{"company_domain":"acme.com","company_name":"Acme"}`, `[{"id":1,"name":"Acme","email_domain":"acme.io"}]`, 0},
		{"copper", `{"company_domain":"acme.com","company_name":"Acme"}`, `[{"id":1,"name":"Acme","email_domain":null}]`, 1},
		{"salesforceCRM", `{"company_domain":"acme.com","company_name":"Acme"}`, `{"records":[{"Id":"1","Name":"Acme","Website":"https://acme.io"}]}`, 0},
		{"salesforceCRM", `{"company_domain":"acme.com","company_website":"https://acme.io/x","company_name":"Acme"}`, `{"records":[{"Id":"1","Name":"Acme","Website":"acme.io"}]}`, 1},
		{"salesforceCRM", `{"company_domain":"acme.com","company_name":"Acme"}`, `{"records":[{"Id":"1","Name":"Acme","Website":"none"}]}`, 1},
		{"zohoCRM", `{"company_domain":"acme.com","company_name":"Acme"}`, `{"data":[{"id":"1","Account_Name":"Acme","Website":"https://acme.io"}]}`, 0},
		{"zohoCRM", `{"company_domain":"acme.com","company_name":"Acme"}`, `{"data":[{"id":"1","Account_Name":"Acme","Website":"www.acme.com"}]}`, 1},
	}
	for _, tt := range tests {
		queries := definition(t, tt.connector, "company").Queries(decode(t, tt.fields), offers("search", "list"))
		if len(queries) != 2 {
			t.Fatalf("%s: %d queries", tt.fields, len(queries))
		}
		got, err := queries[1].Candidates(json.RawMessage(tt.answer))
		if err != nil || len(got) != tt.want {
			t.Errorf("%s %s: %v, %v; want %d", tt.fields, tt.answer, got, err, tt.want)
		}
	}
}

// TestCandidateRecord wants the whole record beside its id and address, in
// the shape that Holds reads.
func TestCandidateRecord(t *testing.T) {
	t.Parallel()
	answer := `{"results":[{"id":"7","url":"https://app.hubspot.com/contacts/7","properties":{"email":"john.doe@acme.com","phone":"1 < 2"}}]}`
	got, err := query(t, "hubspot", "contact", `{"contact_email":"john.doe@acme.com"}`).Candidates(json.RawMessage(answer))
	if err != nil {
		t.Fatal(err)
	}
	want := []mapping.Candidate{{
		ID: "7", URL: "https://app.hubspot.com/contacts/7",
		Record: json.RawMessage(`{"id":"7","properties":{"email":"john.doe@acme.com","phone":"1 \u003c 2"},"url":"https://app.hubspot.com/contacts/7"}`),
	}}
	text := cmp.Transformer("text", func(raw json.RawMessage) string { return string(raw) })
	if diff := cmp.Diff(want, got, text, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !definition(t, "hubspot", "contact").Holds(got[0].Record, map[string]json.RawMessage{"properties.phone": json.RawMessage(`"1 < 2"`)}) {
		t.Error("the record does not hold what it shows")
	}
}

func FuzzCandidates(f *testing.F) {
	f.Add(`{"total":1,"results":[{"id":"7","properties":{"email":"john.doe@acme.com"}}]}`)
	f.Add(`[{"id":7,"emails":[{"email":"john.doe@acme.com"}]}]`)
	f.Add(`{"searchRecords":[{"Id":"1","Email":["john.doe@acme.com"]}]}`)
	f.Fuzz(func(t *testing.T, answer string) {
		for _, connector := range []string{"hubspot", "salesforceCRM", "copper"} {
			got, err := query(t, connector, "contact", `{"contact_email":"john.doe@acme.com"}`).Candidates(json.RawMessage(answer))
			if err != nil && got != nil {
				t.Fatalf("%s: candidates beside the error %v", connector, err)
			}
			for _, c := range got {
				if c.ID == "" || !json.Valid(c.Record) || !strings.Contains(strings.ToLower(string(c.Record)), "john.doe@acme.com") {
					t.Fatalf("%s: %s gave %+v", connector, answer, c)
				}
			}
		}
	})
}
