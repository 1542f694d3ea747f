package crm

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"sendtocrm/internal/guard"
	"sendtocrm/internal/mapping"
)

// calls is a CRM that answers as told, and a pacer and a ledger that note what they are asked. Tests with it run on
// synctest's clock.
type calls struct {
	Ledger
	mu      sync.Mutex
	at      []time.Duration // when each call was made, since the start
	began   time.Time
	answers []error // one by one; the last one for ever; nil: a success
	hold    time.Duration
	slot    func() (time.Duration, bool)
	renewed int
	paused  []time.Duration
	lost    bool // the lease
}

func (c *calls) Execute(ctx context.Context, _ Call) (Answer, error) {
	c.mu.Lock()
	c.at = append(c.at, time.Since(c.began))
	err := c.answers[min(len(c.at), len(c.answers))-1]
	c.mu.Unlock()
	pause(ctx, c.hold)
	return Answer{Data: json.RawMessage(`{"id":"42"}`)}, err
}

func (c *calls) Reserve(context.Context, uuid.UUID, Pace) (time.Duration, bool, error) {
	if c.slot == nil {
		return 0, true, nil
	}
	wait, ok := c.slot()
	return wait, ok, nil
}

func (c *calls) Throttled(_ context.Context, _ uuid.UUID, pause time.Duration) error {
	c.paused = append(c.paused, pause)
	return nil
}

func (c *calls) Paused(context.Context, uuid.UUID) (time.Duration, error) { return 0, nil }

func (c *calls) Renew(context.Context, Claim, time.Duration) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.renewed++
	return !c.lost, nil
}

func (c *calls) renewals() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.renewed
}

// sender has a budget for ten retries, a limit of a minute and leases of 15 s.
func (c *calls) sender(rate Pace) *Sender {
	c.began = time.Now()
	d := NewDispatcher(DispatcherParts{
		Executor: c, Pacer: c, Gate: guard.NewGate(4), Breakers: guard.NewBreakers(time.Now, nil), Rate: rate, Logger: zerolog.Nop(),
	})
	return NewSender(SenderParts{Dispatcher: d, Ledger: c, Budget: guard.NewBudget(time.Now)},
		SenderConfig{LeaseTTL: 15 * time.Second, Limit: time.Minute, Logger: zerolog.Nop()})
}

func planned(operation Operation) *Plan {
	return &Plan{
		Connection: Connection{ID: uuid.New(), Connector: "hubspot"}, Object: "contact", RecordID: "r1", Operation: operation, Action: "do",
		draft:  Draft{Raw: json.RawMessage(`{}`)},
		object: &mapping.Object{Name: "contact", Answer: mapping.Answer{ID: []string{"id"}}},
	}
}

// try attempts the plan as a request would.
func (c *calls) try(t *testing.T, s *Sender, plan *Plan, begun Begun, patience time.Duration) (Outcome, error) {
	t.Helper()
	asked := time.Now()
	l := s.hold(t.Context(), begun.Claim, asked)
	defer l.drop()
	o, _, err := s.attempt(t.Context(), l, plan, begun, asked.Add(s.config.Limit), patience)
	return o, err
}

// refused is a certain refusal, wait: the CRM's Retry-After.
func refused(wait time.Duration) *CallError {
	return &CallError{Code: UpstreamUnavailable, Effect: NotExecuted, RetryAfter: wait, Message: "No connection."}
}
