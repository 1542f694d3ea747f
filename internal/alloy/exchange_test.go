package alloy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/alloy"
	"sendtocrm/internal/crm"
)

const contractDir = "../../testdata/contract"

// exchange is one request and its answer as Alloy's documents and users show them, with the call that makes the request
// and what has to come of the answer. Plays names the exchanges of a call that takes several; without it, it is this
// one alone. Sandbox marks those that the sandbox has to answer in the same shape.
type exchange struct {
	Name    string
	Source  string
	Sandbox bool
	Call    *call
	Plays   []string
	Request struct {
		Method  string
		Path    string
		Headers map[string]string
		Body    json.RawMessage
	}
	Response struct {
		Status  int
		Headers map[string]string
		Body    json.RawMessage
	}
	Want struct {
		Value json.RawMessage
		Error *wantError
	}
}

// call names a method of the client with its arguments.
type call struct {
	Method       string
	Username     string
	UserID       string
	Connector    string
	Action       string
	CredentialID string
	Type         string
	RedirectURI  string
	Inputs       json.RawMessage
	Body         json.RawMessage
	PathParams   map[string]string
	Query        map[string]string
}

// wantError is what an error has to say; what is left empty is not compared, but for effect, ids and the credential.
type wantError struct {
	Code         string
	Effect       string
	Message      string
	Fields       []crm.FieldError
	RetryAfter   string
	ExistingID   string
	ExecutionID  string
	UpstreamCode string
	UnknownCred  bool
}

// run makes the call.
func (c call) run(ctx context.Context, client *alloy.Client) (any, error) {
	switch c.Method {
	case "EnsureUser":
		return client.EnsureUser(ctx, c.Username)
	case "Connectors":
		return client.Connectors(ctx)
	case "Resources":
		return client.Resources(ctx, c.Connector)
	case "Action":
		return client.Action(ctx, c.Connector, c.Action)
	case "AuthMethods":
		return client.AuthMethods(ctx, c.Connector)
	case "Credentials":
		return client.Credentials(ctx, c.UserID, c.Connector)
	case "CreateCredential":
		return client.CreateCredential(ctx, crm.NewCredential{
			UserID: c.UserID, Connector: c.Connector, Type: c.Type, RedirectURI: c.RedirectURI, Inputs: c.Inputs,
		})
	case "DeleteCredential":
		return nil, client.DeleteCredential(ctx, c.UserID, c.CredentialID)
	case "Execute":
		return client.Execute(ctx, crm.Call{
			UserID: c.UserID, CredentialID: c.CredentialID, Connector: c.Connector, Action: c.Action,
			Request: crm.Request{Body: c.Body, PathParams: c.PathParams, Query: c.Query},
		})
	}
	return nil, fmt.Errorf("no method %q", c.Method)
}

// every is one call of each method, for tests that treat them all alike.
func every() []call {
	return []call{
		{Method: "EnsureUser", Username: "user_bhb"},
		{Method: "Connectors"},
		{Method: "Resources", Connector: "hubspot"},
		{Method: "Action", Connector: "hubspot", Action: "createContact"},
		{Method: "AuthMethods", Connector: "hubspot"},
		{Method: "Credentials", UserID: "u1", Connector: "hubspot"},
		{Method: "CreateCredential", UserID: "u1", Connector: "hubspot", Type: "oauth2", RedirectURI: "https://host.example/back"},
		{Method: "DeleteCredential", UserID: "u1", CredentialID: "c1"},
		{Method: "Execute", UserID: "u1", CredentialID: "c1", Connector: "hubspot", Action: "createContact", Body: json.RawMessage(`{}`)},
	}
}

func readExchanges(t *testing.T) map[string]exchange {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(contractDir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no exchanges in %s: %v", contractDir, err)
	}
	exchanges := map[string]exchange{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var e exchange
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if e.Name != strings.TrimSuffix(filepath.Base(file), ".json") {
			t.Fatalf("%s: its name is %q", file, e.Name)
		}
		exchanges[e.Name] = e
	}
	return exchanges
}

// checkRequest compares everything that arrived with what was recorded; headers that net/http adds are known.
func (e exchange) checkRequest(r *http.Request, prefix string) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if got := r.Method + " " + r.URL.RequestURI(); got != e.Request.Method+" "+prefix+e.Request.Path {
		return fmt.Errorf("got %s, want %s %s", got, e.Request.Method, prefix+e.Request.Path)
	}
	want := map[string]string{"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "send-to-crm"}
	for name, value := range e.Request.Headers {
		want[http.CanonicalHeaderKey(name)] = value
	}
	got := map[string]string{}
	for name, values := range r.Header {
		if name != "Content-Length" {
			got[name] = strings.Join(values, "|")
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		return fmt.Errorf("headers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(decoded(e.Request.Body), decoded(body)); diff != "" {
		return fmt.Errorf("body (-want +got):\n%s", diff)
	}
	return nil
}

func (e exchange) respond(w http.ResponseWriter) {
	for name, value := range e.Response.Headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(e.Response.Status)
	body := []byte(e.Response.Body)
	var plain string
	if json.Unmarshal(body, &plain) == nil {
		body = []byte(plain)
	}
	_, _ = w.Write(body)
}

// decoded is JSON as comparable values; nil for nothing.
func decoded(raw []byte) any {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return "not JSON: " + string(raw)
	}
	return v
}

func newClient(t *testing.T, url string, change ...func(*alloy.Options)) *alloy.Client {
	t.Helper()
	o := alloy.Options{BaseURL: url, APIKey: "API_KEY"}
	for _, c := range change {
		c(&o)
	}
	client, err := alloy.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}
