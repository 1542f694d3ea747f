package derive_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
	"sendtocrm/internal/mapping/derive"
)

// Every described CRM's actions are found by their names, and their details confirm it.
func TestRankDescribed(t *testing.T) {
	t.Parallel()
	for _, connector := range []string{"hubspot", "salesforceCRM", "copper", "zohoCRM", "pipedrive", "acornCRM"} {
		d := describe(t, connector)
		all := d.actions()
		ranked := derive.Rank(all)
		for _, r := range d.Resources {
			for _, a := range r.Actions {
				if a.Object == "" || !slices.Contains([]string{"create", "update", "get", "list", "search", "delete"}, a.Does) {
					continue
				}
				list := ranked[a.Object][a.Does]
				if len(list) == 0 || list[0].ID != a.ID || list[0].Confidence < .5 || list[0].Reason == "" {
					t.Errorf("%s: %s of a %s is %s, ranked %+v", connector, a.Does, a.Object, a.ID, list)
					continue
				}
				one := all[slices.IndexFunc(all, func(other derive.Action) bool { return other.ID == a.ID })]
				if factor, reason := derive.Confirm(a.Does, one); factor*list[0].Confidence < .5 {
					t.Errorf("%s: %s: %.2f, %s", connector, a.ID, factor, reason)
				}
			}
		}
	}
}

