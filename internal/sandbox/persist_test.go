package sandbox_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/sandbox"
)

// A sandbox that is started again goes on where it was: open consents, ids and names included.
func TestStateFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "new", "state.json")
	w := newWorld(t, file)
	hub := w.link("hubspot")
	copper := w.link("copper")
	id := hub.execute("createContact", properties("email", "a@b.co")).text("responseData", "id")
	big := copper.execute("createOpportunity", object{"name": "x", "monetary_value": 9007199254740993}).want(http.StatusOK)
	w.set(object{"envelope": "C", "searchLagMs": object{"copper": 5}})
	open := w.begin(hub.user, "hubspot")
	before := [][]byte{w.manage(http.MethodGet, "/settings", nil).raw, w.manage(http.MethodGet, "/credentials", nil).raw, w.call("", http.MethodGet, "/users", nil).raw}
	w.api.Close()

	next := newWorld(t, file)
	after := [][]byte{next.manage(http.MethodGet, "/settings", nil).raw, next.manage(http.MethodGet, "/credentials", nil).raw, next.call("", http.MethodGet, "/users", nil).raw}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
	hub.w, copper.w = next, next
	if a := hub.execute("createContact", properties("email", "a@b.co")); a.status != http.StatusConflict || !strings.Contains(string(a.raw), id) {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if a := copper.execute("getOpportunity", nil, byID(big.at("responseData", "id"))); !strings.Contains(string(a.raw), "9007199254740993") {
		t.Errorf("%s", a.raw)
	}
	if got := hub.execute("createContact", properties("email", "c@d.co")).want(http.StatusOK).text("result", "id"); got == id {
		t.Error("an id is given twice")
	}
	next.decide(strings.Replace(open, w.api.URL, next.api.URL, 1), "allow").want(http.StatusSeeOther)
	if rows := next.listed(hub.user, "hubspot"); rows[1].(object)["name"] != "Dexter Morgan's Hubspot (2)" {
		t.Errorf("%v", rows)
	}
	left, err := filepath.Glob(filepath.Dir(file) + "/*")
	if err != nil || len(left) != 1 {
		t.Errorf("files left: %v %v", left, err)
	}
	raw, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(raw), apiKey) {
		t.Errorf("the file holds the API key (%v)", err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

// Writers at once: the file holds all of them at the end.
func TestStateFileUnderConcurrency(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state.json")
	w := newWorld(t, file)
	hub := w.link("hubspot")
	var group sync.WaitGroup
	for i := range 40 {
		group.Go(func() {
			if _, err := hub.attempt(t.Context(), "createContact", properties("email", string(rune('a'+i%26))+strings.Repeat("x", i)+"@b.co")); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	next := newWorld(t, file)
	if n := next.records(); n != 40 {
		t.Errorf("%d records, want 40", n)
	}
}

func TestBadOptions(t *testing.T) {
	t.Parallel()
	write := func(text string) string {
		file := filepath.Join(t.TempDir(), "state.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	const owner = `"owner":"675987329f2bda83f0dff233"`
	for part, o := range map[string]sandbox.Options{
		"API key is missing":            {},
		"public URL":                    {APIKey: apiKey, PublicURL: "localhost:8081"},
		"delete it to begin":            {APIKey: apiKey, StateFile: write("{")},
		"its version is 7":              {APIKey: apiKey, StateFile: write(`{"version":7}`)},
		"names no owner":                {APIKey: apiKey, StateFile: write(`{"version":1}`)},
		"unknown connector \"x\"":       {APIKey: apiKey, StateFile: write(`{"version":1,` + owner + `,"accounts":[{"User":"u","Connector":"x"}]}`)},
		"broken record":                 {APIKey: apiKey, StateFile: write(`{"version":1,` + owner + `,"accounts":[{"User":"u","Connector":"hubspot","Records":[{"id":"1","object":"x"}]}]}`)},
		"envelope cannot be":            {APIKey: apiKey, StateFile: write(`{"version":1,` + owner + `,"settings":{"envelope":"Z"}}`)},
		"empty record":                  {APIKey: apiKey, StateFile: write(`{"version":1,` + owner + `,"accounts":[{"User":"u","Connector":"hubspot","Records":[null]}]}`)},
		"has no settings":               {APIKey: apiKey, StateFile: write(`{"version":1,` + owner + `,"settings":null}`)},
		"the state file cannot be read": {APIKey: apiKey, StateFile: t.TempDir()},
		"not a directory":               {APIKey: apiKey, StateFile: filepath.Join(write(""), "x", "state.json")},
	} {
		if _, err := sandbox.New(o); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("want %q, got %v", part, err)
		}
	}
}
