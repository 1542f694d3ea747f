package alloy_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/crm"
)

// TestContract holds the client against every recorded exchange: the request has to be the recorded one to the letter,
// and the answer has to be understood as the exchange says.
func TestContract(t *testing.T) {
	t.Parallel()
	exchanges := readExchanges(t)
	played := map[string]bool{}
	for name, e := range exchanges {
		if e.Call == nil {
			continue
		}
		plays := e.Plays
		if plays == nil {
			plays = []string{name}
		}
		script := make([]exchange, len(plays))
		for i, play := range plays {
			script[i] = exchanges[play]
			played[play] = true
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			replay(t, e, script)
		})
	}
	for name := range exchanges {
		if !played[name] {
			t.Errorf("no call plays the exchange %s", name)
		}
	}
}

func replay(t *testing.T, e exchange, script []exchange) {
	const prefix = "/base/path" // a base URL may have a path
	var mu sync.Mutex
	next := 0
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if next == len(script) {
			t.Errorf("one request too many: %s %s", r.Method, r.URL)
			w.WriteHeader(http.StatusTeapot)
			return
		}
		if err := script[next].checkRequest(r, prefix); err != nil {
			t.Errorf("request %d, %s: %v", next+1, script[next].Name, err)
		}
		script[next].respond(w)
		next++
	})
	value, err := e.Call.run(t.Context(), newClient(t, server.URL+prefix+"/"))
	if next != len(script) {
		t.Errorf("%d requests were made, want %d", next, len(script))
	}
	if e.Want.Error != nil {
		checkError(t, *e.Want.Error, err)
		return
	}
	if err != nil {
		t.Fatalf("%s: %v", e.Call.Method, err)
	}
	got, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(decoded(e.Want.Value), decoded(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func checkError(t *testing.T, want wantError, err error) {
	t.Helper()
	got := wantError{}
	var call *crm.CallError
	var fault *crm.Error
	switch {
	case errors.As(err, &fault):
		got = wantError{Code: string(fault.Code), Message: fault.Detail, Fields: fault.Fields, RetryAfter: fault.RetryAfter.String()}
	case errors.As(err, &call):
		effect := map[crm.Effect]string{crm.MayHaveHappened: "may_have_happened", crm.NotExecuted: "not_executed", crm.Refused: "refused"}
		got = wantError{
			Code: string(call.Code), Effect: effect[call.Effect], Message: call.Message, Fields: call.Fields,
			RetryAfter: call.RetryAfter.String(), ExistingID: call.ExistingID, ExecutionID: call.ExecutionID,
			UpstreamCode: call.UpstreamCode, UnknownCred: call.UnknownCred,
		}
	default:
		t.Fatalf("got %v (%T), want an error with code %s", err, err, want.Code)
	}
	if got.RetryAfter == time.Duration(0).String() {
		got.RetryAfter = ""
	}
	if got.Message == "" {
		t.Error("the error has no words")
	}
	if want.Message == "" {
		got.Message = ""
	}
	if want.UpstreamCode == "" {
		got.UpstreamCode = ""
	}
	if want.Fields == nil {
		got.Fields = nil
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("error (-want +got):\n%s\n%v", diff, err)
	}
}
