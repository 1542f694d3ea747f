package jobs_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/jobs"
	"sendtocrm/internal/testdb"
)

// A failure is the end of its job and of nothing else; the log has all of it and River's table nothing but its code.
func TestFailures(t *testing.T) {
	t.Parallel()
	const secret = "john.doe@acme.com"
	for name, c := range map[string]struct {
		attend  func() error
		errors  []string
		message string
		stack   bool
	}{
		"an expected failure": {
			func() error { return crm.Errorf(crm.UpstreamUnavailable, "no answer about %s", secret) },
			[]string{"upstream_unavailable"}, "no answer about " + secret, false,
		},
		"an unexpected one": {func() error { return errors.New("odd: " + secret) }, []string{"internal"}, "odd: " + secret, false},
		"a panic":           {func() error { panic("odd: " + secret) }, []string{"internal"}, "panic: odd: " + secret, true},
		"its own deadline":  {func() error { return context.DeadlineExceeded }, []string{"internal"}, "context deadline exceeded", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := newQueue(t, testdb.New(t))
			log, first := &logbook{}, make(chan uuid.UUID, 1)
			q.run(jobs.Options{Workers: 1, Logger: log.logger(zerolog.InfoLevel), Attender: attend(
				func(_ context.Context, send uuid.UUID) error {
					select {
					case first <- send:
						return c.attend()
					default:
						return nil
					}
				})})
			sends := q.add(2)
			if got := q.settled(sends[0], "discarded").Errors; !cmp.Equal(c.errors, got) {
				t.Errorf("River keeps %q, want %q", got, c.errors)
			}
			q.settled(sends[1], "completed")

			entry := wantEntry(t, log, "a job failed", sends[0])
			if entry["level"] != "error" || entry["error"] == nil || !strings.Contains(entry["error"].(string), c.message) {
				t.Errorf("the log lacks %q: %v", c.message, entry)
			}
			if _, has := entry["job_id"]; !has {
				t.Errorf("the log does not name the job: %v", entry)
			}
			if stack, _ := entry["stack"].(string); strings.Contains(stack, "send_test.go") != c.stack {
				t.Errorf("stack %q, want one: %t", stack, c.stack)
			}
		})
	}
}

// wantEntry finds the one log entry with the message, which must name the send.
func wantEntry(t *testing.T, log *logbook, message string, send uuid.UUID) map[string]any {
	t.Helper()
	lines := slices.DeleteFunc(log.lines(t), func(entry map[string]any) bool { return entry["message"] != message })
	if len(lines) != 1 || lines[0]["send_id"] != send.String() {
		t.Fatalf("log entries %q: %v, want one about %s", message, lines, send)
	}
	return lines[0]
}

// River speaks, at the level info and below, of what is nobody's business unless somebody is looking for a fault.
func TestRiverIsQuietUnlessTraced(t *testing.T) {
	t.Parallel()
	for level, want := range map[zerolog.Level]bool{zerolog.InfoLevel: false, zerolog.DebugLevel: false, zerolog.TraceLevel: true} {
		q := newQueue(t, testdb.New(t))
		log := &logbook{}
		r := q.run(jobs.Options{Logger: log.logger(level), Attender: attend(func(context.Context, uuid.UUID) error {
			return errors.New("odd")
		})})
		q.settled(q.add(1)[0], "discarded")
		if err := r.stopped(); err != nil {
			t.Fatal(err)
		}
		spoke := slices.ContainsFunc(log.lines(t), func(entry map[string]any) bool { return entry["component"] == "river" })
		if spoke != want {
			t.Errorf("at level %s River speaks: %t, want %t", level, spoke, want)
		}
	}
}
