package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"sendtocrm/internal/testdb"
)

// One line a request, with who, what and how long, and nothing of the record.
func TestRequestLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1").with("X-Request-Id", "given-request-id")
	body := contact(caller.connected("hubspot"))
	sent := caller.post("/v1/sends", body).want(t, 201)
	if sent.header.Get("X-Request-Id") != "given-request-id" {
		t.Errorf("the caller's request id was not kept: %v", sent.header)
	}
	var line map[string]any
	w.eventually("the request is logged", func() (ok bool) {
		line, ok = w.logs.find(func(l map[string]any) bool { return l["route"] == "/v1/sends" })
		return ok
	})
	for key, want := range map[string]any{
		"message": "request", "method": "POST", "status": 201.0, "request_id": "given-request-id", "caller": "service:back-end",
		"user": "user-1", "connection_id": sent.str("connectionId"), "send_id": sent.str("id"), "level": "info",
	} {
		if line[key] != want {
			t.Errorf("%s: %v, not %v", key, line[key], want)
		}
	}
	for _, secret := range []string{"john.doe@acme.com", "(555)", testServiceKey, testAlloyKey, "a-session-secret"} {
		if strings.Contains(w.logs.text(), secret) {
			t.Errorf("the log says %q", secret)
		}
	}
}

func (w *world) text(address string) string {
	w.t.Helper()
	response, err := http.Get(address)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	raw, _ := io.ReadAll(response.Body)
	if response.StatusCode != http.StatusOK {
		w.t.Fatalf("%s: %s\n%s", address, response.Status, raw)
	}
	return string(raw)
}

func TestOperatorsListener(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	caller.post("/v1/sends", contact(caller.connected("hubspot"))).want(t, 201)
	metrics := w.text(w.admin + "/metrics")
	for _, want := range []string{
		`http_request_duration_seconds_count{method="POST",route="/v1/sends",status="201"} 1`,
		`alloy_call_duration_seconds_count{operation="execute",outcome="ok"} 1`,
		`db_pool_connections{state="max"}`, "go_goroutines",
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	w.text(w.admin + "/debug/pprof/goroutine?debug=1")
	for _, path := range []string{"/metrics", "/debug/pprof/"} {
		client{w, http.Header{}}.get(path).want(t, 404, "not_found")
	}
}

func TestDocs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if !strings.Contains(w.text(w.url+"/openapi.yaml"), "openapi: 3.1.0") {
		t.Error("/openapi.yaml is not the contract")
	}
	page := w.text(w.url + "/docs")
	if strings.Contains(page, "cdn") || strings.Contains(page, `src="http`) || strings.Contains(page, `href="http`) {
		t.Errorf("/docs loads from elsewhere:\n%s", page)
	}
	if !strings.Contains(w.text(w.url+"/docs/errors"), `id="outcome_unknown"`) {
		t.Error("/docs/errors lacks a code")
	}
}

// An empty database: alive, not ready, and the answer names the missing migration and the command. After the command
// it is ready, without a restart.
func TestReadiness(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.stop()
	w.settings["DATABASE_URL"] = testdb.Empty(t)
	w.start()
	nobody := client{w, http.Header{}}
	nobody.get("/healthz").want(t, 200)
	a := nobody.get("/readyz").want(t, 503, "storage_unavailable")
	if !strings.Contains(a.str("detail"), "server migrate") || a.header.Get("Retry-After") == "" {
		t.Errorf("%v", a)
	}
	var out strings.Builder
	for _, step := range []struct {
		args []string
		says string
	}{
		{[]string{"migrate"}, "migration 4 of 4"},
		{[]string{"migrate", "down", "1"}, "migration 3 of 4"},
		{[]string{"migrate", "up"}, "migration 4 of 4"},
	} {
		out.Reset()
		if code := run(t.Context(), step.args, w.settings, &out, &out); code != 0 || !strings.Contains(out.String(), step.says) {
			t.Fatalf("%v: %d\n%s", step.args, code, out.String())
		}
	}
	nobody.get("/readyz").want(t, 200)
	w.service("user-1").get("/v1/connections").want(t, 200)
	if code := run(t.Context(), []string{"health"}, w.settings, &out, &out); code != 0 {
		t.Errorf("health: %d\n%s", code, out.String())
	}
}

// Without its database the service says so, quickly, and does not call the CRM.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.stop()
	w.settings["DATABASE_URL"] = "postgres://nobody:canary@127.0.0.1:1/none"
	w.start()
	caller := w.service("user-1")
	for _, a := range []answer{caller.get("/v1/connections"), caller.post("/v1/sends", contact("0192d3a0-0000-7000-8000-000000000000"))} {
		a.want(t, 503, "storage_unavailable")
		if a.header.Get("Retry-After") == "" || strings.Contains(string(a.raw), "canary") {
			t.Errorf("%v", a)
		}
	}
	if strings.Contains(w.logs.text(), "canary") {
		t.Error("the log says the database's password")
	}
}

// A process that is asked to stop answers what it has begun.
func TestGracefulStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	body := contact(caller.connected("hubspot"))
	w.fault(map[string]any{"match": map[string]any{"operation": "create"}, "kind": "delay", "delayMs": 1000})
	done := make(chan answer, 1)
	go func() { done <- caller.post("/v1/sends", body) }()
	w.eventually("the CRM is called", func() bool {
		return strings.Contains(dump(t, w), "sending")
	})
	if code := w.stop(); code != 0 {
		t.Errorf("the program ended with %d", code)
	}
	(<-done).want(t, 201)
}

// The host's own JWTs, checked against its JWKS.
func TestHostTokens(t *testing.T) {
	t.Parallel()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	jwks := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"keys":[{"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":"k1","x":"`+
			base64.RawURLEncoding.EncodeToString(public)+`"}]}`)
	}))
	t.Cleanup(jwks.Close)
	w := newWorld(t, env{"HOST_JWKS_URL": jwks.URL, "HOST_JWT_ISSUER": "https://host.example", "HOST_JWT_AUDIENCE": "crm"})
	token := func(key any, change jwt.MapClaims) client {
		claims := jwt.MapClaims{"iss": "https://host.example", "aud": "crm", "sub": "user-1", "exp": time.Now().Add(time.Minute).Unix()}
		for name, value := range change {
			claims[name] = value
		}
		var method jwt.SigningMethod = jwt.SigningMethodEdDSA
		if _, symmetric := key.([]byte); symmetric {
			method = jwt.SigningMethodHS256
		}
		unsigned := jwt.NewWithClaims(method, claims)
		unsigned.Header["kid"] = "k1"
		signed, err := unsigned.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return w.bearer(signed)
	}
	token(private, nil).get("/v1/connections").want(t, 200)
	_, foreign, _ := ed25519.GenerateKey(rand.Reader)
	for name, c := range map[string]client{
		"foreign key":                  token(foreign, nil),
		"another issuer":               token(private, jwt.MapClaims{"iss": "x"}),
		"another audience":             token(private, jwt.MapClaims{"aud": "x"}),
		"expired":                      token(private, jwt.MapClaims{"exp": time.Now().Add(-time.Minute).Unix()}),
		"public key as an HMAC secret": token([]byte(public), nil),
		"no user":                      token(private, jwt.MapClaims{"sub": ""}),
	} {
		t.Run(name, func(t *testing.T) { c.get("/v1/connections").want(t, 401, "unauthorized") })
	}
}
