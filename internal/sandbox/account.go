package sandbox

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// account is one CRM account: what an Alloy user reaches through a connector, with whichever credential.
type account struct {
	key    accountKey
	mu     sync.RWMutex
	tables map[string]*table

	rate struct {
		sync.Mutex
		second int64 // that is being counted
		calls  int
	}
}

func newAccount(key accountKey, c *connector) *account {
	a := &account{key: key, tables: map[string]*table{}}
	for name, o := range c.Objects {
		a.tables[name] = newTable(o.Email)
	}
	return a
}

// admit counts a call and reports whether it is within the limit of calls per second; 0: no limit.
func (a *account) admit(now time.Time, limit int) bool {
	if limit == 0 {
		return true
	}
	a.rate.Lock()
	defer a.rate.Unlock()
	if second := now.Unix(); second != a.rate.second {
		a.rate.second, a.rate.calls = second, 0
	}
	a.rate.calls++
	return a.rate.calls <= limit
}

// books are all CRM accounts.
type books struct {
	mu       sync.RWMutex
	accounts map[accountKey]*account
	seq      atomic.Uint64 // of record ids
}

func newBooks() *books { return &books{accounts: map[accountKey]*account{}} }

// open returns the account, making it if need be.
func (b *books) open(key accountKey, c *connector) *account {
	if a, ok := b.find(key); ok {
		return a
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if a, ok := b.accounts[key]; ok {
		return a
	}
	a := newAccount(key, c)
	b.accounts[key] = a
	return a
}

func (b *books) find(key accountKey) (*account, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	a, ok := b.accounts[key]
	return a, ok
}

// all are sorted by connector and user.
func (b *books) all() []*account {
	b.mu.RLock()
	defer b.mu.RUnlock()
	accounts := make([]*account, 0, len(b.accounts))
	for _, a := range b.accounts {
		accounts = append(accounts, a)
	}
	slices.SortFunc(accounts, func(a, b *account) int {
		return cmp.Or(cmp.Compare(a.key.Connector, b.key.Connector), cmp.Compare(a.key.User, b.key.User))
	})
	return accounts
}

func (b *books) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.accounts = map[accountKey]*account{}
}

// records are the account's, of one object or of all ("").
func (a *account) records(object string) []*record {
	a.mu.RLock()
	defer a.mu.RUnlock()
	var found []*record
	for name, t := range a.tables {
		if object == "" || name == object {
			found = append(found, t.all()...)
		}
	}
	slices.SortFunc(found, func(x, y *record) int { return cmp.Compare(x.Seq, y.Seq) })
	return found
}

func (a *account) record(object, id string) *record {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if t := a.tables[object]; t != nil {
		return t.byID[id]
	}
	return nil
}
