package sandbox_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAcorn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.link("acornCRM")
	made := a.execute("createPersonRecord", object{"given_name": "John", "family_name": "Doe", "email_address": "a@b.co"}).want(http.StatusOK)
	id := made.text("responseData", "record", "record_id")
	want := object{
		"record_id": id, "web_link": w.api.URL + "/crm/acornCRM/contact/" + id + "?account=" + a.user, "given_name": "John", "family_name": "Doe",
		"email_address": "a@b.co", "planted_at": "2026-03-01T12:00:00.000Z", "changed_at": "2026-03-01T12:00:00.000Z",
	}
	if diff := cmp.Diff(any(want), made.at("responseData", "record")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	bad := a.execute("createPersonRecord", object{"given_name": 5, "firstname": "x", "email_address": "nope"}).want(http.StatusUnprocessableEntity)
	if bad.text("error", "details", "problem", "reason") != "does_not_fit" || bad.length("error", "details", "problem", "fields") != 4 {
		t.Errorf("%s", bad.raw)
	}
	key := params{path: object{"recordKey": id}}
	w.clock.advance(time.Minute)
	a.execute("createPersonRecord", object{"family_name": "Roe", "email_address": "a@b.co"}).want(http.StatusOK)
	w.clock.advance(time.Minute)
	updated := a.execute("updatePersonRecord", object{"employer": "Acme", "given_name": nil}, key).want(http.StatusOK)
	if updated.text("responseData", "record", "employer") != "Acme" || updated.at("responseData", "record").(object)["given_name"] != nil {
		t.Errorf("%s", updated.raw)
	}
	found := a.execute("findPersonRecords", object{"where": object{"email_address": "A@B.co"}}).want(http.StatusOK)
	if found.length("responseData", "records") != 2 {
		t.Errorf("%s", found.raw)
	}
	list := a.execute("listPersonRecords", nil, params{query: object{"page_size": 1}}).want(http.StatusOK)
	if list.text("responseData", "records", 0, "record_id") != id || list.text("responseData", "next_page_token") != "leaf-1" {
		t.Errorf("%s", list.raw)
	}
	prospect := object{"headline": "x", "worth": 5, "phase": "oak", "person_key": id, "expected_on": "2026-12-31"}
	a.execute("createProspectRecord", prospect).want(http.StatusOK)
	prospect["phase"] = "tree"
	a.execute("createProspectRecord", prospect).want(http.StatusUnprocessableEntity)
	a.execute("removePersonRecord", nil, key).want(http.StatusOK)
	if gone := a.execute("getPersonRecord", nil, key).want(http.StatusNotFound); gone.text("error", "details", "problem", "reason") != "no_such_record" {
		t.Errorf("%s", gone.raw)
	}
}
