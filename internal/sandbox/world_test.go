package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"sendtocrm/internal/sandbox"
)

const apiKey = "test-key-0123456789"

// world is a sandbox behind two listeners, with a clock of its own.
type world struct {
	t          *testing.T
	api        *httptest.Server
	management *httptest.Server
	clock      *clock
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newWorld(t *testing.T, stateFile ...string) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}}
	options := sandbox.Options{APIKey: apiKey, Now: w.clock.read, Logger: zerolog.Nop()}
	if len(stateFile) > 0 {
		options.StateFile = stateFile[0]
	}
	server, err := sandbox.New(options)
	if err != nil {
		t.Fatal(err)
	}
	w.api = httptest.NewServer(server.Handler())
	t.Cleanup(w.api.Close)
	server.SetPublicURL(w.api.URL + "/")
	w.management = httptest.NewServer(server.Management())
	t.Cleanup(w.management.Close)
	return w
}

// object is a decoded JSON object.
type object = map[string]any

// answer is what came back.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	raw    []byte
}

func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d\n%s", a.status, status, a.raw)
	}
	return a
}

func (a answer) body() object {
	a.t.Helper()
	var body object
	if err := json.Unmarshal(a.raw, &body); err != nil {
		a.t.Fatalf("%v\n%s", err, a.raw)
	}
	return body
}

// at walks through objects and lists: at("data", 0, "id").
func (a answer) at(path ...any) any {
	a.t.Helper()
	var value any
	if err := json.Unmarshal(a.raw, &value); err != nil {
		a.t.Fatalf("%v\n%s", err, a.raw)
	}
	for _, step := range path {
		switch step := step.(type) {
		case string:
			o, ok := value.(object)
			if !ok {
				a.t.Fatalf("no %v in %s", path, a.raw)
			}
			value = o[step]
		case int:
			l, ok := value.([]any)
			if !ok || step >= len(l) {
				a.t.Fatalf("no %v in %s", path, a.raw)
			}
			value = l[step]
		}
	}
	return value
}

func (a answer) text(path ...any) string {
	a.t.Helper()
	s, ok := a.at(path...).(string)
	if !ok {
		a.t.Fatalf("%v is no text in %s", path, a.raw)
	}
	return s
}

func (a answer) length(path ...any) int {
	a.t.Helper()
	l, ok := a.at(path...).([]any)
	if !ok {
		a.t.Fatalf("%v is no list in %s", path, a.raw)
	}
	return len(l)
}

func send(t *testing.T, method, address string, body any, header http.Header) (answer, error) {
	t.Helper()
	var payload io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		payload = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		payload = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, address, payload)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	return answer{t, response.StatusCode, response.Header, raw}, err
}

func headers(userID string) http.Header {
	h := http.Header{"Authorization": {"Bearer " + apiKey}, "X-Api-Version": {"2025-09"}, "Content-Type": {"application/json"}}
	if userID != "" {
		h.Set("x-alloy-userid", userID)
	}
	return h
}

// call calls the simulated API for a user; "" is the API key's own.
func (w *world) call(userID, method, path string, body any) answer {
	w.t.Helper()
	a, err := send(w.t, method, w.api.URL+path, body, headers(userID))
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) manage(method, path string, body any) answer {
	w.t.Helper()
	a, err := send(w.t, method, w.management.URL+path, body, http.Header{"Content-Type": {"application/json"}})
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) set(settings object) {
	w.t.Helper()
	w.manage(http.MethodPut, "/settings", settings).want(http.StatusOK)
}

func (w *world) user(username, fullName string) string {
	w.t.Helper()
	return w.call("", http.MethodPost, "/users", object{"username": username, "fullName": fullName}).want(http.StatusOK).text("userId")
}

// keys are the inputs of the connectors that take a key.
var keys = map[string]object{
	"pipedrive": {"authenticationType": "pipedrive-api-key", "data": object{"apiToken": "secret-canary"}},
	"acornCRM":  {"authenticationType": "acorn-access-key", "data": object{"accessKey": "secret-canary", "treeName": "acme"}},
}

// connect gives the user a credential, through the consent page where there is one.
func (w *world) connect(userID, connector string) (credentialID string) {
	w.t.Helper()
	body := object{"userId": userID, "authenticationType": "oauth2", "redirectUri": "http://host.example/back/state-1"}
	if connector == "zohoCRM" {
		body["data"] = object{"region": "eu"}
	}
	for name, value := range keys[connector] {
		body[name] = value
	}
	made := w.call(userID, http.MethodPost, "/connectors/"+connector+"/credentials", body).want(http.StatusOK)
	if id, ok := made.body()["credentialId"].(string); ok {
		return id
	}
	w.decide(made.text("oauthUrl"), "allow").want(http.StatusSeeOther)
	list := w.call(userID, http.MethodGet, "/connectors/"+connector+"/credentials", nil).want(http.StatusOK)
	return list.text("credentials", list.length("credentials")-1, "credentialId")
}

// decide presses a button of the consent page; redirects are not followed.
func (w *world) decide(oauthURL, decision string) answer {
	w.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.PostForm(oauthURL, url.Values{"decision": {decision}})
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	raw, _ := io.ReadAll(response.Body)
	return answer{w.t, response.StatusCode, response.Header, raw}
}

// link is a user's way to one CRM.
type link struct {
	w                           *world
	user, connector, credential string
}

func (w *world) link(connector string) link {
	w.t.Helper()
	id := w.user("user-"+connector, "Dexter Morgan")
	return link{w, id, connector, w.connect(id, connector)}
}

// params are the other members of an execute body.
type params struct {
	path, query, headers object
}

func (l link) execute(action string, body any, p ...params) answer {
	l.w.t.Helper()
	in := object{"credentialId": l.credential}
	if body != nil {
		in["requestBody"] = body
	}
	for _, one := range p {
		in["pathParams"], in["queryParameters"], in["additionalHeaders"] = one.path, one.query, one.headers
	}
	return l.w.call(l.user, http.MethodPost, "/connectors/"+l.connector+"/actions/"+action+"/execute", in)
}

func byID(id any) params { return params{path: object{"id": id}} }
