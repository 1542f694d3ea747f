package coalesce_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sendtocrm/internal/coalesce"
)

// BenchmarkDo is many callers in a closed loop with a run that takes 200 µs, with and without batches.
func BenchmarkDo(b *testing.B) {
	for _, maxBatch := range []int{1, 64} {
		for _, callers := range []int{1, 16, 64} {
			b.Run(fmt.Sprintf("batch=%d/callers=%d", maxBatch, callers), func(b *testing.B) {
				b.ReportAllocs()
				var runs, items atomic.Int64
				c := coalesce.New(func(_ context.Context, batch []int64) ([]int64, error) {
					runs.Add(1)
					time.Sleep(200 * time.Microsecond)
					return batch, nil
				}, coalesce.Options{Lanes: 2, MaxBatch: maxBatch})
				var group sync.WaitGroup
				for range callers {
					group.Go(func() {
						for n := items.Add(1); n <= int64(b.N); n = items.Add(1) {
							if _, err := c.Do(b.Context(), n); err != nil {
								b.Error(err)
							}
						}
					})
				}
				group.Wait()
				b.ReportMetric(float64(b.N)/float64(runs.Load()), "items/run")
			})
		}
	}
}

// BenchmarkAlone is what coalescing costs where there is nothing to coalesce.
func BenchmarkAlone(b *testing.B) {
	c := coalesce.New(func(_ context.Context, batch []int) ([]int, error) { return batch, nil }, coalesce.Options{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Do(b.Context(), 1); err != nil {
			b.Fatal(err)
		}
	}
}
