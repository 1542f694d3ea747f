package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"sendtocrm/internal/crm"
)

// entry collects what the request's one log line says. Handlers add to it through the context.
type entry struct {
	id         string
	caller     string // service, session or host
	user       string
	connection string
	send       string
	err        error
}

type entryKey struct{}

func entryOf(ctx context.Context) *entry {
	if e, ok := ctx.Value(entryKey{}).(*entry); ok {
		return e
	}
	return &entry{}
}

func requestID(ctx context.Context) string { return entryOf(ctx).id }

// note keeps the inner cause of an error for the request's log line; it is logged there and nowhere else.
func note(r *http.Request, err error) { entryOf(r.Context()).err = err }

// givenID is what a caller's X-Request-Id may look like to be taken over.
var givenID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// recorder gives each request an id, one log line and a place in the metrics, and turns a panic into a problem.
func (s *Server) recorder() func(http.Handler) http.Handler {
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "http_request_duration_seconds", Help: "Time to answer, by route and status.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
	}, []string{"method", "route", "status"})
	s.Metrics.MustRegister(durations)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			e := &entry{id: r.Header.Get("X-Request-Id")}
			if !givenID.MatchString(e.id) {
				e.id = uuid.Must(uuid.NewV7()).String()
			}
			w.Header().Set("X-Request-Id", e.id)
			answer := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
			r = r.WithContext(context.WithValue(r.Context(), entryKey{}, e))
			defer func() {
				if cause := recover(); cause != nil {
					s.panicked(answer, r, cause)
				}
				route := chi.RouteContext(r.Context()).RoutePattern()
				if route == "" {
					route = "none"
				}
				took := time.Since(start)
				durations.WithLabelValues(knownMethod(r.Method), route, strconv.Itoa(answer.Status())).Observe(took.Seconds())
				s.logLine(r, e, answer, route, took)
			}()
			next.ServeHTTP(answer, r)
			if answer.Status() == 0 {
				answer.WriteHeader(http.StatusOK)
			}
		})
	}
}

func (s *Server) panicked(w middleware.WrapResponseWriter, r *http.Request, cause any) {
	if cause == http.ErrAbortHandler { //nolint:errorlint // a recovered value, never wrapped
		panic(cause) // the standard library's way to drop a connection
	}
	s.Logger.Error().Str("request_id", requestID(r.Context())).Str("panic", fmt.Sprint(cause)).Bytes("stack", debug.Stack()).Msg("panic")
	if w.Status() == 0 {
		writeProblem(w, r, &crm.Error{Code: crm.Internal})
	}
}

func (s *Server) logLine(r *http.Request, e *entry, w middleware.WrapResponseWriter, route string, took time.Duration) {
	line := s.Logger.WithLevel(level(w.Status()))
	line.Str("request_id", e.id).Str("method", r.Method).Str("route", route).Int("status", w.Status()).
		Int("bytes", w.BytesWritten()).Dur("ms", took)
	for _, field := range []struct{ key, value string }{
		{"caller", e.caller}, {"user", e.user}, {"connection_id", e.connection}, {"send_id", e.send},
	} {
		if field.value != "" {
			line.Str(field.key, field.value)
		}
	}
	if e.err != nil {
		line.Str("code", string(crm.CodeOf(e.err))).AnErr("error", cause(e.err))
	}
	line.Msg("request")
}

// cause is what the log may say of an error. What was wrong with a record, and what the CRM said of it, quotes the record:
// of these only the inner cause is logged.
func cause(err error) error {
	var known *crm.Error
	if !errors.As(err, &known) {
		return err
	}
	switch known.Code {
	case crm.InvalidRecord, crm.CRMRejected, crm.CRMDuplicate, crm.CRMRecordGone, crm.ReconnectRequired, crm.UpstreamUnavailable:
		return known.Err
	}
	return err
}

func level(status int) zerolog.Level {
	if status >= http.StatusInternalServerError {
		return zerolog.ErrorLevel
	}
	return zerolog.InfoLevel
}

// knownMethod keeps a caller from inventing metric labels.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}
