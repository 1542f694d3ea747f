package alloy_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"sendtocrm/internal/alloy"
	"sendtocrm/internal/crm"
	"sendtocrm/internal/sandbox"
)

// The ids that stand in the recorded exchanges.
const (
	recordedUser       = "675987329f2bda83f0dff233"
	recordedCredential = "68c3a1f29d1e4b7a90c2d5e8"
	recordedName       = "user_bhb"
)

// TestSandboxContract holds the sandbox against the same exchanges as the client: what it answers has to have the
// recorded shape.
func TestSandboxContract(t *testing.T) {
	t.Parallel()
	for name, e := range readExchanges(t) {
		if !e.Sandbox {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := newBox(t)
			parts := strings.Split(strings.TrimPrefix(e.Request.Path, "/"), "/")
			userID, credentialID := recordedUser, recordedCredential
			if name != "user-created" {
				userID = box.user(t, recordedName)
			}
			switch {
			case name == "credential-deleted":
				credentialID = box.credential(t, userID, "hubspot")
			case name == "credentials-listed", strings.HasSuffix(e.Request.Path, "/execute"):
				credentialID = box.credential(t, userID, parts[1])
			}
			ids := strings.NewReplacer(recordedUser, userID, recordedCredential, credentialID)
			request, err := http.NewRequestWithContext(t.Context(), e.Request.Method,
				box.url+ids.Replace(e.Request.Path), strings.NewReader(ids.Replace(string(e.Request.Body))))
			if err != nil {
				t.Fatal(err)
			}
			for header, value := range e.Request.Headers {
				request.Header.Set(header, ids.Replace(value))
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != e.Response.Status {
				t.Errorf("HTTP %d, want %d: %s", response.StatusCode, e.Response.Status, body)
			}
			want, got := decoded(e.Response.Body), decoded(body)
			if w, g := keys(want), keys(got); !slices.Equal(w, g) {
				t.Errorf("the answer has the keys %q, want %q", g, w)
			}
			for _, fault := range misshapen("", want, got) {
				t.Errorf("%s\n%s", fault, body)
			}
		})
	}
}

// misshapen lists what the recorded value has and the other has not, or has of another type. Of a list, the first
// element stands for all; the other may have more keys and more elements.
func misshapen(at string, want, got any) []string {
	if fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got) {
		return []string{fmt.Sprintf("%s is a %T, want a %T", at, got, want)}
	}
	var faults []string
	switch want := want.(type) {
	case map[string]any:
		for key, value := range want {
			other, ok := got.(map[string]any)[key]
			if !ok {
				faults = append(faults, fmt.Sprintf("%s.%s is missing", at, key))
				continue
			}
			faults = append(faults, misshapen(at+"."+key, value, other)...)
		}
	case []any:
		others := got.([]any)
		if (len(want) == 0) != (len(others) == 0) {
			return []string{fmt.Sprintf("%s has %d elements, want %d", at, len(others), len(want))}
		}
		if len(want) > 0 {
			faults = misshapen(at+"[0]", want[0], others[0])
		}
	}
	return faults
}

func keys(v any) []string {
	members, _ := v.(map[string]any)
	return slices.Sorted(maps.Keys(members))
}

// TestSandboxVerdicts: whichever of the documented forms an answer comes in, the client understands it the same way.
func TestSandboxVerdicts(t *testing.T) {
	t.Parallel()
	for _, envelope := range []string{"A", "B", "C"} {
		for _, passed := range []string{"status", "envelope", "bare"} {
			for _, form := range []string{"E1", "E2", "E3", "E4"} {
				t.Run(envelope+" "+passed+" "+form, func(t *testing.T) {
					t.Parallel()
					box := newBox(t)
					box.set(t, map[string]any{"envelope": envelope, "providerErrors": passed, "errorForm": form})
					box.checkVerdicts(t, passed == "status" && form != "E1")
				})
			}
		}
	}
}

