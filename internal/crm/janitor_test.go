package crm

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"
)

// choreList is a database that is away for a while, and a vault that refuses at first.
type choreList struct {
	Vault
	mu        sync.Mutex
	away      int // rounds that fail
	withdrawn []uuid.UUID
	queue     []Deletion
	done      []uuid.UUID
	refusals  int
}

func (c *choreList) Withdraw(_ context.Context, id, _ uuid.UUID) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away > 0 {
		c.away--
		return false, errors.New("away")
	}
	c.withdrawn = append(c.withdrawn, id)
	return true, nil
}

func (c *choreList) WakeDue(context.Context, Round) (int, error) { return 0, nil }
func (c *choreList) Hasten(context.Context, string) error        { return nil }
func (c *choreList) ForgetKeys(context.Context) error            { return nil }
func (c *choreList) TakeDeletion(context.Context) (Deletion, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		return Deletion{}, false, nil
	}
	next := c.queue[0]
	c.queue = c.queue[1:]
	return next, true, nil
}

func (c *choreList) DeleteCredential(_ context.Context, _, id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refusals > 0 {
		c.refusals--
		c.queue = append(c.queue, Deletion{CredentialID: id}) // as the store does: it is due again later
		return errors.New("refused")
	}
	return nil
}

func (c *choreList) DeletionDone(_ context.Context, id uuid.UUID) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done = append(c.done, id)
	return nil
}

func (*choreList) SettleExpired(context.Context) (int, error) { return 0, nil }
func (*choreList) ForgetFlows(context.Context) error          { return nil }
func (*choreList) ForgetEvents(context.Context) error         { return nil }

func TestJanitorDoesNotGiveUp(t *testing.T) {
	t.Parallel()
	chores := &choreList{away: 3, refusals: 2, queue: []Deletion{{CredentialID: "c1"}}}
	j := NewJanitor(chores, chores, func() Round { return Round{} }, zerolog.Nop())
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { j.Run(ctx, 5*time.Millisecond); close(ended) }()
	id := uuid.New()
	j.Withdraw(id, uuid.New())
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		chores.mu.Lock()
		finished := len(chores.withdrawn) == 1 && chores.withdrawn[0] == id && len(chores.done) == 1
		chores.mu.Unlock()
		if finished {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("withdrawn %v, done %v", chores.withdrawn, chores.done)
		}
	}
	time.Sleep(30 * time.Millisecond)
	cancel()
	<-ended
	if len(chores.withdrawn) != 1 {
		t.Errorf("withdrawn again and again: %v", chores.withdrawn)
	}
}
