//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ask makes one request.
func (l *load) ask(ctx context.Context, a attempt) attempt {
	a.URL, a.Start = l.url(), time.Now()
	request, response, raw, err := post(ctx, l.http, a, body(a))
	a.End = time.Now()
	if err != nil {
		return a
	}
	return l.read(a, request, response, raw)
}

// post sends the body as it is, once: net/http would repeat a request that bears a key by itself, unseen.
func post(ctx context.Context, client *http.Client, a attempt, body []byte) (*http.Request, *http.Response, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, a.URL+"/v1/sends", bytes.NewReader(body))
	if err != nil {
		return nil, nil, nil, err
	}
	request.GetBody = nil
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+testServiceKey)
	request.Header.Set("X-User-Id", a.User)
	if a.Key != "" {
		request.Header.Set("Idempotency-Key", a.Key)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, nil, nil, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	return request, response, raw, err
}

// read judges an answer. It is held against the promises made for all refusals.
func (l *load) read(a attempt, request *http.Request, response *http.Response, raw []byte) attempt {
	got := answer{status: response.StatusCode, header: response.Header, raw: raw}
	if err := json.Unmarshal(raw, &got.body); err != nil {
		l.t.Errorf("%v: answered %d with what is no JSON: %v\n%s", a.subject, got.status, err, raw)
		return a
	}
	if got.status >= 300 {
		checkProblem(l.t, request, got)
	}
	for _, leak := range leaks {
		if bytes.Contains(raw, []byte(leak)) {
			l.t.Errorf("%v: the answer says %q:\n%s", a.subject, leak, raw)
		}
	}
	a.Status, a.Body, a.Code, a.RetryAfter = got.status, string(raw), got.str("code"), got.header.Get("Retry-After")
	a.State, a.SendID, a.CRMID = got.str("status"), got.str("id"), got.str("crmRecord", "id")
	return a
}

// body is the request of an attempt.
func body(a attempt) []byte {
	raw, err := json.Marshal(map[string]any{
		"connectionId": a.Connection, "object": a.Object, "record": record(a.Record, fieldsOf(a.subject, a.Digest)),
	})
	if err != nil {
		panic(err) // texts only
	}
	return raw
}

// markDomain ends the mark by which a record is known at the CRM.
const markDomain = "@load.example"

// fieldsOf are a record's fields: its mark, and the digest in a field that every CRM gives back.
func fieldsOf(s subject, digest string) map[string]any {
	if s.Object == "deal" {
		return map[string]any{"deal_name": s.Record + markDomain + " " + digest, "deal_stage": "appointmentscheduled"}
	}
	fields := maps.Clone(john())
	fields["contact_email"], fields["contact_last_name"] = s.Record+markDomain, digest
	return fields
}

// outcomes counts attempts by status, for a test's log.
func outcomes(attempts []attempt) string {
	counts := map[string]int{}
	for _, a := range attempts {
		counts[strings.TrimSpace(strconv.Itoa(a.Status)+" "+a.Code)]++
	}
	return fmt.Sprint(counts)
}
