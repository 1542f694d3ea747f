package crm

import (
	"context"
	"sync/atomic"
	"time"
)

// storageKey is where a context carries its allowance of time with the database.
type storageKey struct{}

// WithStorageLimit bounds what all accesses to the database in ctx may take together: a caller of a slow database is
// refused in time, and not after each of its accesses was nearly too slow.
func WithStorageLimit(ctx context.Context, limit time.Duration) context.Context {
	left := &atomic.Int64{}
	left.Store(int64(limit))
	return context.WithValue(ctx, storageKey{}, left)
}

// withoutStorageLimit is for what has to be stored, whatever it takes.
func withoutStorageLimit(ctx context.Context) context.Context {
	return context.WithValue(ctx, storageKey{}, (*atomic.Int64)(nil))
}

// StorageContext is ctx for one access to the database: no longer than atMost, and no longer than what ctx has left.
// done ends the access.
func StorageContext(ctx context.Context, atMost time.Duration) (access context.Context, done context.CancelFunc) {
	left, _ := ctx.Value(storageKey{}).(*atomic.Int64)
	if left == nil {
		return context.WithTimeout(ctx, atMost)
	}
	begun := time.Now()
	access, cancel := context.WithTimeout(ctx, min(atMost, time.Duration(left.Load())))
	return access, func() {
		cancel()
		left.Add(-int64(time.Since(begun)))
	}
}
