//go:build unix

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// target is what a client sends to.
type target struct{ user, connection, connector, object string }

// load is a crowd of clients that send as any good client does: with a key, and again with the same key for as long as
// no final answer has come.
type load struct {
	t        testing.TB
	targets  []target
	sends    int             // at least
	clients  int             // at once
	records  int             // per target; 0: each send has a record of its own
	more     <-chan struct{} // the load goes on until it is closed; nil: until sends are made
	url      func() string   // the process to ask
	pace     time.Duration   // a client's rest after each send
	patience time.Duration   // for one send with all its repetitions; 0: a minute
	prefix   string          // of record ids and keys, to tell loads apart

	http *http.Client
	next atomic.Int64
	mu   sync.Mutex
	done []attempt
}

// run drives the load to its end.
func (l *load) run(ctx context.Context) []attempt {
	l.http = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: l.clients}}
	defer l.http.CloseIdleConnections()
	var group sync.WaitGroup
	for range l.clients {
		group.Go(func() {
			for ctx.Err() == nil {
				n := int(l.next.Add(1))
				if n > l.sends && l.satisfied() {
					return
				}
				l.send(ctx, n)
				rest(ctx, l.pace)
			}
		})
	}
	group.Wait()
	return l.attempts()
}

// start drives the load beside the test; the channel gives all attempts at its end.
func (l *load) start(ctx context.Context) <-chan []attempt {
	end, over := make(chan []attempt, 1), make(chan struct{})
	go func() {
		defer close(over)
		end <- l.run(ctx)
	}()
	l.t.Cleanup(func() { <-over }) // a test that fails half-way ends ctx, and must not end before its clients
	return end
}

// rest waits, or until ctx ends.
func rest(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func (l *load) satisfied() bool {
	if l.more == nil {
		return true
	}
	select {
	case <-l.more:
		return true
	default:
		return false
	}
}

func (l *load) attempts() []attempt {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.done)
}

// one is the n-th send, from 1.
func (l *load) one(n int) attempt {
	to := l.targets[n%len(l.targets)]
	number := n / len(l.targets)
	if l.records > 0 {
		number %= l.records
	}
	return attempt{
		subject: subject{to.connection, to.object, fmt.Sprintf("%sr%d", l.prefix, number)},
		User:    to.user, Key: fmt.Sprintf("%skey-%d", l.prefix, n), Digest: fmt.Sprintf("v%d", n),
	}
}

// send repeats the n-th send with the same key until an answer is final.
func (l *load) send(ctx context.Context, n int) attempt {
	patience := l.patience
	if patience == 0 {
		patience = time.Minute
	}
	for deadline := time.Now().Add(patience); ; {
		a := l.ask(ctx, l.one(n))
		l.mu.Lock()
		l.done = append(l.done, a)
		l.mu.Unlock()
		if final(a) || ctx.Err() != nil || time.Now().After(deadline) {
			return a
		}
		rest(ctx, again(a))
	}
}

// final reports whether repeating the request would be pointless.
func final(a attempt) bool {
	switch {
	case a.Status == 0, a.Status == http.StatusTooManyRequests, a.Status >= 500:
		return false
	case a.Status == http.StatusConflict:
		return a.Code != "request_in_progress"
	}
	return true
}

// again is how long to wait before repeating: what the answer asks for, else a little.
func again(a attempt) time.Duration {
	if seconds, err := strconv.Atoi(a.RetryAfter); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	return 50*time.Millisecond + rand.N(100*time.Millisecond)
}

// only is the url of a load that asks one process.
func only(url string) func() string { return func() string { return url } }

// inTurn is the url of a load that spreads its requests.
func inTurn(urls ...string) func() string {
	var n atomic.Int64
	return func() string { return urls[int(n.Add(1))%len(urls)] }
}
