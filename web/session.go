package web

import (
	"bytes"
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"time"
)

const (
	sessionBodyLimit = 1 << 10
	sessionTimeout   = 10 * time.Second
)

// token is what the service answers and the page gets.
type token struct {
	Token     string    `json:"token"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// sessions is the host's back end: it takes {"user":"demo-user-1"} from its own page and answers 200 with a session
// token of the service for that user. A real host takes the user from its own login instead of the body.
func sessions(o DemoOptions) http.Handler {
	answer := func(w http.ResponseWriter, r *http.Request) {
		if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
			refuse(w, http.StatusUnsupportedMediaType, "The body has to be application/json.", "Send {\"user\":\"demo-user-1\"}.")
			return
		}
		var wanted struct {
			User string `json:"user"`
		}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, sessionBodyLimit)).Decode(&wanted); err != nil {
			refuse(w, http.StatusBadRequest, "The body is not a small JSON object.", "Send {\"user\":\"demo-user-1\"}.")
			return
		}
		if !slices.ContainsFunc(users, func(u demoUser) bool { return u.ID == wanted.User }) {
			refuse(w, http.StatusForbidden, "Nobody of that name can sign in here.", "Use one of the demo's users.")
			return
		}
		made, ok := newSession(r.Context(), o, wanted.User, r.Header.Get("Origin"))
		if !ok {
			refuse(w, http.StatusBadGateway, "The service made no session token.", "Look at its log; its service key and SESSION_SECRETS have to be set.")
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		writeJSON(w, http.StatusOK, "application/json", made)
	}
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusForbidden, "Only this page may ask for a session.", "Open the page itself.")
	}))
	return protection.Handler(http.HandlerFunc(answer))
}

// newSession asks the service for a token, bound to the page's origin where the browser named it.
func newSession(ctx context.Context, o DemoOptions, user, origin string) (token, bool) {
	// A call of its own, as over HTTP: it ends with the browser's request but inherits none of that request's values.
	call, cancel := context.WithTimeout(context.Background(), sessionTimeout)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()

	wanted := map[string]string{"userId": user}
	if origin != "" {
		wanted["origin"] = origin
	}
	body, err := json.Marshal(wanted)
	if err != nil {
		return token{}, false
	}
	request, err := http.NewRequestWithContext(call, http.MethodPost, "/v1/sessions", bytes.NewReader(body)) //nolint:contextcheck // see call
	if err != nil {
		return token{}, false
	}
	request.RequestURI, request.RemoteAddr = request.URL.Path, "127.0.0.1:0"
	request.Header.Set("Authorization", "Bearer "+o.ServiceKey)
	request.Header.Set("Content-Type", "application/json")
	got := answer{header: http.Header{}}
	o.API.ServeHTTP(&got, request)

	var made token
	if got.status != http.StatusCreated || json.Unmarshal(got.body.Bytes(), &made) != nil || made.Token == "" {
		return token{}, false
	}
	return made, true
}

// answer keeps what a handler writes.
type answer struct {
	status int
	header http.Header
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// refuse answers in the form of the service's own problems, so that the page has one way to show them.
func refuse(w http.ResponseWriter, status int, detail, remedy string) {
	writeJSON(w, status, "application/problem+json", map[string]any{
		"type": "about:blank", "title": http.StatusText(status), "status": status,
		"detail": detail, "remedy": remedy, "retryable": status == http.StatusBadGateway,
	})
}

func writeJSON(w http.ResponseWriter, status int, contentType string, v any) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the browser may be gone
}
