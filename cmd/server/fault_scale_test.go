//go:build !fault

package main

import "time"

// scale is how much of each fault the ordinary suite takes; `go test -tags fault` takes the numbers of the promises.
var scale = scales{
	settle: stuckAfter + 2*time.Second,
	kills:  3, sends: 160, clients: 8, records: 40,
	databaseKills: 2, halfOpen: 2500 * time.Millisecond,
	lost: 0.2, lostSends: 60,
	stalled: 0.05, stallSends: 60,
	throttleSends: 14, retryAfter: []int{1}, limitSends: 20,
	unavailableSends: 100,
	outage:           3 * time.Second,
	keys:             6, callersPerKey: 20, foreignKeys: 5,
	stops: 1, zombie: 3 * time.Second,
	overload: 2 * time.Second, callerRate: 40,
}
