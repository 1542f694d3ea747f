package store_test

import (
	"fmt"
	"testing"

	"sendtocrm/internal/crm"
)

// BenchmarkLedger is what the database costs a lone send: the read, the first commit, the second.
func BenchmarkLedger(b *testing.B) {
	bench := newBench(b)
	n := 0
	b.Run("Subject", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := bench.store.Subject(b.Context(), "user-1", bench.connection.ID, "contact", "r1"); err != nil {
				b.Fatal(err)
			}
		}
	})
	begun := make([]crm.Begun, 0, 1<<16)
	b.Run("Begin", func(b *testing.B) {
		for b.Loop() {
			n++
			begun = append(begun, bench.begin(bench.intent(fmt.Sprint("b", n), 0, crm.Create)))
		}
	})
	b.Run("Begin+Finish", func(b *testing.B) {
		for b.Loop() {
			n++
			bench.finish(bench.begin(bench.intent(fmt.Sprint("b", n), 0, crm.Create)), created("42"))
		}
	})
}
