package mapping_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
)

// lookups has a CRM that takes criteria in a parameter, keeps its records in
// lists and numbers its pages, and one that takes a term and wraps the record.
const lookups = `connector: acme
name: Acme CRM
objects:
  contact:
    label: Contact
    actions: {create: createContact, search: searchContacts}
    answer: {id: ['data[0].id']}
    naturalKeys: [[contact_email], [contact_last_name, contact_phone]]
    lookup:
      unique: true
      lag: 90s
      ways:
        - run: search
          results: data
          next: info.more_records
          wrap: data[0]
          questions:
            - key: contact_email
              query: {criteria: '(Email:equals:{contact_email|criteria})', fields: 'id,{fields}', per_page: '200'}
              carries: {contact_email: Email}
            - key: [contact_last_name, contact_phone]
              query: {criteria: '((Last_Name:equals:{contact_last_name|criteria})and(Phone:equals:{contact_phone|criteria}))', select: '{fields}'}
              carries: {contact_last_name: Last_Name, contact_phone: Phone}
    rules:
      - {to: 'data[0].Email', from: contact_email, source: vendor}
      - {to: 'data[0].Last_Name', from: contact_last_name, source: vendor}
      - {to: 'data[0].Phone', from: contact_phone, source: vendor}
    read: {within: 'data[0]'}
  company:
    label: Organization
    actions: {create: createOrganization, search: searchOrganizations}
    answer: {id: id}
    read: {record: data}
    naturalKeys: [[company_name]]
    lookup:
      lag: 0s
      ways:
        - run: search
          results: data.items
          record: item
          next: additional_data.next_cursor
          questions:
            - key: company_name
              query: {term: '{company_name}', fields: name, exact_match: 'true'}
              body: {also: ['{company_name}', 1, true]}
              carries: {company_name: names}
    rules:
      - {to: name, from: company_name, source: vendor}
`