func TestRank(t *testing.T) {
	t.Parallel()
	summary := func(id, name, description, resource string) derive.Action {
		return derive.Action{ID: id, Name: name, Description: description, Resource: resource}
	}
	for _, c := range []struct {
		name              string
		object, operation string
		actions           []derive.Action
		want              []string // those that would be taken unseen, best first
	}{
		{"a note, a list, a tag", "contact", "create", []derive.Action{
			summary("createContactNote", "Create contact note", "Create a note for a contact.", "contacts"),
			summary("addPersonToList", "Add a person to a list", "", "people"), summary("addContactTag", "Tag", "", ""),
			summary("addContact", "Add a contact", "", "contacts"), summary("createContact", "", "", ""),
		}, []string{"createContact", "addContact"}},
		{"many at once", "contact", "create", []derive.Action{
			summary("batchCreateContacts", "Create contacts", "", ""), summary("createContactsBulk", "", "", ""), summary("upsertContact", "Upsert a contact", "", ""),
			summary("createOrUpdateContact", "Create or update a contact", "", ""), summary("associateContact", "", "", ""), summary("mergePeople", "", "", ""),
		}, nil},
		{"the resource has the noun", "contact", "update", []derive.Action{summary("updateRecord", "Update a record", "", "people"), summary("updateRecord2", "", "", "notes")}, []string{"updateRecord"}},
		{"noun first, other separators", "deal", "create", []derive.Action{summary("opportunities.create", "", "", ""), summary("deal_stages_create", "", "", "")}, []string{"opportunities.create"}},
		{"only the name tells", "company", "delete", []derive.Action{summary("op_7", "Remove an organisation", "", ""), summary("op_8", "Remove an organisation's logo", "", "")}, []string{"op_7"}},
		{"one and many", "contact", "get", []derive.Action{summary("getContacts", "", "", ""), summary("getContact", "", "", ""), summary("getContactById", "", "", "")}, []string{"getContact", "getContactById"}},
		{"many and one", "contact", "list", []derive.Action{summary("getContacts", "", "", ""), summary("getContact", "", "", ""), summary("listAllPeople", "", "", "")}, []string{"listAllPeople", "getContacts"}},
		{"search", "company", "search", []derive.Action{summary("lookupAccounts", "", "", ""), summary("search", "", "", ""), summary("findOrganization", "", "", "")}, []string{"findOrganization", "lookupAccounts"}},
		{"leads are not contacts yet", "contact", "create", []derive.Action{summary("createLead", "", "", "")}, nil},
		{"at most five", "deal", "create", []derive.Action{
			summary("createDeal", "", "", ""), summary("addDeal", "", "", ""), summary("insertDeal", "", "", ""), summary("newDeal", "", "", ""),
			summary("postDeal", "", "", ""), summary("createOpportunity", "", "", ""), summary("createDeal", "", "", ""),
		}, []string{"createDeal", "createOpportunity", "addDeal", "insertDeal", "newDeal"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, choice := range derive.Rank(c.actions)[c.object][c.operation] {
				if choice.Confidence >= .5 {
					got = append(got, choice.ID)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s\n%+v", diff, derive.Rank(c.actions)[c.object][c.operation])
			}
		})
	}
}

func TestConfirm(t *testing.T) {
	t.Parallel()
	body := json.RawMessage(`{"type": "object"}`)
	for _, c := range []struct {
		operation string
		action    derive.Action
		low, high float64
	}{
		{"create", derive.Action{Method: "post", Path: "/people", RequestBody: body}, 1, 1},
		{"create", derive.Action{}, .5, .9},
		{"create", derive.Action{Method: "POST", Path: "/people", RequestBody: json.RawMessage("null")}, .1, .49},
		{"create", derive.Action{Method: "POST", Path: "/people/batch", RequestBody: body}, .1, .49},
		{"create", derive.Action{Method: "POST", Path: "/people/search", RequestBody: body}, .1, .49},
		{"create", derive.Action{Method: "POST", Path: "/people.json", RequestBody: body}, 1, 1},
		{"create", derive.Action{Method: "POST", Path: "/people/import", RequestBody: body}, .1, .2},
		{"create", derive.Action{Method: "POST", Path: "/people/import.json", RequestBody: body}, .1, .2},
		{"create", derive.Action{Method: "POST", Path: "/people/validate", RequestBody: body}, .1, .2},
		{"create", derive.Action{Method: "POST", Path: "/people/create_many", RequestBody: body}, .1, .2},
		{"create", derive.Action{Method: "POST", Path: "/people/bulk", RequestBody: body}, .1, .2},
		{"create", derive.Action{Method: "POST", Path: "/people/batch/create", RequestBody: body}, .1, .2},
		{"create", derive.Action{Method: "POST", Path: "/people/count", RequestBody: body}, .1, .2},
		{"create", derive.Action{Method: "POST", Path: "/people/merge.xml", RequestBody: body}, .1, .2},
		{"create", derive.Action{Method: "POST", Path: "/people/convert", RequestBody: body}, .1, .2},
		{"create", derive.Action{Method: "GET", Path: "/people", RequestBody: body}, 0, 0},
		{"update", derive.Action{Method: "PATCH", Path: "/people/{id}.json", PathParams: []string{"id"}, RequestBody: body}, 1, 1},
		{"update", derive.Action{Method: "PATCH", Path: "/accounts/{account_id}", PathParams: []string{"account_id"}, RequestBody: body}, 1, 1},
		{"update", derive.Action{Method: "PATCH", Path: "/organizations/{orgId}", PathParams: []string{"orgId"}, RequestBody: body}, 1, 1},
		{"update", derive.Action{Method: "PATCH", Path: "/people/{email}", PathParams: []string{"email"}, RequestBody: body}, .1, .3},
		{"get", derive.Action{Method: "GET", Path: "/people/{contactEmail}.json", PathParams: []string{"contactEmail"}}, .1, .3},
		{"get", derive.Action{Method: "GET", Path: "/people/{list_id}", PathParams: []string{"list_id"}}, .1, .3},
		{"delete", derive.Action{Method: "DELETE", Path: "/people/{owner}", PathParams: []string{"owner"}}, .1, .3},
		{"create", derive.Action{Method: "POST", Path: "/lists/{list}/people", PathParams: []string{"list"}, RequestBody: body}, 0, 0},
		{"update", derive.Action{Method: "PATCH", Path: "/people/{id}", PathParams: []string{"id"}, RequestBody: body}, 1, 1},
		{"update", derive.Action{Method: "PUT", Path: "/people/{id}", PathParams: []string{"id"}, RequestBody: body}, .9, .99},
		{"update", derive.Action{Method: "PUT", Path: "/people/{id}/notes", PathParams: []string{"id"}, RequestBody: body}, .1, .49},
		{"update", derive.Action{Method: "PUT", Path: "/people", RequestBody: body}, 0, 0},
		{"get", derive.Action{Method: "GET", Path: "/people/{id}", PathParams: []string{"id"}}, 1, 1},
		{"get", derive.Action{Method: "GET", Path: "/a/{x}/people/{id}", PathParams: []string{"x", "id"}}, 0, 0},
		{"list", derive.Action{Method: "GET", Path: "/people"}, 1, 1},
		{"search", derive.Action{Method: "POST", Path: "/people/search", RequestBody: body}, 1, 1},
		{"delete", derive.Action{Method: "DELETE", Path: "/people/{id}", PathParams: []string{"id"}}, 1, 1},
		{"delete", derive.Action{Method: "GET", Path: "/people/{id}", PathParams: []string{"id"}}, 0, 0},
		{"merge", derive.Action{Method: "POST"}, 0, 0},
	} {
		factor, reason := derive.Confirm(c.operation, c.action)
		if factor < c.low || factor > c.high {
			t.Errorf("%s %s %s: %v (%s), want %v to %v", c.operation, c.action.Method, c.action.Path, factor, reason, c.low, c.high)
		}
		if factor < 1 && !strings.HasSuffix(reason, ".") {
			t.Errorf("%s %s %s: no reason", c.operation, c.action.Method, c.action.Path)
		}
	}
}

func TestObject(t *testing.T) {
	t.Parallel()
	body := func(schema string) map[string]derive.Action {
		return map[string]derive.Action{
			"acmeAddClientRecord": {RequestBody: json.RawMessage(schema)},
			"acmeEditClient":      {PathParams: []string{"clientKey"}},
		}
	}
	actions := map[string][]string{mapping.ActionCreate: {"acmeAddClientRecord"}, mapping.ActionUpdate: {"acmeEditClient"}}
	for _, c := range []struct {
		schema, answer, id, url, record string
	}{
		{`{"properties": {"name": {}}}`, `{"id": 7, "url": "https://a.example/7"}`, "7", "https://a.example/7", `{"id":7,"url":"https://a.example/7"}`},
		{`{"properties": {"name": {}}}`, `{"ok": true, "data": {"Id": "x", "name": "A"}}`, "x", "", `{"Id":"x","name":"A"}`},
		{`{"properties": {"name": {}}}`, `{"result": [], "client": {"client_id": "9", "permalink": "https://a.example/9"}}`, "9", "https://a.example/9", `{"client_id":"9","permalink":"https://a.example/9"}`},
		{`{"properties": {"name": {}}}`, `{"id": "request-1", "record": {"clientKey": "k"}}`, "k", "", `{"clientKey":"k"}`},
		{`{"properties": {"name": {}}}`, `{"data": [{"id": "u"}]}`, "u", "", `{"id":"u"}`},
		{`{"properties": {"client": {"properties": {"name": {}, "phone": {}}}}}`, `{"client": {"id": "1", "name": "A"}}`, "1", "", `{"client":{"id":"1","name":"A"}}`},
		{`{"properties": {"data": {"items": {"properties": {"name": {}, "phone": {}}}}}}`, `{"data": [{"id": "1"}]}`, "1", "", `{"data":[{"id":"1"}]}`},
		{`{"properties": {"properties": {"properties": {"name": {}, "phone": {}}}}}`, `{"id": "1", "properties": {"name": "A"}}`, "1", "", `{"id":"1","properties":{"name":"A"}}`},
	} {
		o := derive.Object("acmeCRM", "Acme", "company", actions, body(c.schema), nil)
		id, url, err := o.Answer.Record(json.RawMessage(c.answer))
		if err != nil || id != c.id || url != c.url {
			t.Errorf("%s: %q %q %v", c.answer, id, url, err)
		}
		record, err := o.RecordOf(json.RawMessage(c.answer))
		if err != nil || string(record) != c.record {
			t.Errorf("%s: the record is %s, %v", c.answer, record, err)
		}
		if _, refused := o.Answer.Refusal(json.RawMessage(c.answer)); refused {
			t.Errorf("%s: taken for a refusal", c.answer)
		}
		if o.Label != "Client" || len(o.NaturalKeys) != 2 || o.Lookup != nil || len(o.Rules) != 0 || !slices.Equal(o.Actions[mapping.ActionCreate], actions[mapping.ActionCreate]) {
			t.Errorf("%+v", o)
		}
	}
	o := derive.Object("acmeCRM", "Acme", "contact", nil, nil, nil)
	for _, refusal := range []string{
		`{"success": false, "message": "No."}`, `{"ok": false}`, `{"status": "error", "id": 5}`, `{"error": {"code": "bad", "message": "No."}}`,
	} {
		if _, refused := o.Answer.Refusal(json.RawMessage(refusal)); !refused {
			t.Errorf("%s: not taken for a refusal", refusal)
		}
	}
	if _, refused := o.Answer.Refusal(json.RawMessage(`{"error": null, "success": true, "status": "active", "id": 5}`)); refused {
		t.Error("a success is taken for a refusal")
	}
	if o.Label != "Contact" || len(o.NaturalKeys) != 1 {
		t.Errorf("%+v", o)
	}
}
