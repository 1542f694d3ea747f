//go:build fault

package main

import "time"

// pointRounds is how often the process dies at each point (R2); the ordinary build has no points.
const pointRounds = 100

// scale is what the promises say.
var scale = scales{
	full:   true,
	settle: 3 * time.Minute,
	kills:  200, sends: 10_000, clients: 64, records: 2_000,
	databaseKills: 20, halfOpen: time.Minute,
	lost: 0.05, lostSends: 10_000,
	stalled: 0.01, stallSends: 2_000,
	throttleSends: 60, retryAfter: []int{1, 2, 5, 10, 30}, limitSends: 600,
	unavailableSends: 10_000,
	outage:           10 * time.Minute,
	keys:             1_000, callersPerKey: 100, foreignKeys: 100,
	stops: 10, zombie: 90 * time.Second,
	overload: time.Minute, callerRate: 100,
}
