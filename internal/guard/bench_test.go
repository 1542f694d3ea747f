package guard_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"sendtocrm/internal/guard"
)

const connector, connection = "hubspot", "0192a4c6-7f2e-7c55-9f3f-6f1d2b9a8e01"

// happy is what each call of a CRM costs when all is well.
func happy() map[string]func() {
	g, breakers, budget := guard.NewGate(64), guard.NewBreakers(time.Now, nil), guard.NewBudget(time.Now)
	return map[string]func(){
		"Gate": func() {
			leave, _ := g.Enter(connector, connection)
			leave()
		},
		"Breakers": func() {
			done, _, _ := breakers.Allow(connector)
			done(true)
		},
		"Open":    func() { breakers.Open(connector) },
		"Budget":  func() { budget.First(connection) },
		"Backoff": func() { guard.Backoff(3, time.Second, time.Minute, rand.Float64) },
	}
}

func TestHappyPathAllocatesOnceAtMost(t *testing.T) {
	for name, call := range happy() {
		if n := testing.AllocsPerRun(1000, call); n > 1 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkHappyPath(b *testing.B) {
	for name, call := range happy() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				call()
			}
		})
		b.Run(name+"/parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					call()
				}
			})
		})
	}
}
