package mapping_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
)

func everything(string) bool { return true }

// asked lists what an object asks for a record: the keys and their values.
func asked(t testing.TB, o *mapping.Object, fields string) []string {
	t.Helper()
	var out []string
	for _, q := range o.Queries(decode(t, fields), everything) {
		raw, err := json.Marshal(q.Query)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, strings.Join(q.Key, "+")+" "+string(q.Body)+string(raw))
	}
	return out
}

const twoAddresses = `{"contact_email":"old@acme.com","work_email":"new@acme.com","other_email":"third@acme.com","contact_first_name":"A","contact_last_name":"B"}`

// TestFollowKey changes what fills a contact's e-mail in each CRM. The
// question must ask for the address that is sent, or not be asked.
func TestFollowKey(t *testing.T) {
	t.Parallel()
	const dropped = ""
	tests := []struct {
		name, change string // of the e-mail's rule
		want         string // the address that is asked for
	}{
		{"nothing", `{}`, "old@acme.com"},
		{"other rules", `{"onUpdate":"never","required":true}`, "old@acme.com"},
		{"another field", `{"from":["work_email"]}`, "new@acme.com"},
		{"another field, only at first", `{"from":["work_email"],"onUpdate":"never"}`, "new@acme.com"},
		{"another field, where empty", `{"from":["work_email"],"onCreate":"ifEmpty"}`, "new@acme.com"},
		{"off", `{"enabled":false}`, dropped},
		{"off on creates", `{"onCreate":"never"}`, dropped},
		{"computed", `{"expr":"record.contact_email"}`, dropped},
		{"a constant", `{"from":[],"default":"info@acme.com"}`, dropped},
		{"value map", `{"valueMap":{"old@acme.com":"x@acme.com"}}`, dropped},
		{"value map of another field", `{"from":["work_email"],"valueMap":{"a":"b"}}`, dropped},
		{"joined", `{"from":["contact_email","work_email"],"transform":"join"}`, dropped},
		{"a part", `{"transform":"split","options":{"part":"last"}}`, dropped},
		{"the first of two", `{"from":["work_email","contact_email"],"transform":"first"}`, dropped},
		{"in another form", `{"transform":"template","from":["work_email"],"options":{"text":"{work_email}"}}`, dropped},
	}
	for _, connector := range []string{"hubspot", "salesforceCRM", "copper", "zohoCRM", "pipedrive"} {
		base := definition(t, connector, "contact")
		at := slices.IndexFunc(base.Rules, func(r mapping.Rule) bool { return slices.Equal(r.From, from("contact_email")) })
		for _, tt := range tests {
			t.Run(connector+" "+tt.name, func(t *testing.T) {
				t.Parallel()
				var change mapping.Override
				if err := json.Unmarshal([]byte(tt.change), &change); err != nil {
					t.Fatal(err)
				}
				change.To = base.Rules[at].To
				changed, err := base.With([]mapping.Override{change})
				if err != nil {
					t.Fatal(err)
				}
				got := asked(t, changed, twoAddresses)
				if tt.want == dropped {
					if len(got) > 0 || changed.Lookup != nil {
						t.Errorf("asks %q, look-up %+v", got, changed.Lookup)
					}
				} else if len(got) != 1 || !strings.Contains(got[0], tt.want) || strings.Count(got[0], "@acme.com") != 1 || changed.Lookup.Unique != base.Lookup.Unique {
					t.Errorf("asks %q, want %s", got, tt.want)
				}
				if before := asked(t, base, twoAddresses); len(before) != 1 || !strings.Contains(before[0], "old@acme.com") {
					t.Errorf("the definition itself asks %q", before)
				}
			})
		}
	}
}

// TestFollowCandidates: of the records found, the one with the address that
// is sent counts, and no other.
func TestFollowCandidates(t *testing.T) {
	t.Parallel()
	base := definition(t, "copper", "contact")
	changed := with(t, base, `[{"to":"emails","from":["work_email"]}]`)
	answer := json.RawMessage(`[{"id":1,"emails":[{"email":"old@acme.com"}]},{"id":2,"emails":[{"email":"x@y.co"},{"email":"NEW@acme.com"}]}]`)
	for object, want := range map[*mapping.Object]string{base: "1", changed: "2"} {
		queries := object.Queries(decode(t, twoAddresses), everything)
		if len(queries) != 1 {
			t.Fatalf("%d questions", len(queries))
		}
		found, err := queries[0].Candidates(answer)
		if err != nil || len(found) != 1 || found[0].ID != want {
			t.Errorf("found %+v, %v; want %s", found, err, want)
		}
	}
	if got := asked(t, changed, `{"contact_email":"old@acme.com"}`); len(got) > 0 {
		t.Errorf("a record without the field that is sent is asked for: %q", got)
	}
	again := with(t, changed, `[{"to":"emails","from":["other_email"]}]`)
	if got := asked(t, again, twoAddresses); len(got) != 1 || !strings.Contains(got[0], "third@acme.com") {
		t.Errorf("overrides over overrides ask %q", got)
	}
	back := with(t, changed, `[{"to":"emails","from":["contact_email"]}]`)
	if got := asked(t, back, twoAddresses); len(got) != 1 || !strings.Contains(got[0], "old@acme.com") {
		t.Errorf("overrides taken back ask %q", got)
	}
}

