package guard

import "time"

// idle is how long a key of Breakers or Budget is kept at least after its last use, and keyLimit how many keys are
// used within that time before the longest unused are dropped early. Both are far above what a breaker remembers
// (seconds) and what one process talks to; the limit is there because keys come from outside.
const (
	idle     = 5 * time.Minute
	keyLimit = 1 << 14
)

// keyed holds a value for each key in two generations. What is used moves to the young one; from time to time, or when
// that is full, the old one is dropped and the young one grows old. So idle keys go without a list in order of use,
// without a sweep that somebody has to wait for, and without a goroutine. Requires external locking.
type keyed[V any] struct {
	young, old map[string]*V
	turned     time.Duration // when the generations last changed, on the owner's clock
}

// get gives the value of a key, zero if it is new. dropped holds the keys that were forgotten by this call, if any.
func (k *keyed[V]) get(key string, now time.Duration) (value *V, dropped map[string]*V) {
	if now-k.turned >= idle || len(k.young) >= keyLimit {
		dropped, k.old, k.young, k.turned = k.old, k.young, nil, now
	}
	if value, ok := k.young[key]; ok {
		return value, dropped
	}
	if k.young == nil {
		k.young = map[string]*V{}
	}
	switch {
	case k.old[key] != nil:
		value = k.old[key]
		delete(k.old, key)
	case dropped[key] != nil:
		value = dropped[key]
		delete(dropped, key)
	default:
		value = new(V)
	}
	k.young[key] = value
	return value, dropped
}

// look gives the value of a key, nil if there is none, and does not count as use.
func (k *keyed[V]) look(key string) *V {
	if value, ok := k.young[key]; ok {
		return value
	}
	return k.old[key]
}
