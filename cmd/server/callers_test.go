package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func (w *world) bearer(token string) client {
	return client{w, http.Header{"Authorization": {"Bearer " + token}}}
}

func TestWhoMayCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := w.settings["SESSION_SECRETS"]
	token := func(method jwt.SigningMethod, key any, change func(jwt.MapClaims)) string {
		claims := jwt.MapClaims{"iss": "send-to-crm", "aud": "send-to-crm", "sub": "user-1", "exp": time.Now().Add(time.Minute).Unix()}
		if change != nil {
			change(claims)
		}
		signed, err := jwt.NewWithClaims(method, claims).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	session := w.service("").post("/v1/sessions", map[string]any{"userId": "user-1"}).want(t, 201).str("token")
	w.bearer(session).get("/v1/connections").want(t, 200)

	tampered := strings.Split(session, ".")
	tampered[1] = strings.Split(token(jwt.SigningMethodHS256, []byte("another"), func(c jwt.MapClaims) { c["sub"] = "user-2" }), ".")[1]
	for name, c := range map[string]client{
		"nobody":           {w, http.Header{}},
		"wrong scheme":     {w, http.Header{"Authorization": {"Basic " + testServiceKey}}},
		"empty token":      w.bearer(""),
		"wrong key":        w.bearer(testServiceKey + "x"),
		"half a key":       w.bearer(testServiceKey[:10]),
		"not a token":      w.bearer("a.b.c"),
		"tampered":         w.bearer(strings.Join(tampered, ".")),
		"expired":          w.bearer(token(jwt.SigningMethodHS256, []byte(secret), func(c jwt.MapClaims) { c["exp"] = time.Now().Add(-time.Minute).Unix() })),
		"never expires":    w.bearer(token(jwt.SigningMethodHS256, []byte(secret), func(c jwt.MapClaims) { delete(c, "exp") })),
		"foreign secret":   w.bearer(token(jwt.SigningMethodHS256, []byte("another-secret-of-32-bytes-00000"), nil)),
		"foreign issuer":   w.bearer(token(jwt.SigningMethodHS256, []byte(secret), func(c jwt.MapClaims) { c["iss"] = "x" })),
		"foreign audience": w.bearer(token(jwt.SigningMethodHS256, []byte(secret), func(c jwt.MapClaims) { c["aud"] = "x" })),
		"no user":          w.bearer(token(jwt.SigningMethodHS256, []byte(secret), func(c jwt.MapClaims) { delete(c, "sub") })),
		"no algorithm":     w.bearer(token(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil)),
		"other algorithm":  w.bearer(token(jwt.SigningMethodHS512, []byte(secret), nil)),
	} {
		t.Run(name, func(t *testing.T) {
			a := c.get("/v1/connections").want(t, 401, "unauthorized")
			if a.header.Get("WWW-Authenticate") == "" {
				t.Error("a 401 has to say how to authenticate")
			}
			c.post("/v1/sends", "{").want(t, 401, "unauthorized") // before the body is looked at
		})
	}
	t.Run("a service names its user", func(t *testing.T) {
		w.service("").get("/v1/connections").want(t, 400, "invalid_request")
		w.service(strings.Repeat("x", 256)).get("/v1/connections").want(t, 400, "invalid_request")
		w.service("\xff\xfe").get("/v1/connections").want(t, 400, "invalid_request")
		w.service(strings.Repeat("x", 255)).get("/v1/connections").want(t, 200)
	})
	t.Run("a browser stays its token's user", func(t *testing.T) {
		mine := w.service("user-1").connected("hubspot")
		theirs := w.service("user-2").connected("hubspot")
		browser := w.bearer(session).with("X-User-Id", "user-2")
		browser.get("/v1/connections/"+theirs).want(t, 404, "not_found")
		browser.get("/v1/connections/"+mine).want(t, 200)
		browser.delete("/v1/connections/"+theirs).want(t, 404, "not_found")
		browser.post("/v1/sessions", map[string]any{"userId": "user-2"}).want(t, 403, "forbidden")
	})
	t.Run("sessions", func(t *testing.T) {
		for _, body := range []string{`{}`, `{"userId":""}`, `{"userId":"u","ttlSeconds":59}`, `{"userId":"u","ttlSeconds":3601}`, `{"userId":"u","x":1}`, `{"userId":"a\u0001"}`} {
			w.service("").post("/v1/sessions", body).want(t, 400, "invalid_request")
		}
		bound := w.service("").post("/v1/sessions", map[string]any{"userId": "user-1", "origin": testOrigin, "ttlSeconds": 60}).want(t, 201)
		expires, err := time.Parse(time.RFC3339, bound.str("expiresAt"))
		if err != nil || time.Until(expires) > time.Minute || time.Until(expires) < 50*time.Second {
			t.Errorf("expiresAt: %v %v", expires, err)
		}
		w.bearer(bound.str("token")).with("Origin", testOrigin).get("/v1/connections").want(t, 200)
		w.bearer(bound.str("token")).with("Origin", "https://evil.example").get("/v1/connections").want(t, 403, "forbidden")
	})
}

func TestCORS(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	preflight := func(origin string) http.Header {
		request, _ := http.NewRequest(http.MethodOptions, w.url+"/v1/sends", nil)
		request.Header = http.Header{
			"Origin": {origin}, "Access-Control-Request-Method": {"POST"},
			"Access-Control-Request-Headers": {"authorization,content-type"},
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return response.Header
	}
	if got := preflight(testOrigin).Get("Access-Control-Allow-Origin"); got != testOrigin {
		t.Errorf("a listed origin got %q", got)
	}
	for _, origin := range []string{"https://evil.example", "null", testOrigin + ".evil.example", "http://app.example", testOrigin + ":8443"} {
		if got := preflight(origin).Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("%s got %q", origin, got)
		}
	}
}
