package guard_test

import (
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"sendtocrm/internal/guard"
)

// fill lets the classes enter in turns until the gate refuses all of them, and tells how many slots each holds.
func fill(g *guard.Gate, classes ...string) (held []int) {
	held = make([]int, len(classes))
	for more := true; more; {
		more = false
		for i, class := range classes {
			if _, ok := g.Enter(class); ok {
				held[i]++
				more = true
			}
		}
	}
	return held
}

func TestGateShares(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		capacity int
		classes  []string
		want     string
	}{
		{1, []string{"a"}, "[1]"},
		{2, []string{"a"}, "[1]"},
		{3, []string{"a"}, "[1]"},
		{10, []string{"a"}, "[5]"},
		{11, []string{"a"}, "[5]"},
		{12, []string{"a", "b"}, "[4 4]"},
		{64, []string{"a", "b", "c"}, "[16 16 16]"},
		{2, []string{"a", "b", "c"}, "[1 1 0]"},
	} {
		t.Run(fmt.Sprint(test.capacity, test.classes), func(t *testing.T) {
			t.Parallel()
			if got := fmt.Sprint(fill(guard.NewGate(test.capacity), test.classes...)); got != test.want {
				t.Errorf("held %s, want %s", got, test.want)
			}
		})
	}
}

func TestGateCountsInEachClass(t *testing.T) {
	t.Parallel()
	g := guard.NewGate(8)
	for i := range 4 { // four connections of one connector take its half
		if _, ok := g.Enter("hubspot", strconv.Itoa(i)); !ok {
			t.Fatalf("connection %d was refused", i)
		}
	}
	if _, ok := g.Enter("hubspot", "another"); ok {
		t.Error("the connector got more than half")
	}
	if _, ok := g.Enter("copper", "another"); !ok {
		t.Error("a refused call left a count behind, or the other connector has no room")
	}
}

func TestGateCountsARepeatedClassOnce(t *testing.T) {
	t.Parallel()
	g := guard.NewGate(4)
	leave, _ := g.Enter("a", "a")
	if _, ok := g.Enter("a"); !ok {
		t.Error("the first call counted twice")
	}
	leave()
	if n := g.Classes(); n != 1 {
		t.Errorf("%d classes, want 1", n)
	}
}

func TestGateSlotIsGivenBackOnce(t *testing.T) {
	t.Parallel()
	g := guard.NewGate(2)
	stale, _ := g.Enter("a")
	stale()
	_, ok := g.Enter("b") // takes the same slot
	stale()
	if used, capacity := g.Load(); !ok || used != 1 || capacity != 2 {
		t.Errorf("load %d of %d, want 1 of 2", used, capacity)
	}
}

func TestGateRefusedCanLeave(t *testing.T) {
	t.Parallel()
	g := guard.NewGate(1)
	g.Enter()
	leave, ok := g.Enter()
	leave()
	if used, _ := g.Load(); ok || used != 1 {
		t.Errorf("entered %v, %d used", ok, used)
	}
}

func TestNewGateNeedsRoom(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("a gate without slots was made")
		}
	}()
	guard.NewGate(0)
}

// Any sequence of entering and leaving keeps to the capacity and to the shares, refuses nobody without a reason, and
// leaves nothing behind.
func TestGateRule(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		capacity := rapid.IntRange(1, 20).Draw(t, "capacity")
		g := guard.NewGate(capacity)
		type entry struct {
			leave   func()
			classes []string
		}
		var inside []entry
		var gone []func()
		held := map[string]int{}
		class := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
		t.Repeat(map[string]func(*rapid.T){
			"enter": func(t *rapid.T) {
				classes := rapid.SliceOfNDistinct(class, 0, 3, rapid.ID[string]).Draw(t, "classes")
				leave, ok := g.Enter(classes...)
				free := capacity - len(inside)
				full, over := free == 0, false
				for _, c := range classes {
					over = over || held[c]+1 > max(1, free-1)
				}
				if ok == (full || over) {
					t.Fatalf("Enter(%q) = %v with %d free and held %v", classes, ok, free, held)
				}
				if ok {
					inside = append(inside, entry{leave, classes})
					for _, c := range classes {
						held[c]++
					}
				}
			},
			"leave": func(t *rapid.T) {
				if len(inside) == 0 {
					return
				}
				i := rapid.IntRange(0, len(inside)-1).Draw(t, "who")
				inside[i].leave()
				for _, c := range inside[i].classes {
					held[c]--
				}
				gone = append(gone, inside[i].leave)
				inside = append(inside[:i], inside[i+1:]...)
			},
			"leave again": func(t *rapid.T) {
				if len(gone) > 0 {
					rapid.SampledFrom(gone).Draw(t, "who")()
				}
			},
			"": func(t *rapid.T) {
				if used, _ := g.Load(); used != len(inside) || used > capacity {
					t.Fatalf("%d used, %d inside, capacity %d", used, len(inside), capacity)
				}
			},
		})
		for _, e := range inside {
			e.leave()
		}
		if used, _ := g.Load(); used != 0 || g.Classes() != 0 {
			t.Fatalf("all have left: %d used, %d classes", used, g.Classes())
		}
	})
}

// Whatever one class has taken, with or without others, a class without a slot gets one while there is one.
func TestGateHasRoomForANewcomer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		capacity := rapid.IntRange(2, 200).Draw(t, "capacity")
		greedy := rapid.IntRange(1, min(6, capacity-1)).Draw(t, "greedy")
		g := guard.NewGate(capacity)
		var classes []string
		for i := range greedy {
			classes = append(classes, strconv.Itoa(i))
		}
		held := fill(g, classes...)
		if share := capacity / (greedy + 1); share > 0 && held[0] < share {
			t.Fatalf("a greedy class holds %d, less than its share %d", held[0], share)
		}
		if _, ok := g.Enter("newcomer"); !ok {
			t.Fatalf("no room for a newcomer beside %v of %d", held, capacity)
		}
	})
}

func TestGateUnderConcurrency(t *testing.T) {
	t.Parallel()
	const capacity = 8
	g := guard.NewGate(capacity)
	var inside, entered atomic.Int64
	var group sync.WaitGroup
	for caller := range 16 {
		group.Go(func() {
			for range 500 {
				leave, ok := g.Enter("connector", strconv.Itoa(caller))
				if !ok {
					continue
				}
				entered.Add(1)
				if n := inside.Add(1); n > capacity/2 {
					t.Errorf("%d calls of one connector inside", n)
				}
				inside.Add(-1)
				leave()
			}
		})
	}
	group.Wait()
	if used, _ := g.Load(); used != 0 || g.Classes() != 0 || entered.Load() == 0 {
		t.Errorf("%d used, %d classes, %d entered", used, g.Classes(), entered.Load())
	}
}
