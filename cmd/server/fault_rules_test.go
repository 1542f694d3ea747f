package main

import (
	"fmt"
	"slices"
	"time"
)

const (
	// stuckAfter is how long a send may be under way without anybody who attends to it.
	stuckAfter = 30 * time.Second
	// onItsWay is how old a pause may be when a call that left before it arrives.
	onItsWay = 50 * time.Millisecond
)

// acknowledgedLost: what a client was told is in the CRM is not there, is not linked, or was overwritten by something
// older.
func (h history) acknowledgedLost() (found []string) {
	links, records, sends := h.linkOf(), h.recordOf(), map[string]sendRow{}
	for _, s := range h.Sends {
		sends[s.ID] = s
	}
	attempts := bySubject(h.Attempts, func(a attempt) subject { return a.subject }, func(a attempt) time.Time { return a.Start })
	seen := map[[2]string]bool{}
	for _, a := range h.Attempts {
		if !a.acknowledged() || seen[[2]string{a.User, a.Key}] && a.Key != "" {
			continue
		}
		seen[[2]string{a.User, a.Key}] = true
		link, linked := links[a.subject]
		record, held := records[recordKey{a.kind(), link.CRMID}]
		switch row, stored := sends[a.SendID]; {
		case !stored || row.Status != "succeeded":
			found = append(found, fmt.Sprintf("%v: send %s was acknowledged with %d and is stored as %q", a.subject, a.SendID, a.Status, row.Status))
		case !linked || link.CRMID == "":
			found = append(found, fmt.Sprintf("%v: acknowledged, and there is no link", a.subject))
		case link.CRMID != a.CRMID:
			found = append(found, fmt.Sprintf("%v: acknowledged as %q, linked to %q", a.subject, a.CRMID, link.CRMID))
		case !held:
			found = append(found, fmt.Sprintf("%v: the CRM has no record %q", a.subject, link.CRMID))
		case overwritten(a, record.Digest, attempts[a.subject]):
			found = append(found, fmt.Sprintf("%v: %s was acknowledged, the CRM holds the older %q", a.subject, a.Digest, record.Digest))
		}
	}
	return found
}

// overwritten reports whether what the CRM holds is older than an acknowledged request: every request with that digest
// had been answered before this one was first made. A request takes effect at some time between its first attempt and
// its first answer, and one without a final answer at any time. of are all attempts for the record, in order.
func overwritten(acknowledged attempt, held string, of []attempt) bool {
	if held == acknowledged.Digest {
		return false
	}
	first := of[slices.IndexFunc(of, func(a attempt) bool { return a.Key == acknowledged.Key && a.Digest == acknowledged.Digest })].Start
	answered := map[string]time.Time{} // the first time that each key with that digest was
	for _, a := range of {
		if at, ok := answered[a.Key]; a.Digest == held && a.acknowledged() && (!ok || a.End.Before(at)) {
			answered[a.Key] = a.End
		}
	}
	for _, a := range of {
		if at, ok := answered[a.Key]; a.Digest == held && (!ok || !at.Before(first)) {
			return false
		}
	}
	return true
}

// wrongID: an answer or a link names a CRM record that belongs to another record.
func (h history) wrongID() (found []string) {
	records := h.recordOf()
	wrong := func(s subject, id string) bool {
		r, held := records[recordKey{s.kind(), id}]
		return held && r.Record != s.Record
	}
	for _, a := range h.Attempts {
		if a.acknowledged() && wrong(a.subject, a.CRMID) {
			found = append(found, fmt.Sprintf("%v: the answer names %q, which is another's", a.subject, a.CRMID))
		}
	}
	for _, l := range h.Links {
		if wrong(l.subject, l.CRMID) {
			found = append(found, fmt.Sprintf("%v: linked to %q, which is another's", l.subject, l.CRMID))
		}
	}
	return found
}

// duplicate: the CRM carried out more creates of one record than it may have.
func (h history) duplicate() (found []string) {
	calls := h.callsOf()
	for _, s := range inOrder(calls) {
		n := 0
		for _, c := range calls[s] {
			if c.Operation == "create" && c.Applied {
				n++
			}
		}
		if allowed := 1 + h.Allowed[s]; n > allowed {
			found = append(found, fmt.Sprintf("%v: created %d times, %d allowed", s, n, allowed))
		}
	}
	return found
}

// callWithoutRow: the CRM wrote before a row of that record was committed, or with none.
func (h history) callWithoutRow() (found []string) {
	first := map[subject]time.Time{}
	for _, s := range h.Sends {
		if at, ok := first[s.subject]; !ok || s.Created.Before(at) {
			first[s.subject] = s.Created
		}
	}
	for _, c := range h.Calls {
		if at, ok := first[c.subject]; c.Applied && (!ok || at.After(c.Start)) {
			found = append(found, fmt.Sprintf("%v: %s of %q at %s, without a row before it", c.subject, c.Operation, c.CRMID, c.Start.Format(time.TimeOnly)))
		}
	}
	return found
}

