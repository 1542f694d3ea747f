package crm

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"sendtocrm/internal/guard"
)

// Dispatcher makes every call to a CRM, so that none harms the others: not more at once than the bulkhead lets in, none
// to a connector that is down, none before a connection's turn or before a pause that the CRM asked for is over.
type Dispatcher struct {
	executor Executor
	pacer    Pacer
	gate     *guard.Gate
	breakers *guard.Breakers
	rate     Pace
	pauses   pauses
	witness  witness
}

// DispatcherParts are what a dispatcher works with. Rate is every connection's. Worked is told when a replaced credential
// waits for deletion.
type DispatcherParts struct {
	Executor Executor
	Pacer    Pacer
	Gate     *guard.Gate
	Breakers *guard.Breakers
	Rate     Pace
	Keeper   CredentialKeeper
	Vault    Vault
	Worked   func()
	Logger   zerolog.Logger
}

// NewDispatcher wires a dispatcher.
func NewDispatcher(p DispatcherParts) *Dispatcher {
	return &Dispatcher{
		executor: p.Executor, pacer: p.Pacer, gate: p.Gate, breakers: p.Breakers, rate: p.Rate,
		witness: witness{p.Keeper, p.Vault, p.Worked, p.Logger},
	}
}

// Call waits for the connection's turn and executes an action. It never repeats. A call that was held back has the
// effect NotExecuted, is not counted as an attempt (Held), and says when to come again.
func (d *Dispatcher) Call(ctx context.Context, c Connection, action string, r Request) (Answer, *CallError) {
	if d.rate.Interval > 0 {
		wait, ok, err := d.pacer.Reserve(ctx, c.ID, d.pace(ctx))
		if err != nil {
			return Answer{}, &CallError{Code: StorageUnavailable, Effect: NotExecuted, Held: true, Message: "The connection's pace could not be read.", Err: err}
		}
		if !ok {
			return Answer{}, held(RateLimited, wait, tooMany)
		}
		if held := d.await(ctx, c, wait); held != nil {
			return Answer{}, held
		}
	} else if held := d.await(ctx, c, c.PausedFor); held != nil {
		return Answer{}, held
	}
	return d.call(ctx, c, action, r)
}

// await waits for a turn. By its end another replica may have met a 429: after a wait, the pause is read anew.
func (d *Dispatcher) await(ctx context.Context, c Connection, wait time.Duration) *CallError {
	for wait > 0 {
		if !fits(ctx, wait) || !pause(ctx, wait) {
			return held(RateLimited, wait, tooMany)
		}
		left, err := d.pacer.Paused(ctx, c.ID)
		if err != nil {
			return &CallError{Code: StorageUnavailable, Effect: NotExecuted, Held: true, Message: "The connection's pace could not be read.", Err: err}
		}
		wait = max(left, d.pauses.left(c.ID))
	}
	return nil
}

const tooMany = "The CRM takes only so many calls a second, and others are waiting."

// interactivePatience is how far ahead requests may take turns. Workers may look a little further, so that people who send
// all day at the full rate do not keep the queue from moving.
const interactivePatience = time.Second

// beginPace is for a turn that is taken together with a record's lease.
func (d *Dispatcher) beginPace() Pace {
	p := d.rate
	p.MaxWait = interactivePatience
	return p
}

// Round is what a look for due sends may take now: as many of each connection as its pace lets through until the next.
func (d *Dispatcher) Round() Round {
	r := Round{Down: d.breakers.Refusing(), PerConnection: 50, Horizon: workerPatience}
	if d.rate.Interval > 0 {
		r.PerConnection = d.rate.Burst + 1
	}
	return r
}

// busyFor is how far away the connection's next turn is.
func (d *Dispatcher) busyFor(c Connection) time.Duration {
	if d.rate.Interval == 0 {
		return 0
	}
	return c.BusyFor
}

// pace is the configured rate, with what the context leaves of time as the longest wait.
func (d *Dispatcher) pace(ctx context.Context) Pace {
	p := d.rate
	p.MaxWait = time.Minute
	if until, ok := ctx.Deadline(); ok {
		p.MaxWait = max(0, time.Until(until))
	}
	return p
}

// call is Call for a caller that has its turn.
func (d *Dispatcher) call(ctx context.Context, c Connection, action string, r Request) (Answer, *CallError) {
	if held := d.await(ctx, c, d.pauses.left(c.ID)); held != nil {
		return Answer{}, held
	}
	leave, in := d.gate.Enter("connector "+c.Connector, "connection "+c.ID.String())
	if !in {
		return Answer{}, held(RateLimited, time.Second, "Too many calls are under way.")
	}
	defer leave()
	done, wait, allowed := d.breakers.Allow(c.Connector)
	if !allowed {
		return Answer{}, held(UpstreamUnavailable, wait, "The CRM has not been answering; it is tried again shortly.")
	}
	answer, err := d.executor.Execute(ctx, Call{
		UserID: c.User.AlloyID, CredentialID: c.CredentialID, Connector: c.Connector, Action: action, Request: r,
	})
	if err == nil {
		done(true)
		d.witness.succeeded(ctx, c)
		return answer, nil
	}
	var failed *CallError
	if !errors.As(err, &failed) {
		failed = &CallError{Code: UpstreamUnavailable, Message: "The CRM could not be called.", Err: err}
	}
	done(failed.Code != UpstreamUnavailable)
	d.witness.failed(ctx, c, action, failed)
	if failed.Code == RateLimited {
		d.throttled(ctx, c.ID, failed.RetryAfter)
	}
	return answer, failed
}

// unnamedPause is how long a connection rests after a 429 that does not say.
const unnamedPause = time.Second

// throttled holds the connection's calls back: here at once, at the other replicas by way of the database.
func (d *Dispatcher) throttled(ctx context.Context, connection uuid.UUID, asked time.Duration) {
	asked = max(asked, unnamedPause)
	d.pauses.begin(connection, asked)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishLimit)
	defer cancel()
	_ = d.pacer.Throttled(ctx, connection, asked) // without it the other replicas learn it by a 429 of their own
}

func held(code Code, wait time.Duration, message string) *CallError {
	return &CallError{Code: code, Effect: NotExecuted, Held: true, RetryAfter: wait, Message: message}
}

// fits reports whether a wait ends before the context does.
func fits(ctx context.Context, wait time.Duration) bool {
	until, ok := ctx.Deadline()
	return !ok || time.Now().Add(wait).Before(until)
}

// pauses are those that CRMs have asked for, by connection.
type pauses struct {
	mu    sync.Mutex
	until map[uuid.UUID]time.Time
}

func (p *pauses) begin(connection uuid.UUID, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.until == nil {
		p.until = map[uuid.UUID]time.Time{}
	}
	for id, until := range p.until {
		if until.Before(now) {
			delete(p.until, id)
		}
	}
	if until := now.Add(d); until.After(p.until[connection]) {
		p.until[connection] = until
	}
}

func (p *pauses) left(connection uuid.UUID) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	until, ok := p.until[connection]
	if !ok {
		return 0
	}
	return max(0, time.Until(until))
}
