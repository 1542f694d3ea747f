package alloy_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"sendtocrm/internal/alloy"
	"sendtocrm/internal/crm"
)

// BenchmarkExecute is the client's own share of a send: the transport answers from memory.
func BenchmarkExecute(b *testing.B) {
	e := `{"responseData":{"id":"166643419989","properties":{"createdate":"2025-10-23T18:52:29.567Z","email":"john.doe@acme.com",` +
		`"firstname":"John","lastname":"Doe","phone":"+1 (555) 123-4567","company":"Acme Corp","jobtitle":"Sales Manager"},` +
		`"createdAt":"2025-10-23T18:52:29.567Z","url":"https://app.hubspot.com/contacts/166643419989"},"statusCode":200}`
	client, err := alloy.New(alloy.Options{APIKey: "API_KEY", Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, ContentLength: int64(len(e)), Body: io.NopCloser(strings.NewReader(e))}, nil
	})})
	if err != nil {
		b.Fatal(err)
	}
	call := crm.Call{UserID: "u1", CredentialID: "c1", Connector: "hubspot", Action: "createContact", Request: crm.Request{
		Body: json.RawMessage(`{"properties":{"email":"john.doe@acme.com","firstname":"John","lastname":"Doe"}}`),
	}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.Execute(b.Context(), call); err != nil {
			b.Fatal(err)
		}
	}
}
