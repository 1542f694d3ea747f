package api

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"sendtocrm/internal/guard"
)

// unread fails the test if anybody reads the body.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

// One user who takes all that is to be had is refused at once, and another is not.
func TestAdmit(t *testing.T) {
	t.Parallel()
	s := &Server{Gate: guard.NewGate(4)}
	hold, inside := make(chan struct{}), make(chan struct{}, 4)
	handler := s.admit(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		inside <- struct{}{}
		<-hold
		w.WriteHeader(http.StatusNoContent)
	}))
	ask := func(known any) *httptest.ResponseRecorder {
		request := httptest.NewRequest(http.MethodPost, "/v1/sends", unread{t})
		request = request.WithContext(context.WithValue(request.Context(), callerKey{}, known))
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		return answer
	}
	var group sync.WaitGroup
	admitted := func(known any) {
		t.Helper()
		group.Go(func() {
			if got := ask(known).Code; got != http.StatusNoContent {
				t.Errorf("%v: %d", known, got)
			}
		})
		<-inside
	}
	greedy := caller{service: "back-end", user: "greedy"}
	admitted(greedy)
	admitted(greedy)
	refused := ask(greedy)
	if refused.Code != http.StatusTooManyRequests || refused.Header().Get("Retry-After") != "1" ||
		!strings.Contains(refused.Body.String(), `"code":"rate_limited"`) {
		t.Errorf("%d %v %s", refused.Code, refused.Header(), refused.Body)
	}
	admitted(caller{user: "modest"})
	admitted(caller{service: "greedy"}) // a service that names no user is no user of that name
	if got := ask(caller{user: "late"}).Code; got != http.StatusTooManyRequests {
		t.Errorf("a full gate let one in: %d", got)
	}
	admitted(nil) // not a route of /v1
	close(hold)
	group.Wait()
	if used, _ := s.Gate.Load(); used != 0 {
		t.Errorf("%d slots were not given back", used)
	}
}
