package crm

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"
)

// Deletion is a credential that has to go at Alloy.
type Deletion struct {
	ID           uuid.UUID
	AlloyUserID  string
	CredentialID string
	Attempts     int
}

// Chores is the work that nobody waits for.
type Chores interface {
	// TakeDeletion claims a deletion that is due and puts its next try off; false: none is due.
	TakeDeletion(ctx context.Context) (Deletion, bool, error)
	// DeletionDone forgets it.
	DeletionDone(ctx context.Context, id uuid.UUID) error
	// SettleExpired settles the sends whose lease has run out, because their process died: creates become Unknown, and
	// updates are queued again.
	SettleExpired(ctx context.Context) (int, error)
	// WakeDue has the waiting sends attended to that are due and can be made now.
	WakeDue(ctx context.Context, r Round) (int, error)
	// Hasten makes what waits for a connector due now: it is back.
	Hasten(ctx context.Context, connector string) error
	// ForgetKeys removes idempotency keys that are older than two days.
	ForgetKeys(ctx context.Context) error
	// Withdraw takes back a claim that has certainly made no call, whatever it has been settled as: the record is free
	// again. false: there is no such send.
	Withdraw(ctx context.Context, send, claim uuid.UUID) (bool, error)
	// ForgetFlows removes flows that ended a day ago.
	ForgetFlows(ctx context.Context) error
	// ForgetEvents removes events that are older than thirty days.
	ForgetEvents(ctx context.Context) error
}

// Round is what one look for due sends takes: of each connection so many, none whose turn is beyond the horizon, and none
// for the connectors that are down.
type Round struct {
	Down          []string
	PerConnection int
	Horizon       time.Duration
}

// Janitor does the chores until its context ends. Any number of them may run beside each other.
type Janitor struct {
	chores Chores
	vault  Vault
	log    zerolog.Logger
	next   func() Round
	wake   chan struct{}
	mu     sync.Mutex
	back   []string            // connectors that work again
	doubts map[doubt]time.Time // claims that may have been taken, by when to give up
}

// NewJanitor wires a janitor; Run starts it. next says what the next round takes.
func NewJanitor(c Chores, v Vault, next func() Round, log zerolog.Logger) *Janitor {
	return &Janitor{chores: c, vault: v, next: next, log: log, wake: make(chan struct{}, 1), doubts: map[doubt]time.Time{}}
}

type doubt struct{ send, claim uuid.UUID }

// Wake says that there is something to do now.
func (j *Janitor) Wake() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// maxDoubts bounds the doubts of a long outage; what is beyond ends as unknown, which is safe.
const maxDoubts = 10_000

// doubtLimit is how long a send that may have been begun is looked for: longer than a commit can be under way.
const doubtLimit = time.Minute

// Withdraw takes back a send whose beginning got no answer from the database: it may be committed, but no call was made
// and none will be. Should this process die first, the send ends as unknown, which is safe.
func (j *Janitor) Withdraw(send, claim uuid.UUID) {
	j.mu.Lock()
	if len(j.doubts) < maxDoubts {
		j.doubts[doubt{send, claim}] = time.Now().Add(doubtLimit)
	}
	j.mu.Unlock()
	j.Wake()
}

func (j *Janitor) withdraw(ctx context.Context) {
	j.mu.Lock()
	doubts := maps.Clone(j.doubts)
	j.mu.Unlock()
	for one, until := range doubts {
		done, err := j.chores.Withdraw(ctx, one.send, one.claim)
		if err != nil {
			j.warn(ctx, err, "a send that was not made could not be taken back yet")
			return
		}
		if done || err == nil && time.Now().After(until) {
			j.mu.Lock()
			delete(j.doubts, one)
			j.mu.Unlock()
		}
	}
}

// Run does the chores now, every interval, more often while sends are waiting, and when woken.
func (j *Janitor) Run(ctx context.Context, interval time.Duration) {
	timer := time.NewTimer(interval)
	defer timer.Stop()
	for n := 0; ; n++ {
		timer.Reset(interval)
		if j.round(ctx) {
			timer.Reset(interval / 4)
		}
		if n%100 == 0 {
			j.forget(ctx)
		}
		select {
		case <-ctx.Done():
			return
		case <-j.wake:
		case <-timer.C:
		}
	}
}

// round does the chores once. busy: sends were waiting, and more of them may be due in a moment.
func (j *Janitor) round(ctx context.Context) (busy bool) {
	if n, err := j.chores.SettleExpired(ctx); err != nil {
		j.warn(ctx, err, "expired leases could not be settled")
	} else if n > 0 {
		j.log.Warn().Int("sends", n).Msg("sends of a dead process were settled")
	}
	j.hasten(ctx)
	woken, err := j.chores.WakeDue(ctx, j.next())
	if err != nil {
		j.warn(ctx, err, "due sends could not be woken")
	}
	j.withdraw(ctx)
	j.deleteCredentials(ctx)
	return woken > 0
}

func (j *Janitor) deleteCredentials(ctx context.Context) {
	for ctx.Err() == nil {
		deletion, ok, err := j.chores.TakeDeletion(ctx)
		if err != nil {
			j.warn(ctx, err, "credential deletions could not be read")
		}
		if err != nil || !ok {
			return
		}
		if err := j.vault.DeleteCredential(ctx, deletion.AlloyUserID, deletion.CredentialID); err != nil {
			j.log.Warn().Err(err).Int("attempt", deletion.Attempts).Msg("a credential could not be deleted at Alloy; it is tried again")
			continue
		}
		if err := j.chores.DeletionDone(ctx, deletion.ID); err != nil {
			j.warn(ctx, err, "a credential's deletion could not be noted")
		}
	}
}

// Recovered says that a connector works again: what waits for it need not wait its time out.
func (j *Janitor) Recovered(connector string) {
	j.mu.Lock()
	j.back = append(j.back, connector)
	j.mu.Unlock()
	j.Wake()
}

func (j *Janitor) hasten(ctx context.Context) {
	j.mu.Lock()
	back := j.back
	j.back = nil
	j.mu.Unlock()
	for _, connector := range back {
		if err := j.chores.Hasten(ctx, connector); err != nil {
			j.warn(ctx, err, "what waits for a connector could not be hastened; it goes on when it is due")
		}
	}
}

func (j *Janitor) forget(ctx context.Context) {
	if err := j.chores.ForgetFlows(ctx); err != nil {
		j.warn(ctx, err, "ended flows could not be removed")
	}
	if err := j.chores.ForgetEvents(ctx); err != nil {
		j.warn(ctx, err, "old events could not be removed")
	}
	if err := j.chores.ForgetKeys(ctx); err != nil {
		j.warn(ctx, err, "old idempotency keys could not be removed")
	}
}

func (j *Janitor) warn(ctx context.Context, err error, message string) {
	if ctx.Err() == nil {
		j.log.Warn().Err(err).Msg(message)
	}
}
