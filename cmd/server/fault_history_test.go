package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// history is all that happened in a run, from the three sides that can be asked: the clients, the CRM and the database.
//
//	attempts (clients) × calls, records, pauses (sandbox) × sends, links (database)  ──▶  violations, by name
//
// A record of the host is made so that the CRM's side can be matched to it: its e-mail address, or a deal's name,
// carries the record's id, and one more field the digest of the request that it is from.
type history struct {
	Attempts []attempt
	Calls    []crmCall
	Records  []crmRecord
	Pauses   []pause
	Sends    []sendRow
	Links    []linkRow

	Searchless map[kind]bool   // objects that cannot be looked up
	Allowed    map[subject]int // further creates that a person has asked for
	Taken      time.Time       // when the database was read
}

// kind is an object of one connection, such as its deals.
type kind struct{ Connection, Object string }

// subject is one record of the host on one connection: what there may be one CRM record of.
type subject struct{ Connection, Object, Record string }

func (s subject) String() string { return s.Object + " " + s.Record + " on " + s.Connection }
func (s subject) kind() kind     { return kind{s.Connection, s.Object} }

// attempt is one request of a client and what came of it.
type attempt struct {
	subject
	User, Key  string
	Digest     string // of the request's fields; the CRM record carries it, too
	Start, End time.Time
	URL        string // the process that was asked
	Status     int    // 0: no answer
	Code       string // of a refusal
	RetryAfter string
	SendID     string
	State      string // the send's
	CRMID      string
	Body       string
}

// acknowledged reports whether the client was told that its record is in the CRM.
func (a attempt) acknowledged() bool { return a.Status == 200 || a.Status == 201 }

// crmCall is a call as the CRM saw it. Record is the host's, empty where the call names none.
type crmCall struct {
	subject
	Credential string
	Operation  string // create, update, search, list, get
	Start, End time.Time
	Status     int  // 0: no answer
	Applied    bool // something was written
	CRMID      string
}

// mayHaveWritten reports whether a client that did not see the CRM's books would have to take the call for executed.
// A 503 is a refusal where nothing better can be found out by looking.
func (c crmCall) mayHaveWritten(searchless bool) bool {
	switch {
	case c.Status == 503:
		return !searchless
	case c.Status >= 400 && c.Status < 500 && c.Status != 408:
		return false
	}
	return true
}

// crmRecord is what the CRM holds in the end.
type crmRecord struct {
	subject
	ID, Digest string
}

// sendRow is a send as stored. Sending: since when it has been seen under way without a break.
type sendRow struct {
	subject
	ID, Status string
	Created    time.Time
	Sending    time.Time
}

// linkRow says which CRM record belongs to a record of the host; Unresolved: a create of it has no known outcome.
type linkRow struct {
	subject
	CRMID      string
	Unresolved bool
}

// violation is a broken promise.
type violation struct{ Rule, What string }

func (v violation) String() string { return v.Rule + ": " + v.What }

// rule finds what breaks one promise.
type rule struct {
	name string
	find func(history) []string
}

// rules are the promises of a send, by the names under which they are reported.
var rules = []rule{
	{"acknowledged-lost", history.acknowledgedLost},
	{"wrong-id", history.wrongID},
	{"duplicate", history.duplicate},
	{"call-without-row", history.callWithoutRow},
	{"stuck", history.stuck},
	{"blind-create", history.blindCreate},
	{"hidden-ambiguity", history.hiddenAmbiguity},
	{"retry-after-violated", history.retryAfterViolated},
	{"answers-differ", history.answersDiffer},
	{"internal-error", history.internalError},
}

// check returns the broken promises, none for a run that kept them all.
func (h history) check() (found []violation) {
	for _, r := range rules {
		for _, what := range r.find(h) {
			found = append(found, violation{r.name, what})
		}
	}
	return found
}

// summary is for a test's log.
func (h history) summary() string {
	statuses := map[int]int{}
	for _, a := range h.Attempts {
		statuses[a.Status]++
	}
	states := map[string]int{}
	for _, s := range h.Sends {
		states[s.Status]++
	}
	return fmt.Sprintf("%d attempts %v, %d calls, %d CRM records, sends %v", len(h.Attempts), statuses, len(h.Calls), len(h.Records), states)
}

// report is the violations as a text, the first few of each rule.
func report(violations []violation) string {
	const shown = 5
	var text strings.Builder
	for _, r := range rules {
		n := 0
		for _, v := range violations {
			if v.Rule != r.name {
				continue
			}
			if n++; n <= shown {
				fmt.Fprintln(&text, v)
			}
		}
		if n > shown {
			fmt.Fprintf(&text, "%s: and %d more\n", r.name, n-shown)
		}
	}
	return text.String()
}

// bySubject groups, keeping the order of time.
func bySubject[T any](list []T, of func(T) subject, at func(T) time.Time) map[subject][]T {
	groups := map[subject][]T{}
	for _, one := range list {
		groups[of(one)] = append(groups[of(one)], one)
	}
	for _, group := range groups {
		slices.SortStableFunc(group, func(a, b T) int { return at(a).Compare(at(b)) })
	}
	return groups
}

// inOrder are a group's keys, so that reports read the same each time.
func inOrder[T any](groups map[subject][]T) []subject {
	keys := make([]subject, 0, len(groups))
	for s := range groups {
		keys = append(keys, s)
	}
	slices.SortFunc(keys, func(a, b subject) int { return cmp.Compare(a.String(), b.String()) })
	return keys
}
