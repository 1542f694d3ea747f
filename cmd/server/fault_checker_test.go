package main

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// second is a point of a made-up history.
func second(n float64) time.Time {
	return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(n * float64(time.Second)))
}

// goodHistory is a send that was asked for twice with one key, because the first answer was lost on its way to the
// client, an update of the same record, and a deal whose outcome is not known and shown as such.
func goodHistory() history {
	ann := subject{"c1", "contact", "ann"}
	deal := subject{"c1", "deal", "big"}
	return history{
		Attempts: []attempt{
			{subject: ann, User: "u", Key: "k1", Digest: "v1", Start: second(0), End: second(1)},
			{subject: ann, User: "u", Key: "k1", Digest: "v1", Start: second(2), End: second(3), Status: 201, SendID: "s1", State: "succeeded", CRMID: "100", Body: "{1}"},
			{subject: ann, User: "u", Key: "k2", Digest: "v2", Start: second(4), End: second(5), Status: 200, SendID: "s2", State: "succeeded", CRMID: "100", Body: "{2}"},
			{subject: deal, User: "u", Key: "k3", Digest: "v3", Start: second(6), End: second(7), Status: 202, SendID: "s3", State: "unknown", Body: "{3}"},
		},
		Calls: []crmCall{
			{subject: ann, Credential: "cred", Operation: "create", Start: second(0.5), End: second(0.6), Status: 200, Applied: true, CRMID: "100"},
			{subject: ann, Credential: "cred", Operation: "update", Start: second(4.5), End: second(4.6), Status: 200, Applied: true, CRMID: "100"},
			{subject: deal, Credential: "cred", Operation: "create", Start: second(6.5), End: second(6.6), Applied: true, CRMID: "200"},
		},
		Records: []crmRecord{{ann, "100", "v2"}, {deal, "200", "v3"}},
		Sends: []sendRow{
			{subject: ann, ID: "s1", Status: "succeeded", Created: second(0.2)},
			{subject: ann, ID: "s2", Status: "succeeded", Created: second(4.2)},
			{subject: deal, ID: "s3", Status: "unknown", Created: second(6.2)},
		},
		Links:      []linkRow{{ann, "100", false}, {deal, "", true}},
		Searchless: map[kind]bool{{"c1", "deal"}: true},
		Taken:      second(60),
	}
}

func TestCheckerAcceptsWhatIsRight(t *testing.T) {
	t.Parallel()
	if found := goodHistory().check(); len(found) > 0 {
		t.Errorf("a good history:\n%s", report(found))
	}
	if found := (history{}).check(); len(found) > 0 {
		t.Errorf("an empty history:\n%s", report(found))
	}
	for name, change := range map[string]func(*history){
		"a look before the second create": func(h *history) {
			h.Calls[0].Applied, h.Calls[0].Status = false, 504
			h.Calls = append(h.Calls,
				crmCall{subject: h.Calls[0].subject, Operation: "search", Start: second(0.7), End: second(0.71), Status: 200},
				crmCall{subject: h.Calls[0].subject, Operation: "create", Start: second(0.8), End: second(0.9), Status: 200, Applied: true, CRMID: "100"})
		},
		"a refused create, then another": func(h *history) {
			h.Calls = append(h.Calls, crmCall{subject: h.Calls[0].subject, Operation: "create", Start: second(0.3), End: second(0.4), Status: 429})
		},
		"a 503 of what cannot be looked up, then another": func(h *history) {
			h.Calls = append(h.Calls, crmCall{subject: h.Calls[2].subject, Operation: "create", Start: second(6.3), End: second(6.4), Status: 503})
		},
		"a second create that a person asked for": func(h *history) {
			h.Calls = append(h.Calls, crmCall{subject: h.Calls[2].subject, Operation: "create", Start: second(9), End: second(9.1), Status: 200, Applied: true, CRMID: "201"})
			h.Records = append(h.Records, crmRecord{h.Calls[2].subject, "201", "v3"})
			h.Allowed = map[subject]int{h.Calls[2].subject: 1}
		},
		"an older request that was never answered": func(h *history) {
			h.Attempts = slices.Insert(h.Attempts, 2, attempt{subject: h.Attempts[0].subject, User: "u", Key: "k0", Digest: "v0", Start: second(3.1), End: second(3.2)})
			h.Records[0].Digest = "v0"
		},
		"an answer that is given once more after a newer one": func(h *history) {
			h.Attempts = append(h.Attempts[1:], h.Attempts[1])
			last := &h.Attempts[len(h.Attempts)-1]
			last.Start, last.End = second(8), second(9)
		},
		"an answer that was first lost, and given after a newer one": func(h *history) {
			h.Attempts[1].Start, h.Attempts[1].End = second(8), second(9)
		},
		"two requests at once, the first one wins": func(h *history) {
			h.Attempts[2].Start = second(2.5)
			h.Records[0].Digest = "v1"
		},
		"a call that was on its way when the pause began": func(h *history) {
			h.Pauses = []pause{{"cred", second(4.46), second(6)}}
		},
		"another credential's pause": func(h *history) { h.Pauses = []pause{{"other", second(4), second(6)}} },
		"a send that has just begun": func(h *history) {
			h.Sends = append(h.Sends, sendRow{h.Links[0].subject, "s9", "sending", second(5), second(55)})
		},
	} {
		h := goodHistory()
		change(&h)
		if found := h.check(); len(found) > 0 {
			t.Errorf("%s:\n%s", name, report(found))
		}
	}
}

