package guard

import "time"

// When a breaker opens and how it recovers. failsafe-go's circuit breaker counts the same way, but its clock cannot be
// set from outside its module, it knows one condition for opening and not two, lets a result of a call that began
// before it opened count as the probe's, and waits without end for a probe that never answers. Hence our own.
const (
	judged    = 10              // calls within the horizon of the window from which on the share of failures decides
	streak    = 5               // with fewer calls: failures in a row
	probeWait = 5 * time.Second // from opening to the first probe, and from each probe to the next
)

// State of a breaker.
type State int

// The states of a breaker.
const (
	Closed   State = iota // calls go through
	Open                  // calls are refused until it is time for a probe
	HalfOpen              // a probe is on its way; all others are refused
)

// String gives the usual name, as in a metric's label.
func (s State) String() string {
	return [...]string{Closed: "closed", Open: "open", HalfOpen: "half-open"}[s]
}

// breaker is the state machine of one key. Times are on the clock of its Breakers, whose lock guards it.
//
//	         half of >= 10 calls, or 5 in a row
//	Closed ─────────────────────────────────────▶ Open ◀──────────┐
//	   ▲                                            │ after 5 s   │ the probe fails
//	   └──── a probe succeeds ──── HalfOpen ◀───────┘             │
//	                                  └───────────────────────────┘
//
// A probe that has not answered when the next one is due, 5 s later, holds up nobody: the next one goes out. Its own
// success still closes the breaker when it comes, or a CRM that answers in more than 5 s would never be let back.
type breaker struct {
	state  State
	turn   uint64        // grows when it opens and when it closes; results of calls from before do not count
	row    int           // failures since the last success
	recent window        // results of the last seconds
	next   time.Duration // unless Closed: when the next probe may go
}

// admit lets a call through or says how long to wait, which is never zero.
func (b *breaker) admit(now time.Duration) (wait time.Duration, ok bool) {
	if wait = b.wait(now); wait > 0 {
		return wait, false
	}
	if b.state != Closed {
		b.state, b.next = HalfOpen, now+probeWait
	}
	return 0, true
}

// wait is the time until a call will be let through, 0 if it would be now.
func (b *breaker) wait(now time.Duration) time.Duration {
	if b.state == Closed {
		return 0
	}
	return max(0, b.next-now)
}

// record takes the result of a call that was admitted in a turn.
func (b *breaker) record(turn uint64, ok bool, now time.Duration) {
	switch {
	case turn != b.turn:
	case b.state == Closed:
		b.count(ok, now)
	case ok:
		*b = breaker{turn: b.turn + 1}
	default:
		b.state, b.next = Open, now+probeWait
	}
}

func (b *breaker) count(ok bool, now time.Duration) {
	b.recent.add(ok, now)
	if ok {
		b.row = 0
		return
	}
	b.row++
	calls, failures := b.recent.sum(now)
	if calls >= judged && 2*failures >= calls || calls < judged && b.row >= streak {
		*b = breaker{state: Open, turn: b.turn + 1, next: now + probeWait}
	}
}
