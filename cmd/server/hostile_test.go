package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Whatever comes back for a create: memory stays bounded, no wrong id is stored, the outcome is a refusal or unknown and
// never a success, and the key goes to nobody else.
func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	var leaked atomic.Bool
	stranger := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		leaked.Store(leaked.Load() || r.Header.Get("Authorization") != "")
	}))
	t.Cleanup(stranger.Close)
	says := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, body)
		}
	}
	id := func(value string) http.HandlerFunc {
		return says(`{"responseData":{"id":` + value + `},"statusCode":200}`)
	}
	zeros := func(w io.Writer, size int) {
		chunk := make([]byte, 1<<20)
		for range size >> 20 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		status string // of the send
	}{
		"a gibibyte": {func(w http.ResponseWriter, _ *http.Request) { zeros(w, 1<<30) }, "unknown"},
		"a gzip bomb": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			packed := gzip.NewWriter(w)
			zeros(packed, 1<<30)
			_ = packed.Close()
		}, "unknown"},
		"a byte a second": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, " ")
				_ = http.NewResponseController(w).Flush()
				time.Sleep(time.Second)
			}
		}, "unknown"},
		"no JSON":                  {says(`{"responseData":`), "unknown"},
		"nothing":                  {says(``), "unknown"},
		"null":                     {says(`null`), "unknown"},
		"an id that is null":       {id(`null`), "unknown"},
		"an id that is a list":     {id(`["166643419989"]`), "unknown"},
		"an id that is an object":  {id(`{"id":1}`), "unknown"},
		"an id that is a fraction": {id(`1.5`), "unknown"},
		"an id of a mebibyte":      {id(`"` + strings.Repeat("1", 1<<20) + `"`), "unknown"},
		"an id with a line break":  {id(`"1\n2"`), "unknown"},
		"a refusal that is a 200":  {says(`{"responseData":{"status":"error","category":"VALIDATION_ERROR","message":"No."},"statusCode":200}`), "failed"},
		"Alloy's refusal in a 200": {says(`{"error":{"code":"VALIDATION_ERROR","message":"No."}}`), "failed"},
		"a redirect to a stranger": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, stranger.URL, http.StatusTemporaryRedirect)
		}, "unknown"},
		"a status that is none":     {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(299) }, "unknown"},
		"a statusCode of a failure": {says(`{"responseData":{"id":"1"},"statusCode":502}`), "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var hostile atomic.Bool
			w := newWorldBehind(t, func(alloy http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if hostile.Load() && strings.HasSuffix(r.URL.Path, "/createContact/execute") {
						_, _ = io.Copy(io.Discard, r.Body)
						c.answer(w, r)
						return
					}
					alloy.ServeHTTP(w, r)
				})
			}, env{"ALLOY_TIMEOUT": "3s", "LOOKUP_LAG": "1h", "LOG_LEVEL": "info"})
			caller := w.service("user-1")
			body := contact(caller.connected("hubspot"))
			hostile.Store(true)
			before := heap()
			began := time.Now()
			a := caller.post("/v1/sends", body)
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("after %v", took)
			}
			if grown := heap() - before; grown > 256<<20 { // all cases run at once
				t.Errorf("the heap has grown by %d MiB", grown>>20)
			}
			send := a.str("id") + a.str("sendId")
			sent := caller.get("/v1/sends/"+send).want(t, http.StatusOK)
			if sent.str("status") != c.status || sent.str("crmRecord", "id") != "" {
				t.Errorf("want %s: %v", c.status, sent)
			}
			if links := fmt.Sprint(caller.get("/v1/records/contact/r1").want(t, http.StatusOK).body["links"]); links != "[]" {
				t.Errorf("an id was stored: %s", links)
			}
		})
	}
	t.Cleanup(func() {
		if leaked.Load() {
			t.Error("the key went to a stranger")
		}
	})
}

func heap() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
