package coalesce

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
)

// PanicError is the error of the items of a run that panicked.
type PanicError struct {
	Value any    // of the panic
	Stack []byte // of the goroutine that panicked, for the log
}

func (e *PanicError) Error() string { return fmt.Sprintf("coalesce: run panicked: %v", e.Value) }

// Unwrap gives the error that run panicked with, if it was one.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

var errExit = errors.New("coalesce: run ended its goroutine instead of returning")

// lead runs the item of a caller that was given a lane, and those that it takes along.
func (c *Coalescer[T, R]) lead(ctx context.Context, e *entry[T, R]) (result R, err error) {
	if ctx.Err() != nil {
		return result, e.left(ctx)
	}
	c.mu.Lock()
	batch := c.gather(e)
	c.mu.Unlock()
	if len(batch) == 1 {
		return c.single(e.item)
	}
	result, split, err := c.together(batch)
	if !split {
		return result, err
	}
	if e.tried = true; ctx.Err() != nil {
		return result, e.left(ctx)
	}
	return c.single(e.item)
}

func (c *Coalescer[T, R]) single(item T) (result R, err error) {
	results, _, err := c.call([]T{item})
	if err != nil {
		return result, err
	}
	return results[0], nil
}

// together runs a batch and settles all items but the first, its caller's. If the batch is to be split, that one too has
// to be run again.
func (c *Coalescer[T, R]) together(batch []*entry[T, R]) (result R, split bool, err error) {
	items := make([]T, len(batch))
	for i, e := range batch {
		items[i] = e.item
	}
	var results []R
	err = errExit
	defer func() { // also when run calls runtime.Goexit: the others must not wait for ever
		c.mu.Lock()
		defer c.mu.Unlock()
		if split {
			c.again(batch[1:])
			return
		}
		c.deliver(batch[1:], results[min(1, len(results)):], err)
	}()
	results, split, err = c.call(items)
	if err != nil {
		return result, split, err
	}
	return results[0], false, nil
}

// call runs the items once. split tells whether its error is a reason to run them one by one.
func (c *Coalescer[T, R]) call(items []T) (results []R, split bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), c.opts.Timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			results, split, err = nil, false, &PanicError{Value: p, Stack: debug.Stack()}
		}
	}()
	results, err = c.run(ctx, items)
	switch {
	case err != nil:
		return nil, len(items) > 1 && ctx.Err() == nil && c.opts.Split(err), err
	case len(results) != len(items):
		return nil, false, fmt.Errorf("coalesce: run gave %d results for %d items: it has to give one for each",
			len(results), len(items))
	}
	return results, false, nil
}
