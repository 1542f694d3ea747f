package alloy_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"unicode"

	"github.com/rs/zerolog"

	"sendtocrm/internal/alloy"
	"sendtocrm/internal/crm"
)

const (
	keyCanary   = "key-canary-8f2d"
	inputCanary = "input canary/7b1e"
	tokenCanary = "token-canary-55aa"
)

// TestSecretsStayInside: whatever Alloy sends back, and wherever, no secret is in an error, a log line or a formatted
// value.
func TestSecretsStayInside(t *testing.T) {
	t.Parallel()
	leak := "the key " + keyCanary + " and " + inputCanary + " and input%20canary%2F7b1e\x00\r\n at https://api.runalloy.com/x/authorize?userId=1&token=" + tokenCanary
	quoted, err := json.Marshal(leak)
	if err != nil {
		t.Fatal(err)
	}
	said := string(quoted)
	bodies := map[string]string{
		"message":   `{"error":{"code":` + said + `,"message":` + said + `,"details":[{"field":` + said + `,"reason":` + said + `,"code":` + said + `}]}}`,
		"string":    `{"error":` + said + `}`,
		"hubspot":   `{"status":"error","category":"VALIDATION_ERROR","message":` + said + `,"errors":[{"message":` + said + `,"in":` + said + `}]}`,
		"plain":     leak,
		"execution": `{"error":{"message":"no"},"executionId":` + said + `}`,
		"consent":   `{"oauthUrl":"javascript:` + tokenCanary + `"}`,
		"consent 2": `{"oauthUrl":"http://evil.example/?token=` + tokenCanary + `"}`,
	}
	calls := append(every(), call{
		Method: "CreateCredential", UserID: "u1", Connector: "pipedrive", Type: "apiKey",
		Inputs: json.RawMessage(`{"apiToken":"` + inputCanary + `","deep":{"list":["` + inputCanary + `"]}}`),
	})
	for name, body := range bodies {
		for _, status := range []int{200, 302, 400, 401, 404, 409, 422, 429, 500, 503} {
			server := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/metadata") {
					_, _ = w.Write([]byte(`{"metadata":[]}`))
					return
				}
				w.Header().Set("X-Execution-Id", keyCanary)
				w.Header().Set("Location", "https://evil.example/?token="+tokenCanary+"&key="+keyCanary+"%zz")
				w.WriteHeader(status)
				_, _ = w.Write([]byte(body))
			})
			var log bytes.Buffer
			client := newClient(t, server.URL, func(o *alloy.Options) {
				o.APIKey, o.Logger = keyCanary, zerolog.New(&log).Level(zerolog.TraceLevel)
			})
			for _, c := range calls {
				what := fmt.Sprintf("%s, HTTP %d, %s", name, status, c.Method)
				// A call without inputs has none to keep; what it may not show are the key and the token.
				secrets := []string{keyCanary, tokenCanary}
				if len(c.Inputs) > 0 {
					secrets = append(secrets, inputCanary, "input%20canary")
				}
				log.Reset()
				_, err := c.run(t.Context(), client)
				for _, text := range append(texts(err), log.String(), fmt.Sprintf("%v %+v %#v", client, client, *client)) {
					for _, secret := range secrets {
						if strings.Contains(text, secret) {
							t.Fatalf("%s: %q shows %q", what, text, secret)
						}
					}
				}
				for _, text := range shown(err) {
					if n := len([]rune(text)); n > 300 || strings.IndexFunc(text, unicode.IsControl) >= 0 {
						t.Fatalf("%s: %q (%d characters) is not fit to be shown", what, text, n)
					}
				}
			}
		}
	}
}

// TestBrokenAnswerIsNotQuoted: net/http quotes what it cannot read, and that may be our own header.
func TestBrokenAnswerIsNotQuoted(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			request, err := http.ReadRequest(bufio.NewReader(conn))
			if err == nil {
				_, _ = fmt.Fprintf(conn, "HTTP/1.1 %s\r\n\r\n", strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer "))
			}
			_ = conn.Close()
		}
	}()
	client := newClient(t, "http://"+listener.Addr().String(), func(o *alloy.Options) { o.APIKey = keyCanary })
	for _, c := range every() {
		_, err := c.run(t.Context(), client)
		wantLost(t, err, crm.MayHaveHappened)
		for _, text := range texts(err) {
			if strings.Contains(text, keyCanary) {
				t.Errorf("%s: %q shows the key", c.Method, text)
			}
		}
	}
}