// stuck: a send is under way and nobody attends to it.
func (h history) stuck() (found []string) {
	for _, s := range h.Sends {
		if age := h.Taken.Sub(s.Sending); s.Status == "sending" && age >= stuckAfter {
			found = append(found, fmt.Sprintf("%v: send %s is still sending after %s", s.subject, s.ID, age.Round(time.Second)))
		}
	}
	return found
}

// blindCreate: after a create that may have been executed, another one without a look whether it was.
func (h history) blindCreate() (found []string) {
	calls := h.callsOf()
	for _, s := range inOrder(calls) {
		var open *crmCall // the create whose outcome is not known
		allowed := h.Allowed[s]
		for _, c := range calls[s] {
			switch {
			case c.Operation == "search", c.Operation == "list", c.Operation == "get":
				if open != nil && !c.Start.Before(open.End) {
					open = nil
				}
			case c.Operation != "create":
			case open != nil && allowed > 0:
				allowed--
			case open != nil:
				found = append(found, fmt.Sprintf("%v: created again at %s, %s after a create that ended with %d, without a look",
					s, c.Start.Format("15:04:05.000"), c.Start.Sub(open.Start).Round(time.Millisecond), open.Status))
			}
			if c.Operation == "create" && c.mayHaveWritten(h.Searchless[s.kind()]) {
				open = &c
			}
		}
	}
	return found
}

// hiddenAmbiguity: the CRM has a record that the service neither links nor shows as unsettled.
func (h history) hiddenAmbiguity() (found []string) {
	links, shown := h.linkOf(), map[subject]bool{}
	for _, s := range h.Sends {
		if slices.Contains([]string{"unknown", "needs_review", "queued", "sending"}, s.Status) {
			shown[s.subject] = true // one that is sending for too long is stuck, which has a name of its own
		}
	}
	for _, c := range h.Calls {
		if c.Operation == "create" && c.Applied && links[c.subject].CRMID != c.CRMID && !shown[c.subject] {
			found = append(found, fmt.Sprintf("%v: the CRM created %q, and nothing here says so", c.subject, c.CRMID))
		}
	}
	return found
}

// retryAfterViolated: a call came before the pause was over that the CRM had asked for.
func (h history) retryAfterViolated() (found []string) {
	for _, c := range h.Calls {
		for _, p := range h.Pauses {
			if p.Credential == c.Credential && c.Start.After(p.From.Add(onItsWay)) && c.Start.Before(p.Until) {
				found = append(found, fmt.Sprintf("%v: %s %s after a 429 that asked for %s", c.subject, c.Operation,
					c.Start.Sub(p.From).Round(time.Millisecond), p.Until.Sub(p.From)))
			}
		}
	}
	return found
}

// answersDiffer: the same key was answered twice, and not the same.
func (h history) answersDiffer() (found []string) {
	type said struct {
		status int
		body   string
	}
	first := map[[2]string]said{}
	for _, a := range h.Attempts {
		if a.Key == "" || a.Status < 200 || a.Status >= 300 {
			continue
		}
		key := [2]string{a.User, a.Key}
		if was, ok := first[key]; ok && was != (said{a.Status, a.Body}) {
			found = append(found, fmt.Sprintf("%v: key %s was answered %d %s and then %d %s", a.subject, a.Key, was.status, was.body, a.Status, a.Body))
		} else if !ok {
			first[key] = said{a.Status, a.Body}
		}
	}
	return found
}

// internalError: no fault around the service is a fault inside it.
func (h history) internalError() (found []string) {
	for _, a := range h.Attempts {
		if a.Status == 500 {
			found = append(found, fmt.Sprintf("%v: answered 500 %s", a.subject, a.Body))
		}
	}
	return found
}

// recordKey is how a CRM record is found: ids are unique within a kind.
type recordKey struct {
	kind
	id string
}

func (h history) recordOf() map[recordKey]crmRecord {
	all := map[recordKey]crmRecord{}
	for _, r := range h.Records {
		all[recordKey{r.kind(), r.ID}] = r
	}
	return all
}

func (h history) linkOf() map[subject]linkRow {
	all := map[subject]linkRow{}
	for _, l := range h.Links {
		all[l.subject] = l
	}
	return all
}

func (h history) callsOf() map[subject][]crmCall {
	return bySubject(h.Calls, func(c crmCall) subject { return c.subject }, func(c crmCall) time.Time { return c.Start })
}