// TestFollowNormalised: an address that is only written in another way is
// still the key.
func TestFollowNormalised(t *testing.T) {
	t.Parallel()
	for connector, change := range map[string]string{
		"hubspot": `[{"to":"properties.email","transform":"email"}]`,
		"copper":  `[{"to":"emails","options":{"key":"email","with":{"category":"work"},"item":{"transform":"email"}}}]`,
	} {
		base := definition(t, connector, "contact")
		changed := with(t, base, change)
		if got := asked(t, changed, twoAddresses); len(got) != 1 || changed.Lookup.Unique != base.Lookup.Unique {
			t.Errorf("%s: asks %q", connector, got)
		}
	}
	changed := with(t, definition(t, "copper", "contact"), `[{"to":"emails","options":{"key":"email","with":{"category":"home"}}}]`)
	if got := asked(t, changed, twoAddresses); len(got) != 1 || !changed.Lookup.Unique {
		t.Errorf("with another category beside the address it asks %q", got)
	}
	changed = with(t, definition(t, "copper", "contact"), `[{"to":"emails","default":"info@acme.com"}]`)
	if changed.Lookup != nil {
		t.Errorf("asks by an address that may be everybody's")
	}
}

const acme = `{"company_name":"Acme","company_domain":"acme.com","company_website":"https://shop.acme.com","legal_name":"Acme Inc","site":"acme.org"}`

// TestFollowCompany: two keys, and a domain that must not contradict.
func TestFollowCompany(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, connector, overrides string
		keys                       string // the keys that are asked for
	}{
		{"as shipped", "copper", `[]`, "company_domain company_name"},
		{"another name", "copper", `[{"to":"name","from":["legal_name"]}]`, "company_domain legal_name"},
		{"another domain", "copper", `[{"to":"email_domain","from":["site"]}]`, "site company_name"},
		{"both", "copper", `[{"to":"email_domain","from":["site"]},{"to":"name","from":["legal_name"]}]`, "site legal_name"},
		{"no domain", "copper", `[{"to":"email_domain","enabled":false}]`, "company_name"},
		{"no name", "copper", `[{"to":"name","onCreate":"never"}]`, "company_domain"},
		{"neither", "copper", `[{"to":"name","onCreate":"never"},{"to":"email_domain","enabled":false}]`, ""},
		{"a domain nobody can compare", "copper", `[{"to":"email_domain","expr":"record.company_domain"}]`, ""},
		{"as shipped, website first", "salesforceCRM", `[]`, "company_domain company_name"},
		{"domain alone", "salesforceCRM", `[{"to":"Website","from":["company_domain"]}]`, "company_domain company_name"},
		{"website alone", "salesforceCRM", `[{"to":"Website","from":["company_website"]}]`, "company_website company_name"},
		{"another site", "salesforceCRM", `[{"to":"Website","from":["site"]}]`, "site company_name"},
		{"domain first", "salesforceCRM", `[{"to":"Website","from":["company_domain","company_website"]}]`, "company_domain company_name"},
		{"another site before them", "salesforceCRM", `[{"to":"Website","from":["site","company_website","company_domain"]}]`, "company_name"},
		{"another site behind them", "salesforceCRM", `[{"to":"Website","from":["company_website","company_domain","site"]}]`, "company_domain company_name"},
		{"a copy in the place of the first", "salesforceCRM", `[{"to":"Website","from":["company_domain"],"transform":"copy"}]`, "company_domain company_name"},
		{"a further rule that reads the key", "salesforceCRM", `[{"to":"Domain__c","from":["company_domain"]}]`, "company_domain company_name"},
	}
	for _, tt := range tests {
		t.Run(tt.connector+" "+tt.name, func(t *testing.T) {
			t.Parallel()
			changed := with(t, definition(t, tt.connector, "company"), tt.overrides)
			var keys []string
			for _, q := range changed.Queries(decode(t, acme), everything) {
				keys = append(keys, q.Key...)
			}
			if diff := cmp.Diff(tt.keys, strings.Join(keys, " ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if (changed.Lookup == nil) != (tt.keys == "") {
				t.Errorf("look-up %+v", changed.Lookup)
			}
		})
	}
}

