package crm

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
)

// line is a queue that notes what becomes of its one send.
type line struct {
	Queue
	by        time.Duration
	postponed int
	dismissed int
}

func (l *line) Postpone(_ context.Context, _ uuid.UUID, by time.Duration, _ *Failure) error {
	l.by, l.postponed = by, l.postponed+1
	return nil
}

func (l *line) Dismiss(context.Context, uuid.UUID, Failure) error { l.dismissed++; return nil }

// What stands against a queued send is waited for where time, or a reconnect, can change it.
func TestNotNow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  *Error
		age  time.Duration
		by   time.Duration // at least; 0: dismissed
		ends bool
	}{
		"a reconnect is needed":        {&Error{Code: ReconnectRequired}, time.Hour, parked, false},
		"a reconnect, after two days":  {&Error{Code: ReconnectRequired}, 48 * time.Hour, parked, false},
		"an earlier create is unknown": {&Error{Code: OutcomeUnknown}, time.Hour, parked, false},
		"the CRM is down":              {&Error{Code: UpstreamUnavailable, RetryAfter: 7 * time.Second}, time.Hour, 7 * time.Second, false},
		"the CRM is down, after a day": {&Error{Code: UpstreamUnavailable}, giveUpAfter + 1, 0, true},
		"the record is faulty":         {&Error{Code: InvalidRecord}, 0, 0, true},
	} {
		l := &line{}
		_ = (&Sender{queue: l}).notNow(t.Context(), Waiting{Age: c.age}, c.err) // it goes to the log
		if (l.dismissed == 1) != c.ends || (l.postponed == 1) == c.ends || l.by < c.by {
			t.Errorf("%s: dismissed %d times, postponed %d times by %v", name, l.dismissed, l.postponed, l.by)
		}
	}
}

// A process that stops begins no queued send: it leaves it to the others.
func TestStoppingProcessLeavesTheQueueAlone(t *testing.T) {
	t.Parallel()
	stopping, stop := context.WithCancel(t.Context())
	stop()
	l := &line{}
	s := &Sender{queue: l, config: SenderConfig{Stopping: stopping}}
	if err := s.deliver(t.Context(), Waiting{}); err != nil || l.postponed != 1 || l.dismissed != 0 {
		t.Errorf("%+v %v", l, err)
	}
}

// away is a ledger that does not answer for a while, and then takes one outcome.
type away struct {
	Ledger
	fails    int
	finished []Outcome
}

func (a *away) Finish(_ context.Context, _ Claim, o Outcome) (Finished, error) {
	if a.fails--; a.fails >= 0 {
		return Finished{}, &Error{Code: StorageUnavailable, Err: errors.New("away")}
	}
	a.finished = append(a.finished, o)
	return Finished{At: time.Now()}, nil
}

func (a *away) Send(context.Context, string, uuid.UUID) (Send, error) {
	return Send{Status: Failed}, nil
}
