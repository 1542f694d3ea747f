package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"

	"sendtocrm/internal/sandbox"
)

// Of many creates of one address at once, exactly one succeeds, whoever asks for settings, faults and records meanwhile.
func TestOneWinner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hub := w.link("hubspot")
	var group sync.WaitGroup
	var created, conflicts atomic.Int32
	for range 30 {
		group.Go(func() {
			a, err := hub.attempt(t.Context(), "createContact", properties("email", "a@b.co"))
			switch {
			case err != nil:
				t.Error(err)
			case a.status == http.StatusOK:
				created.Add(1)
			case a.status == http.StatusConflict:
				conflicts.Add(1)
			}
		})
		group.Go(func() {
			for _, path := range []string{"/ledger", "/records", "/faults", "/credentials"} {
				if a, err := send(t, http.MethodGet, w.management.URL+path, nil, nil); err != nil || a.status != http.StatusOK {
					t.Errorf("%s: %v %d", path, err, a.status)
				}
			}
			if _, err := send(t, http.MethodPut, w.management.URL+"/settings", `{"searchLagMs":{"hubspot":5}}`, http.Header{}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if created.Load() != 1 || conflicts.Load() != 29 {
		t.Errorf("%d created, %d conflicts", created.Load(), conflicts.Load())
	}
}

// FuzzExecute throws bodies and queries at every dialect: each is answered, with JSON, and never with a 500.
func FuzzExecute(f *testing.F) {
	for _, seed := range []string{
		`{"requestBody":{"properties":{"email":"a@b.co"}}}`, `{"requestBody":{"data":[{"Last_Name":"x","Account_Name":{"id":1}}]}}`,
		`{"requestBody":{"name":"x","emails":[{"email":"a@b.co","category":"work"}],"close_date":1e400}}`,
		`{"queryParameters":{"q":"SELECT Id FROM Contact WHERE A IN ('x'"},"pathParams":{"id":"1"}}`,
		`{"queryParameters":{"criteria":"((A:equals:x)and","term":"ab","cursor":"c-1","limit":-5,"page":0}}`,
		`{"requestBody":{"filterGroups":[{"filters":[{"propertyName":"email","operator":"IN","values":[1]}]}],"after":-3}}`,
		`{"requestBody":{"where":{"given_name":["x"]},"page_token":"leaf--1"}}`, `{"requestBody":[]}`, `null`,
	} {
		f.Add(seed)
	}
	server, err := sandbox.New(sandbox.Options{APIKey: apiKey, PublicURL: "http://sandbox.example", Logger: zerolog.Nop()})
	if err != nil {
		f.Fatal(err)
	}
	do := func(method, path, user, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header = headers(user)
		w := httptest.NewRecorder()
		server.Handler().ServeHTTP(w, r)
		return w
	}
	value := func(w *httptest.ResponseRecorder, key string) string {
		var body map[string]any
		_ = json.Unmarshal(w.Body.Bytes(), &body)
		s, _ := body[key].(string)
		return s
	}
	user := value(do(http.MethodPost, "/users", "", `{"username":"u"}`), "userId")
	var paths []string
	credentials := map[string]string{}
	for connector, actions := range map[string]string{
		"pipedrive": "createPerson updateDeal searchPersons listDeals", "acornCRM": "createProspectRecord findPersonRecords listPersonRecords",
		"hubspot": "createContact createDeal searchDeals listContacts", "salesforceCRM": "createContact query searchContacts",
		"copper": "createPerson createOpportunity searchPeople", "zohoCRM": "createContact updateDeal searchContacts listDeals",
	} {
		input := keys[connector]
		if input == nil {
			input = object{"authenticationType": "oauth2", "redirectUri": back, "data": object{"region": "eu"}}
		}
		raw, _ := json.Marshal(input)
		made := do(http.MethodPost, "/connectors/"+connector+"/credentials", user, string(raw))
		if address := value(made, "oauthUrl"); address != "" {
			decision := httptest.NewRequest(http.MethodPost, address, strings.NewReader("decision=allow"))
			decision.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			server.Handler().ServeHTTP(httptest.NewRecorder(), decision)
			var list struct {
				Credentials []struct{ CredentialID string }
			}
			_ = json.Unmarshal(do(http.MethodGet, "/connectors/"+connector+"/credentials", user, "").Body.Bytes(), &list)
			credentials[connector] = list.Credentials[0].CredentialID
		} else {
			credentials[connector] = value(made, "credentialId")
		}
		for action := range strings.FieldsSeq(actions) {
			paths = append(paths, "/connectors/"+connector+"/actions/"+action+"/execute")
		}
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, path := range paths {
			payload := strings.Replace(body, "{", `{"credentialId":"`+credentials[strings.Split(path, "/")[2]]+`",`, 1)
			w := do(http.MethodPost, path, user, payload)
			if w.Code >= 500 || !json.Valid(w.Body.Bytes()) {
				t.Errorf("%s: %d %s", path, w.Code, w.Body)
			}
		}
	})
}

// BenchmarkExecute creates contacts in process, without a network.
func BenchmarkExecute(b *testing.B) {
	server, err := sandbox.New(sandbox.Options{APIKey: apiKey, Logger: zerolog.Nop()})
	if err != nil {
		b.Fatal(err)
	}
	post := func(path, user string, body []byte) map[string]any {
		r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
		r.Header = headers(user)
		w := httptest.NewRecorder()
		server.Handler().ServeHTTP(w, r)
		var answer map[string]any
		if w.Code != http.StatusOK || json.Unmarshal(w.Body.Bytes(), &answer) != nil {
			b.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
		return answer
	}
	user := post("/users", "", []byte(`{"username":"u"}`))["userId"].(string)
	key := post("/connectors/acornCRM/credentials", user, []byte(`{"authenticationType":"acorn-access-key","data":{"accessKey":"x","treeName":"x"}}`))["credentialId"].(string)
	var n atomic.Int64
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			body := fmt.Appendf(nil, `{"credentialId":%q,"requestBody":{"given_name":"John","family_name":"Doe","email_address":"u%d@b.co"}}`, key, n.Add(1))
			post("/connectors/acornCRM/actions/createPersonRecord/execute", user, body)
		}
	})
}
