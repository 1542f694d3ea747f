package guard

import (
	"fmt"
	"slices"
	"sync"
)

// Gate is a bulkhead with dynamic thresholds: it lets a number of calls run at once and keeps any class of them (a
// connector, a connection) from taking all the room.
//
// A class may hold as many slots as it leaves free, and one in any case while a slot is free. So a class alone gets
// half of the slots, two greedy classes get a third each, n of them 1/(n+1) each, and the rest stays free for whoever
// comes next: no share has to be configured, and none is reserved for classes that do not call. This is the rule of
// Choudhury and Hahne, "Dynamic queue length thresholds for shared-memory packet switches" (IEEE/ACM Transactions on
// Networking 6(2), 1998), with α = 1.
type Gate struct {
	capacity int

	mu    sync.Mutex
	held  map[string]int    // slots by class; a class without slots is not in it
	slots tickets[[]string] // the classes of each slot
}

// NewGate makes a gate for so many calls at once. It panics if the capacity is not positive.
func NewGate(capacity int) *Gate {
	if capacity < 1 {
		panic(fmt.Sprintf("guard.NewGate: capacity %d: it has to be at least 1", capacity))
	}
	return &Gate{capacity: capacity, held: map[string]int{}}
}

// Enter takes one slot that counts in each of the classes, or refuses at once if the gate is full or one of the classes
// has its share. Classes share one namespace; one that is named twice counts once. leave gives the slot back; it is
// never nil, may be called from any goroutine and does nothing the second time.
func (g *Gate) Enter(classes ...string) (leave func(), ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	left := g.capacity - g.slots.out() - 1 // free slots after this call
	if left < 0 {
		return nothing, false
	}
	for _, class := range classes {
		if held := g.held[class]; held > 0 && held+1 > left {
			return nothing, false
		}
	}
	slot, in := g.slots.lend()
	*in = (*in)[:0]
	for _, class := range classes {
		if !slices.Contains(*in, class) {
			*in = append(*in, class)
			g.held[class]++
		}
	}
	return func() { g.leave(slot) }, true
}

// Load tells how many slots are taken, and how many there are.
func (g *Gate) Load() (used, capacity int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.slots.out(), g.capacity
}

func (g *Gate) leave(slot ticket) {
	g.mu.Lock()
	defer g.mu.Unlock()
	in, ok := g.slots.back(slot)
	if !ok {
		return
	}
	for _, class := range *in {
		if g.held[class]--; g.held[class] == 0 {
			delete(g.held, class)
		}
	}
	clear(*in) // an empty slot keeps no class alive
}

func nothing() {}
