package guard

// tickets lends values out, each to be given back once: a second return of the same ticket is recognised, even when its
// place has been lent out again. A closure that keeps its own "used" flag would cost a second allocation for each call.
//
// It grows to the largest number of tickets that were out at once and reuses their places. Requires external locking.
type tickets[T any] struct {
	places []place[T]
	free   []int // indices into places
}

type place[T any] struct {
	turn  uint64 // grows with each return; a ticket of an older turn has been given back
	value T      // stays when the ticket has come back, so that slices in it are used again
}

// ticket is small and never changes, so that a closure can hold it by value.
type ticket struct {
	place int
	turn  uint64
}

// lend issues a ticket. The value is what the place held before, or zero.
func (t *tickets[T]) lend() (ticket, *T) {
	if len(t.free) == 0 {
		t.places = append(t.places, place[T]{})
		t.free = append(t.free, len(t.places)-1)
	}
	i := t.free[len(t.free)-1]
	t.free = t.free[:len(t.free)-1]
	return ticket{place: i, turn: t.places[i].turn}, &t.places[i].value
}

// back takes a ticket back; false: it came back before. The value may be read until the next lend.
func (t *tickets[T]) back(k ticket) (*T, bool) {
	p := &t.places[k.place]
	if p.turn != k.turn {
		return nil, false
	}
	p.turn++
	t.free = append(t.free, k.place)
	return &p.value, true
}

// out is the number of tickets that have not come back.
func (t *tickets[T]) out() int { return len(t.places) - len(t.free) }