// checkVerdicts makes every kind of refusal happen. terse: Alloy passes on the CRM's words only, without its body.
func (b *box) checkVerdicts(t *testing.T, terse bool) {
	userID := b.user(t, recordedName)
	credentials := map[string]string{}
	execute := func(connector, action, body string, params map[string]string) (crm.Answer, *crm.CallError) {
		if credentials[connector] == "" {
			credentials[connector] = b.credential(t, userID, connector)
		}
		answer, err := b.client.Execute(t.Context(), crm.Call{
			UserID: userID, CredentialID: credentials[connector], Connector: connector, Action: action,
			Request: crm.Request{Body: json.RawMessage(body), PathParams: params},
		})
		if err == nil {
			return answer, nil
		}
		return answer, err.(*crm.CallError)
	}
	contact := `{"properties":{"email":"john.doe@acme.com","firstname":"John","lastname":"Doe"}}`
	answer, failure := execute("hubspot", "createContact", contact, nil)
	if failure != nil {
		t.Fatal(failure)
	}
	var made struct{ ID string }
	if err := json.Unmarshal(answer.Data, &made); err != nil || made.ID == "" {
		t.Fatalf("no id in %s: %v", answer.Data, err)
	}
	_, failure = execute("hubspot", "createContact", contact, nil)
	wantVerdict(t, "HubSpot duplicate", failure, crm.CRMDuplicate)
	if failure != nil && failure.ExistingID != made.ID {
		t.Errorf("existing id %q, want %q", failure.ExistingID, made.ID)
	}
	if _, failure = execute("hubspot", "updateContact", `{"properties":{"phone":"1"}}`, map[string]string{"contactId": made.ID}); failure != nil {
		t.Error(failure)
	}
	_, failure = execute("hubspot", "createContact", `{"properties":{"email":"x@acme.com","firstname":"a","lastname":"b","shoe_size":"9"}}`, nil)
	wantVerdict(t, "HubSpot unknown property", failure, crm.CRMRejected)
	if failure != nil && !terse && (len(failure.Fields) == 0 || failure.Fields[0].Field != "shoe_size") {
		t.Errorf("fields %v", failure.Fields)
	}
	_, failure = execute("salesforceCRM", "createContact", `{"LastName":"Doe","Company":"Acme Corp"}`, nil)
	wantVerdict(t, "Salesforce unknown field", failure, crm.CRMRejected)
	if failure != nil && !terse && (len(failure.Fields) == 0 || failure.Fields[0].Field != "Company") {
		t.Errorf("fields %v", failure.Fields)
	}
	answer, failure = execute("salesforceCRM", "createContact", `{"LastName":"Doe","Email":"john.doe@acme.com"}`, nil)
	if failure != nil {
		t.Fatal(failure)
	}
	if err := json.Unmarshal(answer.Data, &made); err != nil {
		t.Fatal(err)
	}
	if answer, failure = execute("salesforceCRM", "updateContact", `{"Phone":"1"}`, map[string]string{"id": made.ID}); failure != nil || len(answer.Data) != 0 {
		t.Errorf("Salesforce update: %s, %v", answer.Data, failure)
	}
	person := `{"name":"Lisa Rodriguez","emails":[{"email":"lisa.rodriguez@globalco.com","category":"work"}]}`
	if _, failure = execute("copper", "createPerson", person, nil); failure != nil {
		t.Fatal(failure)
	}
	_, failure = execute("copper", "createPerson", person, nil)
	wantVerdict(t, "Copper duplicate", failure, crm.CRMDuplicate)

	b.revoke(t, credentials["hubspot"])
	_, failure = execute("hubspot", "createContact", contact, nil)
	wantVerdict(t, "revoked credential", failure, crm.ReconnectRequired)
	_, err := b.client.Execute(t.Context(), crm.Call{UserID: recordedUser, CredentialID: credentials["copper"], Connector: "copper", Action: "createPerson"})
	if failure, ok := err.(*crm.CallError); !ok || !failure.UnknownCred || failure.Effect != crm.Refused {
		t.Errorf("another user's credential: %v", err)
	}
}

func wantVerdict(t *testing.T, what string, got *crm.CallError, code crm.Code) {
	t.Helper()
	if got == nil || got.Code != code || got.Effect != crm.Refused {
		t.Errorf("%s: got %v, want %s", what, got, code)
	}
}

// box is a sandbox with a client of its own.
type box struct {
	url        string
	management http.Handler
	client     *alloy.Client
}

func newBox(t *testing.T) *box {
	t.Helper()
	s, err := sandbox.New(sandbox.Options{APIKey: "API_KEY"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	s.SetPublicURL(server.URL)
	return &box{url: server.URL, management: s.Management(), client: newClient(t, server.URL)}
}

func (b *box) user(t *testing.T, name string) string {
	t.Helper()
	id, err := b.client.EnsureUser(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// credential connects as a person does: through the consent page, or with keys where the connector has no page.
func (b *box) credential(t *testing.T, userID, connector string) string {
	t.Helper()
	methods, err := b.client.AuthMethods(t.Context(), connector)
	if err != nil || len(methods) == 0 {
		t.Fatalf("%v: %v", methods, err)
	}
	started, err := b.client.CreateCredential(t.Context(), crm.NewCredential{
		UserID: userID, Connector: connector, Type: methods[0].Type, RedirectURI: "https://yourplatform.com/crm/callback",
	})
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.PostForm(started.AuthorizationURL, url.Values{"decision": {"allow"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusSeeOther {
		t.Fatalf("consent was answered with HTTP %d", response.StatusCode)
	}
	listed, err := b.client.Credentials(t.Context(), userID, connector)
	if err != nil || len(listed) == 0 {
		t.Fatalf("%v: %v", listed, err)
	}
	return listed[len(listed)-1].ID
}

func (b *box) set(t *testing.T, settings map[string]any) {
	t.Helper()
	body, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	b.manage(t, http.MethodPut, "/settings", body)
}

func (b *box) revoke(t *testing.T, credential string) {
	t.Helper()
	b.manage(t, http.MethodPost, "/credentials/"+credential+"/revoke", nil)
}

func (b *box) manage(t *testing.T, method, path string, body []byte) {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, path, bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	b.management.ServeHTTP(answer, request)
	if answer.Code > 299 {
		t.Fatalf("%s %s: HTTP %d %s", method, path, answer.Code, answer.Body)
	}
}
