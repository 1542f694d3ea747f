package alloy_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"sendtocrm/internal/crm"
)

// TestInputsActForNobodyElse: the connector's inputs come from a browser and must not take the place of what we say.
func TestInputsActForNobodyElse(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			t.Errorf("%s %s was called", r.Method, r.URL)
		}
		_, _ = io.WriteString(w, `{"metadata":[{"authenticationType":"apiKey","inputSchema":{"properties":{"accessToken":{}}}}]}`)
	})
	client := newClient(t, server.URL)
	for _, inputs := range []string{
		`{"userId":"somebody"}`, `{"accessToken":"x","authenticationType":"y"}`, `{"data":{}}`, `{"redirectUri":"https://evil.example"}`,
		`{"authConfigId":"z"}`, `[]`, `"x"`, `null`, `{"a":`,
	} {
		_, err := client.CreateCredential(t.Context(), crm.NewCredential{
			UserID: "u1", Connector: "copper", Type: "apiKey", Inputs: json.RawMessage(inputs),
		})
		if crm.CodeOf(err) != crm.InvalidRequest {
			t.Errorf("%s: got %v", inputs, err)
		}
	}
}

// TestFieldErrorsAreBounded: an answer with ten thousand complaints gives an error of a size that can be stored.
func TestFieldErrorsAreBounded(t *testing.T) {
	t.Parallel()
	fault := fmt.Sprintf(`{"field":"f","reason":%q}`, strings.Repeat("long ", 100))
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":{"code":"VALIDATION_ERROR","details":[`+fault+strings.Repeat(","+fault, 1000)+`]}}`)
	})
	_, err := every()[len(every())-1].run(t.Context(), newClient(t, server.URL))
	call, ok := err.(*crm.CallError)
	if !ok || len(call.Fields) != 50 || len([]rune(call.Fields[0].Message)) > 300 || !strings.HasSuffix(call.Fields[0].Message, "…") {
		t.Fatalf("got %v", err)
	}
}

// TestEnsureUserConcurrently: many first connects of the same user at once make one user.
func TestEnsureUserConcurrently(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	ids := map[string]string{}
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Method == http.MethodGet {
			name := strings.TrimPrefix(r.URL.Path, "/users/")
			if id, ok := ids[name]; ok {
				_ = json.NewEncoder(w).Encode(map[string]string{"userId": id, "username": name})
				return
			}
			w.WriteHeader(http.StatusNotFound)
			return
		}
		var body struct{ Username string }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || ids[body.Username] != "" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		ids[body.Username] = fmt.Sprintf("%024x", len(ids)+1)
		_ = json.NewEncoder(w).Encode(map[string]string{"userId": ids[body.Username]})
	})
	client := newClient(t, server.URL)
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() {
			if id, err := client.EnsureUser(t.Context(), "user_bhb"); err != nil || id != fmt.Sprintf("%024x", 1) {
				t.Errorf("got %q, %v", id, err)
			}
		})
	}
	wg.Wait()
}
