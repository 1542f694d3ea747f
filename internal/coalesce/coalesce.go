package coalesce

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrUnknown says that a caller left while its item was being run: it may have taken effect, or may yet. The error that
// wraps it wraps the context's error too.
var ErrUnknown = errors.New("the outcome is not known")

// Options of a Coalescer. Zero values mean the defaults.
type Options struct {
	Lanes    int           // runs at the same time; default 1
	MaxBatch int           // items in one run; default 64
	Timeout  time.Duration // after which the context of a run ends; default 10 s

	// Split tells of an error of a batch whether it is certain that the batch changed nothing and worth the while to run
	// its items one by one. Default: always. Where it is false (the connection was lost in the commit; the database is
	// gone), all items of the batch get the error. A batch that panicked or whose context has ended is never split.
	Split func(error) bool
}

// Coalescer runs items of concurrent callers together. It is safe for concurrent use.
type Coalescer[T, R any] struct {
	run  func(ctx context.Context, items []T) ([]R, error)
	opts Options

	mu      sync.Mutex
	busy    int       // lanes that run, or that were handed to an entry which is about to
	waiting list.List // of *entry[T, R]; not empty only while all lanes are busy
	alone   list.List // likewise: those whose batch failed; they come first, one in a run
}

// New makes a Coalescer. run gets between one and MaxBatch items, in no particular order, and gives a result for each in
// the same order, or an error, which has to mean that none of the items took effect. Its context is not that of any
// caller, since several may wait for it; run has to end when it ends.
func New[T, R any](run func(ctx context.Context, items []T) ([]R, error), o Options) *Coalescer[T, R] {
	if o.Lanes <= 0 {
		o.Lanes = 1
	}
	if o.MaxBatch <= 0 {
		o.MaxBatch = 64
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Split == nil {
		o.Split = func(error) bool { return true }
	}
	return &Coalescer[T, R]{run: run, opts: o}
}

// Do has the item run, alone or together with others, and returns its result or the error of its run.
//
// If ctx ends while the item waits in the queue, it is taken out, is certainly not run, and the error is ctx.Err(). If
// ctx ends while another caller runs it, Do returns at once with an error that wraps both ErrUnknown and ctx.Err(). While
// Do runs the item itself, it stays until the run ends (Options.Timeout bounds that) and returns what came of it.
func (c *Coalescer[T, R]) Do(ctx context.Context, item T) (result R, err error) {
	if err := ctx.Err(); err != nil {
		return result, err
	}
	c.mu.Lock()
	if c.busy < c.opts.Lanes {
		c.busy++
		c.mu.Unlock()
		defer c.release()
		return c.single(item)
	}
	e := &entry[T, R]{item: item, signal: make(chan struct{})}
	c.queue(e)
	c.mu.Unlock()

	select {
	case <-e.signal:
	case <-ctx.Done():
	}
	c.mu.Lock()
	if e.state == leads {
		c.mu.Unlock()
		defer c.release()
		return c.lead(ctx, e)
	}
	defer c.mu.Unlock()
	switch e.state {
	case queued:
		c.unqueue(e)
		return result, e.left(ctx)
	case running:
		e.state = gone
		return result, e.left(ctx)
	default:
		return e.result, e.err
	}
}

// entry is an item whose caller waits. The lock of the Coalescer guards all but the item.
type entry[T, R any] struct {
	item   T
	state  state
	tried  bool          // was in a batch that failed, and will be run alone
	place  *list.Element // while queued
	signal chan struct{} // closed when the state becomes leads or done
	result R
	err    error
}

type state int

const (
	queued  state = iota
	leads         // has been given a lane, and will run in its caller's goroutine
	running       // in the batch of another
	done          // result and err are there
	gone          // running, but its caller has left
)

// left is the error of a caller whose context has ended before it got a result.
func (e *entry[T, R]) left(ctx context.Context) error {
	if e.state == gone || e.tried {
		return fmt.Errorf("coalesce: the caller left while its item was being run: %w: %w", ErrUnknown, ctx.Err())
	}
	return ctx.Err()
}