// TestConsentURL: a browser is only sent where it can safely go.
func TestConsentURL(t *testing.T) {
	t.Parallel()
	for address, good := range map[string]bool{
		"https://app.hubspot.com/oauth/authorize?client_id=1": true,
		"http://127.0.0.1:9001/authorize?token=1":             true,
		"http://localhost/authorize":                          true,
		"http://alloy.example/authorize":                      false,
		"javascript:alert(1)":                                 false,
		"data:text/html,x":                                    false,
		"//alloy.example/authorize":                           false,
		"/authorize":                                          false,
		"https://":                                            false,
		"https://user:pass@alloy.example/":                    false,
	} {
		server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(w).Encode(map[string]string{"oauthUrl": address})
		})
		started, err := newClient(t, server.URL).CreateCredential(t.Context(), crm.NewCredential{UserID: "u1", Connector: "hubspot", Type: "oauth2"})
		if good && (err != nil || started.AuthorizationURL != address) {
			t.Errorf("%s: got %v, %v", address, started, err)
		}
		if !good && (err == nil || started != crm.CredentialStarted{} || strings.Contains(err.Error(), address)) {
			t.Errorf("%s: got %v, %v", address, started, err)
		}
	}
}

// texts are all the ways to print an error and what it wraps.
func texts(err error) []string {
	var all []string
	for ; err != nil; err = errors.Unwrap(err) {
		all = append(all, err.Error(), fmt.Sprintf("%v %+v %#v %q", err, err, err, err))
	}
	return all
}

// shown are the parts of an error that may be shown to a person.
func shown(err error) []string {
	var all []string
	var fields []crm.FieldError
	var call *crm.CallError
	var fault *crm.Error
	if errors.As(err, &fault) {
		all, fields = append(all, fault.Detail, fault.Remedy), append(fields, fault.Fields...)
	}
	if errors.As(err, &call) {
		all, fields = append(all, call.Message, call.UpstreamCode, call.ExecutionID), append(fields, call.Fields...)
	}
	for _, f := range fields {
		all = append(all, f.Field, f.Code, f.Message)
	}
	return all
}

// TestOptionsHideKey: options can be logged.
func TestOptionsHideKey(t *testing.T) {
	t.Parallel()
	o := alloy.Options{APIKey: keyCanary, BaseURL: "http://somewhere.example", APIVersion: "x", Timeout: -1}
	_, err := alloy.New(o)
	if err == nil {
		t.Fatal("faulty options were taken")
	}
	for _, text := range append(texts(err), fmt.Sprint(o), fmt.Sprintf("%v %+v %#v %s", o, o, o, &o)) {
		if strings.Contains(text, keyCanary) {
			t.Errorf("%q shows the key", text)
		}
	}
}

// TestReport: every call is observed once and logged in one line, by the context's logger if there is one, and a refused
// API key is an error that says what to do.
func TestReport(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"error":"Unauthorized","message":"Invalid API key"}`))
	})
	var base, own bytes.Buffer
	var seen []alloy.Observation
	client := newClient(t, server.URL, func(o *alloy.Options) {
		o.Logger = zerolog.New(&base)
		o.Observe = func(o alloy.Observation) { seen = append(seen, o) }
	})
	for _, ctx := range []context.Context{t.Context(), zerolog.New(&own).WithContext(t.Context())} {
		if _, err := every()[len(every())-1].run(ctx, client); err == nil {
			t.Fatal("a refused key is no error")
		}
	}
	for _, log := range []string{base.String(), own.String()} {
		var line map[string]any
		if err := json.Unmarshal([]byte(log), &line); err != nil {
			t.Fatalf("not one line: %q", log)
		}
		if line["level"] != "error" || line["operation"] != "execute" || line["connector"] != "hubspot" ||
			line["action"] != "createContact" || line["status"] != 401.0 || !strings.Contains(fmt.Sprint(line["error"]), "API key") {
			t.Errorf("got %s", log)
		}
	}
	if len(seen) != 2 || seen[0].Operation != "execute" || seen[0].Outcome != "internal" || seen[0].Duration <= 0 {
		t.Errorf("observed %v", seen)
	}
}
