package guard

import (
	"sync"
	"time"
)

// Breakers is a circuit breaker for each key, a CRM's connector. A key is cut off when at least half of 10 or more calls
// of the last 10 s failed, or 5 in a row where there were fewer calls. After 5 s one call is let through as a probe, and
// at most one every 5 s from then on; the first that succeeds closes the breaker.
//
// What counts as a failure is the caller's decision; it should be what speaks against the CRM (no connection, no answer
// in time, 5xx) and not against one tenant or record (4xx, 429).
type Breakers struct {
	now     func() time.Time
	start   time.Time
	changed func(Change)

	mu    sync.Mutex
	keys  keyed[breaker]
	calls tickets[call]

	untold  []Change
	telling bool
}

// Change is a change of a breaker's state.
type Change struct {
	Key      string
	From, To State
}

type call struct {
	key  string
	in   *breaker
	turn uint64
}

// NewBreakers makes closed breakers. now is the clock. changed, unless nil, is told about each change of state: in the
// order of the changes, one at a time, by a call that is under way at that moment (so it should be quick). It may use
// the Breakers.
func NewBreakers(now func() time.Time, changed func(Change)) *Breakers {
	return &Breakers{now: now, start: now(), changed: changed}
}

// Allow lets a call through or refuses it at once. If it is allowed, done has to be called when its outcome is known: ok
// says that the CRM works. A second call of done does nothing. If it is refused, retryAfter is the time until the next
// probe may go, and done does nothing. done is never nil.
//
// A probe whose done does not come blocks the key for 5 s at most: then the next call goes out as a probe.
func (b *Breakers) Allow(key string) (done func(ok bool), retryAfter time.Duration, allowed bool) {
	b.mu.Lock()
	now := b.clock()
	in, dropped := b.keys.get(key, now)
	for key, old := range dropped {
		b.forget(key, old)
	}
	before := in.state
	retryAfter, allowed = in.admit(now)
	b.note(key, before, in.state)
	if !allowed {
		b.tell()
		return ignore, retryAfter, false
	}
	ticket, c := b.calls.lend()
	*c = call{key: key, in: in, turn: in.turn}
	b.tell()
	return func(ok bool) { b.done(ticket, ok) }, 0, true
}

// Open tells whether Allow would refuse a call now, and for how long, without taking the place of a probe.
func (b *Breakers) Open(key string) (retryAfter time.Duration, open bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	in := b.keys.look(key)
	if in == nil {
		return 0, false
	}
	retryAfter = in.wait(b.clock())
	return retryAfter, retryAfter > 0
}

// Refusing lists the keys for which Allow would refuse a call now.
func (b *Breakers) Refusing() (keys []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock()
	for _, generation := range []map[string]*breaker{b.keys.young, b.keys.old} {
		for key, one := range generation {
			if one.wait(now) > 0 {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

func (b *Breakers) done(t ticket, ok bool) {
	b.mu.Lock()
	if c, first := b.calls.back(t); first {
		before := c.in.state
		c.in.record(c.turn, ok, b.clock())
		b.note(c.key, before, c.in.state)
		*c = call{}
	}
	b.tell()
}

// forget closes a breaker that nobody has asked for in a long time, so that whoever shows the states does not show it
// for ever.
func (b *Breakers) forget(key string, old *breaker) {
	b.note(key, old.state, Closed)
	*old = breaker{turn: old.turn + 1}
}

func (b *Breakers) note(key string, from, to State) {
	if from != to && b.changed != nil {
		b.untold = append(b.untold, Change{Key: key, From: from, To: to})
	}
}

// tell releases the lock and passes the noted changes on. Only one goroutine does so at a time, which keeps their order.
func (b *Breakers) tell() {
	defer b.mu.Unlock()
	if b.telling || len(b.untold) == 0 {
		return
	}
	b.telling = true
	defer func() { b.telling = false }()
	for len(b.untold) > 0 {
		changes := b.untold
		b.untold = nil
		b.pass(changes)
	}
}

func (b *Breakers) pass(changes []Change) {
	b.mu.Unlock()
	defer b.mu.Lock() // also when changed panics, so that tell can unlock
	for _, c := range changes {
		b.changed(c)
	}
}

// clock is the time since the start, which a change of the wall clock does not touch.
func (b *Breakers) clock() time.Duration { return b.now().Sub(b.start) }

func ignore(bool) {}