// A checker that cannot fail proves nothing: each of these histories breaks one promise.
func TestCheckerFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		change func(*history)
		rules  []string
	}{
		{"the row of an acknowledged send is gone", func(h *history) { h.Sends[1].ID = "other" }, []string{"acknowledged-lost"}},
		{"an acknowledged send is stored as failed", func(h *history) { h.Sends[1].Status = "failed" }, []string{"acknowledged-lost"}},
		{"there is no link", func(h *history) { h.Links[0] = linkRow{subject: subject{"c1", "contact", "bob"}} },
			[]string{"acknowledged-lost", "acknowledged-lost", "hidden-ambiguity"}},
		{"the link is empty", func(h *history) { h.Links[0].CRMID = "" }, []string{"acknowledged-lost", "acknowledged-lost", "hidden-ambiguity"}},
		{"the answer names another id than the link", func(h *history) { h.Attempts[2].CRMID = "101" }, []string{"acknowledged-lost"}},
		{"the CRM has no such record", func(h *history) { h.Records = h.Records[1:] }, []string{"acknowledged-lost", "acknowledged-lost"}},
		{"the CRM holds what was there before the update", func(h *history) { h.Records[0].Digest = "v1" }, []string{"acknowledged-lost"}},
		{"the CRM holds what nobody has sent", func(h *history) { h.Records[0].Digest = "" }, []string{"acknowledged-lost", "acknowledged-lost"}},
		{"an answer names another record's id", func(h *history) { h.Records[0].Record, h.Links[0].CRMID = "bob", "100" },
			[]string{"wrong-id", "wrong-id", "wrong-id"}},
		{"a link leads to another record", func(h *history) {
			h.Links[1].CRMID = "201"
			h.Records = append(h.Records, crmRecord{subject{"c1", "deal", "small"}, "201", "v8"})
		},
			[]string{"wrong-id"}},
		{"created twice after a look", func(h *history) {
			h.Calls = append(h.Calls,
				crmCall{subject: h.Calls[0].subject, Operation: "search", Start: second(0.7), End: second(0.71), Status: 200},
				crmCall{subject: h.Calls[0].subject, Operation: "create", Start: second(0.8), End: second(0.9), Status: 200, Applied: true, CRMID: "100"})
		}, []string{"duplicate"}},
		{"one more than the person asked for", func(h *history) {
			for _, at := range []float64{8, 9} {
				h.Calls = append(h.Calls, crmCall{subject: h.Calls[2].subject, Operation: "create", Start: second(at), End: second(at), Status: 200, Applied: true, CRMID: "200"})
			}
			h.Allowed = map[subject]int{h.Calls[2].subject: 1}
		}, []string{"duplicate", "blind-create"}},
		{"a call for a record that was never stored", func(h *history) {
			h.Calls = append(h.Calls, crmCall{subject: subject{"c1", "contact", "eve"}, Operation: "update", Start: second(1), Status: 200, Applied: true, CRMID: "300"})
		}, []string{"call-without-row"}},
		{"a call before its row", func(h *history) { h.Sends[0].Created = second(0.55) }, []string{"call-without-row"}},
		{"sending for half a minute", func(h *history) {
			h.Sends = append(h.Sends, sendRow{h.Links[0].subject, "s9", "sending", second(5), second(30)})
		}, []string{"stuck"}},
		{"created again without a look", func(h *history) {
			h.Calls[0].Applied, h.Calls[0].Status = false, 0
			h.Calls = append(h.Calls, crmCall{subject: h.Calls[0].subject, Operation: "create", Start: second(0.8), End: second(0.9), Status: 200, Applied: true, CRMID: "100"})
		}, []string{"blind-create"}},
		{"the look was over before the first create ended", func(h *history) {
			h.Calls[0].Applied, h.Calls[0].Status = false, 504
			h.Calls = append(h.Calls,
				crmCall{subject: h.Calls[0].subject, Operation: "search", Start: second(0.55), End: second(0.56), Status: 200},
				crmCall{subject: h.Calls[0].subject, Operation: "create", Start: second(0.8), End: second(0.9), Status: 200, Applied: true, CRMID: "100"})
		}, []string{"blind-create"}},
		{"a 503 of what can be looked up, then another", func(h *history) {
			h.Calls = append(h.Calls, crmCall{subject: h.Calls[0].subject, Operation: "create", Start: second(0.3), End: second(0.4), Status: 503})
		}, []string{"blind-create"}},
		{"a lost answer that is shown as failed", func(h *history) { h.Sends[2].Status = "failed" }, []string{"hidden-ambiguity"}},
		{"a lost answer after which nothing is left", func(h *history) { h.Sends, h.Links = h.Sends[:2], h.Links[:1] },
			[]string{"call-without-row", "hidden-ambiguity"}},
		{"a call during the pause", func(h *history) { h.Pauses = []pause{{"cred", second(4.4), second(4.51)}} }, []string{"retry-after-violated"}},
		{"two answers to one key", func(h *history) { h.Attempts[0] = h.Attempts[1]; h.Attempts[0].Body = "{ 1}" }, []string{"answers-differ"}},
		{"two statuses to one key", func(h *history) { h.Attempts[0] = h.Attempts[1]; h.Attempts[0].Status = 200 }, []string{"answers-differ"}},
		{"a 500", func(h *history) { h.Attempts[0].Status = 500 }, []string{"internal-error"}},
	} {
		h := goodHistory()
		tc.change(&h)
		var broken []string
		for _, v := range h.check() {
			broken = append(broken, v.Rule)
		}
		if diff := cmp.Diff(tc.rules, broken); diff != "" {
			t.Errorf("%s: rules (-want +got):\n%s%s", tc.name, diff, report(h.check()))
		}
	}
}

// Every rule is broken by one of the histories above.
func TestCheckerHasNoIdleRule(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, r := range rules {
		if names[r.name] || r.find == nil {
			t.Errorf("the rule %q", r.name)
		}
		names[r.name] = true
	}
	h := goodHistory()
	h.Attempts = append(h.Attempts, attempt{subject: h.Attempts[1].subject, User: "u", Key: "k1", Status: 201, SendID: "s7", CRMID: "200"}, attempt{Status: 500})
	h.Records[0].Record, h.Records[0].Digest = "bob", "v9"
	h.Calls = append(h.Calls, h.Calls[0], crmCall{subject: subject{"c1", "deal", "eve"}, Operation: "create", Start: second(1), Applied: true, CRMID: "9"})
	h.Sends = append(h.Sends, sendRow{h.Sends[0].subject, "s8", "sending", second(0), second(0)})
	h.Sends[1].ID = ""
	h.Pauses = []pause{{"cred", second(4.4), second(5)}}
	for _, v := range h.check() {
		delete(names, v.Rule)
	}
	if len(names) > 0 {
		t.Errorf("these rules found nothing: %v\n%s", names, report(h.check()))
	}
}
