package guard

import (
	"sync"
	"time"
)

// In tenths of a token, so that a million first tries add up exactly.
const (
	earned = 1   // by a first try: in the long run one retry for ten first tries
	price  = 10  // of a retry
	purse  = 100 // what a new key has, and the most that a key can save: ten retries
)

// Budget limits retries by key to a tenth of the first tries, so that a CRM that is down gets 1.1 times the usual load
// and not a multiple of it. A key never gets more than first tries / 10 + 10 retries while it is in use.
//
// A new key has the full ten tokens. Starting empty would deny every retry to the many connections that send a few
// records a day, for which a retry costs nobody anything; the storms that a budget is there for come from volume, beside
// which ten retries are nothing. The cap is the same ten, so that a long good time saves up no storm either. A key that
// was idle for some minutes is new again.
type Budget struct {
	now   func() time.Time
	start time.Time

	mu   sync.Mutex
	keys keyed[account]
}

type account struct{ spent int } // of the purse

// NewBudget makes a budget; now is the clock that tells which keys are idle.
func NewBudget(now func() time.Time) *Budget { return &Budget{now: now, start: now()} }

// First counts a first try.
func (b *Budget) First(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.account(key)
	a.spent = max(0, a.spent-earned)
}

// Retry tells whether a retry may be made, and if so, counts it.
func (b *Budget) Retry(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.account(key)
	if a.spent+price > purse {
		return false
	}
	a.spent += price
	return true
}

func (b *Budget) account(key string) *account {
	a, _ := b.keys.get(key, b.now().Sub(b.start))
	return a
}
