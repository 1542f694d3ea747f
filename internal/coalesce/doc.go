// Package coalesce lets concurrent callers share one costly step, as a database's group commit does: N statements in
// one transaction instead of N transactions. It adapts to the load by itself, without a timer and without a delay.
//
//	Do ── a lane is free ─────────────▶ run([mine])              alone: at once, in the caller's own goroutine
//	Do ── all lanes are busy ──▶ queue
//	                               │ a lane becomes free: the first in the queue gets it,
//	                               └──▶ run([first, …, last])    takes the others along, and runs them in its goroutine
//
// The slower run is and the more callers there are, the more gather meanwhile, and the larger the next batch; a lone
// caller pays a mutex and nothing else. Every run is made by one of the callers, so an idle Coalescer has no goroutine
// and need not be closed.
//
//	queued ──▶ leads (has a lane) ──▶ runs ──▶ has its result
//	  │  └───▶ running (in another's batch) ─▶ has its result
//	  │            └─ the batch fails ──▶ queued, to run alone
//	  └─ its context ends: taken out
//
// One bad item must not fail the others: when a batch fails, each of its items is run again by itself. That is right
// only if a run that fails has changed nothing (a transaction that is rolled back), which is therefore part of the
// contract of run; see Options.Split for errors after which nobody knows.
//
// The package imports the standard library only.
package coalesce