// TestLookupForms asks and reads in the forms that the shipped definitions do
// not need.
func TestLookupForms(t *testing.T) {
	t.Parallel()
	library, err := load(map[string]string{"acme.yaml": lookups})
	if err != nil {
		t.Fatal(err)
	}
	d, _ := library.Definition("acme")
	contact, company := d.Objects["contact"], d.Objects["company"]
	if !contact.Lookup.Unique || contact.Lookup.Lag != 90*time.Second || company.Lookup.Unique || company.Lookup.Lag != 0 {
		t.Errorf("got %+v and %+v", contact.Lookup, company.Lookup)
	}

	queries := contact.Queries(mapping.Fields{"contact_email": "(o,hara)@acme.com", "contact_last_name": "O'Hara, (Mary)", "contact_phone": json.Number("42")}, offers("search"))
	want := []map[string]string{{
		"criteria": `((Last_Name:equals:O'Hara\, \(Mary\))and(Phone:equals:42))`, "select": "Email,Last_Name,Phone",
	}}
	if diff := cmp.Diff(want, parameters(queries)); diff != "" { // the address is none
		t.Fatalf("(-want +got):\n%s", diff)
	}
	queries = contact.Queries(mapping.Fields{"contact_email": "o'hara@acme.com", "contact_last_name": "Doe"}, offers("search"))
	want = []map[string]string{{"criteria": `(Email:equals:o'hara@acme.com)`, "fields": "id,Email,Last_Name,Phone", "per_page": "200"}}
	if diff := cmp.Diff(want, parameters(queries)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if got := contact.Queries(mapping.Fields{"contact_last_name": `Do\e`, "contact_phone": "1"}, offers("search")); len(got) > 0 {
		t.Errorf("a backslash is written in criteria: %v", got)
	}
	got, err := queries[0].Candidates(json.RawMessage(`{"data":[{"id":"7","Email":"O'Hara@acme.com"}],"info":{"more_records":false}}`))
	if err != nil || len(got) != 1 || got[0].ID != "7" || string(got[0].Record) != `{"data":[{"Email":"O'Hara@acme.com","id":"7"}]}` {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err = queries[0].Candidates(json.RawMessage(`{"data":[],"info":{"more_records":true}}`)); err == nil {
		t.Errorf("further pages are not noticed: %+v", got)
	}
	if !contact.Holds(json.RawMessage(`{"data":[{"Email":"a@b.cd"}]}`), map[string]json.RawMessage{"data[0].Email": json.RawMessage(`"A@b.cd"`)}) {
		t.Error("a record in a list is not held")
	}

	query := company.Queries(mapping.Fields{"company_name": `A"cme`}, offers("search"))[0]
	if string(query.Body) != `{"also":["A\"cme",1,true]}` || query.Query["term"] != `A"cme` {
		t.Errorf("got %s, %v", query.Body, query.Query)
	}
	got, err = query.Candidates(json.RawMessage(`{"data":{"items":[{"item":{"id":7,"names":["x","a\"CME"]}},{"item":{"id":8,"names":[["A\"cme"]]}}]},"additional_data":{"next_cursor":null}}`))
	if err != nil || len(got) != 1 || got[0].ID != "7" {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err = query.Candidates(json.RawMessage(`{"data":{"items":[{"id":7}]}}`)); err == nil {
		t.Error("an entry without a record is taken")
	}
	if record, err := company.RecordOf(json.RawMessage(`{"success":true,"data":{"id":7}}`)); err != nil || string(record) != `{"id":7}` {
		t.Errorf("got %s, %v", record, err)
	}
}

func parameters(queries []mapping.Query) []map[string]string {
	var out []map[string]string
	for _, q := range queries {
		out = append(out, q.Query)
	}
	return out
}

// TestLookupErrors wants every fault with its file, line and object.
func TestLookupErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, old, new, want string }{
		{"unknown key", "unique: true", "uniqe: true", `a.yaml:10: contact: unknown key "uniqe"; known are lag, unique, ways`},
		{"no lag", "      lag: 90s\n", "", "a.yaml:10: contact: the key lag is missing"},
		{"no time", "lag: 90s", "lag: soon", `a.yaml:11: contact: lag "soon" is not a time from 0s to 10m0s`},
		{"negative time", "lag: 90s", "lag: -1s", `lag "-1s" is not a time`},
		{"long time", "lag: 90s", "lag: 11m", `lag "11m" is not a time`},
		{"number of seconds", "lag: 90s", "lag: 90", `a.yaml:11: contact: want text, found "90"`},
		{"no way", "run: search\n          results: data\n", "run: [merge]\n          results: data\n", `a.yaml:13: contact: run: "merge" is neither search nor list`},
		{"no such action", "run: search\n          results: data\n", "run: list\n          results: data\n", "contact: lookup: the actions name no list"},
		{"bad path", "results: data\n", "results: data..x\n", `a.yaml:14: contact: path "data..x": a key is empty`},
		{"bad page size", "results: data\n", "full: some\n", `a.yaml:14: contact: full: want a whole number above zero, found "some"`},
		{"page of nothing", "results: data\n", "full: 0\n", `full: want a whole number above zero`},
		{"no question", "naturalKeys: [[contact_email], ", "naturalKeys: [[contact_email], [contact_phone], ", "contact: lookup: no question for the natural key contact_phone"},
		{"no natural key", "naturalKeys: [[contact_email], ", "naturalKeys: [", "contact: lookup: contact_email is not a natural key"},
		{"nothing carried", "              carries: {contact_email: Email}\n", "", "a.yaml:18: contact: the key carries is missing"},
		{"something else carried", "carries: {contact_email: Email}", "carries: {contact_phone: Email}", "a.yaml:18: contact: carries names contact_phone, but the key is contact_email"},
		{"not asked", "equals:{contact_email|criteria}", "equals:me", `a.yaml:18: contact: the question does not ask for "contact_email"`},
		{"asked without being the key", "equals:{contact_email|criteria}", "equals:{contact_email|criteria}{contact_title|criteria}", "{contact_title} is not a field of the key"},
		{"no language", "{contact_email|criteria}", "{contact_email}", "{contact_email} stands inside a longer text; name the text's language"},
		{"no language in a body", "['{company_name}', 1", "['x{company_name}', 1", "a.yaml:43: company: \"x{company_name}\": {company_name} stands inside a longer text"},
		{"unknown language", "{contact_email|criteria}", "{contact_email|sql}", `unknown filter "sql"; known are domains, criteria, like, soql, sosl`},
		{"domains of a name", "term: '{company_name}'", "term: '{company_name|domains}'", "{company_name|domains}: company_name is no domain"},
		{"filtered names", "select: '{fields}'", "select: '{fields|soql}'", "{fields} takes no filter"},
		{"stray brace", "fields: 'id,{fields}'", "fields: 'id,{ fields }'", "a brace belongs to no placeholder"},
		{"agrees with nobody", "carries: {company_name: names}", "carries: {company_name: names}\n              agrees: {company_domain: domain}", `company: lookup: agrees: no rule reads "company_domain"`},
		{"bad agreement", "carries: {company_name: names}", "carries: {company_name: names}\n              agrees: {company_name: a..b}", `path "a..b": a key is empty`},
		{"unknown key of read", "read: {record: data}", "read: {records: data}", `a.yaml:33: company: unknown key "records"; known are fields, record, within`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(lookups, tt.old) {
				t.Fatalf("the valid definition lacks %q", tt.old)
			}
			_, err := load(map[string]string{"a.yaml": strings.Replace(lookups, tt.old, tt.new, 1)})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestShippedLookups fixes what the rest of the program relies on: who looks
// before a create, and how long a look may be in vain.
func TestShippedLookups(t *testing.T) {
	t.Parallel()
	tests := []struct {
		connector, object string
		unique            bool
		lag               time.Duration
	}{
		{"hubspot", "contact", true, time.Minute},
		{"hubspot", "company", false, time.Minute},
		{"salesforceCRM", "contact", false, 10 * time.Second},
		{"salesforceCRM", "company", false, 10 * time.Second},
		{"copper", "contact", true, 10 * time.Second},
		{"copper", "company", false, 10 * time.Second},
	}
	for _, tt := range tests {
		l := definition(t, tt.connector, tt.object).Lookup
		if l == nil || l.Unique != tt.unique || l.Lag != tt.lag {
			t.Errorf("%s %s: %+v", tt.connector, tt.object, l)
		}
		if definition(t, tt.connector, "deal").Lookup != nil {
			t.Errorf("%s finds deals, which have no natural key", tt.connector)
		}
	}
}
