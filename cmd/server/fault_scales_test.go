package main

import "time"

// scales is how much of each fault a run takes.
type scales struct {
	full bool // the limits on times hold, too: nothing else runs on the machine

	settle time.Duration // until everything that can be settled is; more than stuckAfter

	kills, sends, clients, records int // R1, and R3, R14, R15 as far as they say nothing else

	databaseKills int           // R3
	halfOpen      time.Duration // R4: how long the database says nothing

	lost      float64 // R5: share of answers that are lost
	lostSends int

	stalled    float64 // R6: share of calls that are executed and not answered
	stallSends int

	throttleSends int   // R7
	retryAfter    []int // seconds
	limitSends    int   // against a CRM with a limit of its own

	unavailableSends int // R8

	outage time.Duration // R9: how long a CRM stays down once that is known

	keys, callersPerKey int // R10
	foreignKeys         int // R11

	stops  int           // R13
	zombie time.Duration // R14: how long a process sleeps; longer than its lease

	overload   time.Duration // R21
	callerRate int           // sends a second that the service is set to take from a caller
}
