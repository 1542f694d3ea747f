package guard

// Classes is the number of classes that the gate remembers.
func (g *Gate) Classes() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.held)
}

// Keys is the number of keys that the breakers remember.
func (b *Breakers) Keys() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.keys.young) + len(b.keys.old)
}

// Keys is the number of keys that the budget remembers.
func (b *Budget) Keys() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.keys.young) + len(b.keys.old)
}

// Outstanding is the number of calls that are not done.
func (b *Breakers) Outstanding() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.calls.out()
}

// The limits that memory is tested against.
const (
	Idle     = idle
	KeyLimit = keyLimit
)
