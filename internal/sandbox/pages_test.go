package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
)

func (w *world) page(path string) string {
	w.t.Helper()
	a, err := send(w.t, http.MethodGet, w.api.URL+path, nil, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if policy := a.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
		w.t.Errorf("%s may load what it likes: %q", path, policy)
	}
	return string(a.raw)
}

func TestPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if home := w.page("/"); !strings.Contains(home, w.api.URL) || !strings.Contains(home, "/crm/acornCRM") || strings.Contains(home, "/crm/slack") {
		t.Errorf("%s", home)
	}
	if empty := w.page("/crm"); !strings.Contains(empty, "Nobody has used one yet") {
		t.Errorf("%s", empty)
	}
	hub := w.link("hubspot")
	first := hub.execute("createContact", properties("email", "a@b.co", "firstname", "<script>alert(1)</script>")).text("responseData", "id")
	second := hub.execute("createContact", properties("email", "c@d.co", "lastname", "Doe")).text("responseData", "id")
	crm := w.page("/crm/hubspot")
	if strings.Contains(crm, "<script>") || !strings.Contains(crm, "&lt;script&gt;") || strings.Index(crm, second) > strings.Index(crm, first) || !strings.Contains(crm, `http-equiv="refresh"`) {
		t.Errorf("%s", crm)
	}
	if accounts := w.page("/crm"); !strings.Contains(accounts, "Dexter Morgan") || !strings.Contains(accounts, "<td>2</td>") {
		t.Errorf("%s", accounts)
	}
	path := "/crm/hubspot/contact/" + first
	for path, want := range map[string]string{
		path: "a@b.co", path + "?account=" + hub.user: "a@b.co", path + "?account=another": "No such record",
		"/crm/hubspot/deal/" + first: "No such record", "/crm/slack": "No such CRM", "/crm/nope": "No such CRM", "/crm/nope/contact/1": "No such record",
	} {
		if page := w.page(path); !strings.Contains(page, want) {
			t.Errorf("%s: no %q in\n%s", path, want, page)
		}
	}
	c := w.link("copper")
	c.execute("createPerson", object{"name": "Lisa", "emails": emails("l@g.co"), "address": object{"city": "Rome", "country": "IT"}}).want(http.StatusOK)
	if page := w.page("/crm/copper"); !strings.Contains(page, "<td>l@g.co</td>") {
		t.Errorf("%s", page)
	}
}