// TestFollowAgrees: the record that was made of the same host record is found
// again by name, one with the domain of another company is not.
func TestFollowAgrees(t *testing.T) {
	t.Parallel()
	tests := []struct {
		overrides string
		shown     string // what the CRM has as the website
		want      int
	}{
		{`[]`, "https://shop.acme.com/en", 1}, // as it was sent
		{`[]`, "acme.com", 1},
		{`[]`, "", 1},
		{`[]`, "acme.org", 0},
		{`[{"to":"Website","from":["site"]}]`, "acme.org", 1},
		{`[{"to":"Website","from":["site"]}]`, "acme.com", 0},
		{`[{"to":"Website","from":["site","company_website","company_domain"]}]`, "acme.org", 1},
		{`[{"to":"Website","from":["site","company_website","company_domain"]}]`, "acme.net", 0},
		{`[{"to":"Website","enabled":false}]`, "acme.com", 1},
		{`[{"to":"Website","enabled":false}]`, "acme.org", 0},
	}
	for _, tt := range tests {
		changed := with(t, definition(t, "salesforceCRM", "company"), tt.overrides)
		queries := changed.Queries(decode(t, acme), everything)
		byName := queries[len(queries)-1]
		answer := fmt.Sprintf(`{"records":[{"Id":"001","Name":"ACME","Website":%q}]}`, tt.shown)
		found, err := byName.Candidates(json.RawMessage(answer))
		if err != nil || !slices.Equal(byName.Key, from("company_name")) || len(found) != tt.want {
			t.Errorf("%s, website %q: found %+v, %v", tt.overrides, tt.shown, found, err)
		}
	}
}

// TestFollowUnique: what is no longer sent cannot be what the CRM keeps unique.
func TestFollowUnique(t *testing.T) {
	t.Parallel()
	lookup := &mapping.Lookup{Unique: true, Ways: []mapping.Way{{Operations: []string{"search"}, Questions: []mapping.Question{
		{Key: from("contact_email"), Body: options{"q": "{contact_email}"}, Carries: map[string]string{"contact_email": "email"}},
		{Key: from("contact_phone"), Body: options{"q": "{contact_phone}"}, Carries: map[string]string{"contact_phone": "phone"}},
	}}}}
	base := mapping.NewObject(mapping.Object{
		Name: "contact", Lookup: lookup, NaturalKeys: [][]string{{"contact_email"}, {"contact_phone"}},
		Rules: []mapping.Rule{{To: "email", From: from("contact_email"), Enabled: true}, {To: "phone", From: from("contact_phone"), Enabled: true}},
	}, nil)
	for text, want := range map[string]bool{
		`[]`:                                     true,
		`[{"to":"email","from":["work_email"]}]`: true,
		`[{"to":"email","enabled":false}]`:       false,
		`[{"to":"phone","expr":"id"}]`:           false,
		`[{"to":"other","from":["x"]}]`:          true,
	} {
		if changed := with(t, base, text); changed.Lookup == nil || changed.Lookup.Unique != want {
			t.Errorf("%s: %+v", text, changed.Lookup)
		}
	}
	if !base.Lookup.Unique || len(base.Lookup.Ways[0].Questions) != 2 {
		t.Error("the definition itself was changed")
	}
}

// TestFollowSenders: where several rules send the key's field, the one counts
// whose target records show; where none is told apart, all of them.
func TestFollowSenders(t *testing.T) {
	t.Parallel()
	const backup = `[{"to":"backup","from":["work_email"]}]`
	tests := []struct {
		shown, overrides, want string // the address that is asked for
	}{
		{"email", `[]`, "old@acme.com"},
		{"email", backup, "old@acme.com"},
		{"email", `[{"to":"email","from":["work_email"]}]`, "new@acme.com"},
		{"mail.value", backup, ""},
		{"mail.value", `[{"to":"backup","from":["work_email"]},{"to":"email","from":["work_email"]}]`, "new@acme.com"},
		{"mail.value", `[{"to":"backup","from":["work_email"]},{"to":"email","from":["other_email"]}]`, ""},
		{"mail.value", `[{"to":"offer","from":["work_email"],"enabled":true}]`, "old@acme.com"},
	}
	for _, tt := range tests {
		base := mapping.NewObject(mapping.Object{
			Name: "contact", NaturalKeys: [][]string{{"contact_email"}},
			Lookup: &mapping.Lookup{Ways: []mapping.Way{{Operations: []string{"search"}, Questions: []mapping.Question{
				{Key: from("contact_email"), Body: options{"q": "{contact_email}"}, Carries: map[string]string{"contact_email": tt.shown}},
			}}}},
			Rules: []mapping.Rule{
				{To: "offer", From: from("contact_email")}, {To: "email", From: from("contact_email"), Enabled: true}, {To: "backup", From: from("contact_email"), Enabled: true},
			},
		}, nil)
		got := strings.Join(asked(t, with(t, base, tt.overrides), twoAddresses), " ")
		if want := `{"q":"` + tt.want + `"}`; tt.want == "" && got != "" || tt.want != "" && !strings.Contains(got, want) {
			t.Errorf("shown at %s, %s: asks %q, want %q", tt.shown, tt.overrides, got, tt.want)
		}
	}
}
