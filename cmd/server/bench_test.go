package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
)

// BenchmarkSend measures single sends against the smallest handler that keeps the same durability: a select, an insert
// that is committed before the upstream call, an update that is committed after it. Both run in this process, on one
// Postgres, against one stand-in for Alloy, in turns, so that their ratio means something on a busy machine:
//
//	go test -run '^$' -bench Send -benchtime 1x ./cmd/server
func BenchmarkSend(b *testing.B) {
	for _, callers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			ours, ideal := newContest(b)
			var sent, reference float64
			for b.Loop() {
				for range 4 {
					sent += ours.rate(b, callers, time.Second)
					reference += ideal.rate(b, callers, time.Second)
				}
			}
			b.ReportMetric(sent/reference, "of-ideal")
			b.ReportMetric(sent/4/float64(b.N), "sends/s")
			b.ReportMetric(reference/4/float64(b.N), "ideal/s")
		})
	}
}

// contestant is one way to send a record.
type contestant struct {
	client  *http.Client
	request func(n int64) *http.Request
	count   atomic.Int64
}

// rate is how many sends a second so many callers get done.
func (c *contestant) rate(b *testing.B, callers int, span time.Duration) float64 {
	b.Helper()
	until := time.Now().Add(span)
	var done atomic.Int64
	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			for time.Now().Before(until) {
				response, err := c.client.Do(c.request(c.count.Add(1)))
				if err != nil {
					b.Error(err)
					return
				}
				raw, _ := io.ReadAll(response.Body)
				_ = response.Body.Close()
				if response.StatusCode != http.StatusCreated {
					b.Errorf("%s: %s", response.Status, raw)
					return
				}
				done.Add(1)
			}
		})
	}
	group.Wait()
	return float64(done.Load()) / span.Seconds()
}

// newContest starts both on one database and one stand-in, which answers an execute at once and leaves the rest to the
// sandbox.
func newContest(b *testing.B) (ours, ideal *contestant) {
	b.Helper()
	var records atomic.Int64
	w := newWorldBehind(b, func(alloy http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/execute") {
				alloy.ServeHTTP(w, r)
				return
			}
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"responseData":{"id":"%d","properties":{}},"statusCode":200}`, records.Add(1))
		})
	}, env{"CONNECTION_RATE": "off", "CALLER_RATE": "off", "LOG_LEVEL": "info"})
	caller := w.service("user-1")
	connection := caller.connected("hubspot")
	pool, err := pgxpool.New(context.Background(), w.db)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	if _, err := pool.Exec(context.Background(), `CREATE TABLE ideal (id uuid PRIMARY KEY, user_id text, body bytea, status text, crm_id text, at timestamptz)`); err != nil {
		b.Fatal(err)
	}
	minimal := httptest.NewServer(idealHandler(pool, w.alloy.URL))
	b.Cleanup(minimal.Close)
	client := func() *http.Client {
		return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
	}
	body := func(n int64) io.Reader {
		return strings.NewReader(fmt.Sprintf(`{"connectionId":%q,"object":"contact","record":{"id":"cust_%d","fields":{"contact_email":"c%d@acme.example",`+
			`"contact_first_name":"John","contact_last_name":"Doe","contact_phone":"+1 (555) 123-4567","contact_company":"Acme Corp","contact_city":"Berlin"}}}`, connection, n, n))
	}
	ours = &contestant{client: client(), request: func(n int64) *http.Request {
		r, _ := http.NewRequest(http.MethodPost, w.url+"/v1/sends", body(n))
		r.Header = caller.header.Clone()
		r.Header.Set("Content-Type", "application/json")
		return r
	}}
	ideal = &contestant{client: client(), request: func(n int64) *http.Request {
		r, _ := http.NewRequest(http.MethodPost, minimal.URL+"/v1/sends/"+connection, body(n))
		return r
	}}
	return ours, ideal
}

// idealHandler is as small as a durable send can be.
func idealHandler(pool *pgxpool.Pool, upstream string) http.Handler {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
	r := chi.NewRouter()
	r.Post("/v1/sends/{connection}", func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		raw, err := io.ReadAll(r.Body)
		var body struct {
			Record struct {
				Fields map[string]any `json:"fields"`
			} `json:"record"`
		}
		if err == nil {
			err = json.Unmarshal(raw, &body)
		}
		var user string
		if err == nil {
			err = pool.QueryRow(ctx, `SELECT user_id::text FROM connections WHERE id = $1`, chi.URLParam(r, "connection")).Scan(&user)
		}
		id := uuid.Must(uuid.NewV7())
		if err == nil {
			_, err = pool.Exec(ctx, `INSERT INTO ideal (id, user_id, body, status, at) VALUES ($1, $2, $3, 'sending', now())`, id, user, raw)
		}
		var answer struct {
			ResponseData struct{ ID string } `json:"responseData"`
		}
		if err == nil {
			payload, _ := json.Marshal(map[string]any{"requestBody": map[string]any{"properties": body.Record.Fields}})
			var response *http.Response
			if response, err = client.Post(upstream+"/connectors/hubspot/actions/createContact/execute", "application/json", bytes.NewReader(payload)); err == nil {
				err = json.NewDecoder(response.Body).Decode(&answer)
				_ = response.Body.Close()
			}
		}
		if err == nil {
			_, err = pool.Exec(ctx, `UPDATE ideal SET status = 'succeeded', crm_id = $2 WHERE id = $1`, id, answer.ResponseData.ID)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(map[string]any{"id": id, "status": "succeeded", "crmRecord": map[string]any{"id": answer.ResponseData.ID}})
	})
	return r
}
