package crm

import (
	"encoding/json"
	"testing"
	"time"

	"sendtocrm/internal/mapping"
)

// What a look-up means for a create whose answer was lost.
func TestConclude(t *testing.T) {
	t.Parallel()
	record := func(id, holder, phone string) Match {
		return Match{mapping.Candidate{ID: id, Record: json.RawMessage(`{"phone":"` + phone + `"}`)}, holder}
	}
	found := func(matches ...Match) Finding { return Finding{Possible: true, Matches: matches} }
	const lag = 30 * time.Second
	waiting := func(lookups, recreated int, unknownFor time.Duration) Waiting {
		return Waiting{Send: Send{RecordID: "r1"}, Lookups: lookups, Recreated: recreated, UnknownFor: unknownFor}
	}
	for name, c := range map[string]struct {
		waiting   Waiting
		finding   Finding
		status    SendStatus
		id        string
		askPerson bool
	}{
		"found":                          {waiting(0, 0, 0), found(record("1", "", "7")), Succeeded, "1", false},
		"found, linked to the record":    {waiting(0, 0, 0), found(record("1", "r1", "7")), Succeeded, "1", false},
		"found with other values":        {waiting(0, 0, 0), found(record("1", "", "8")), Queued, "1", false},
		"several":                        {waiting(0, 0, 0), found(record("1", "", "7"), record("2", "", "7")), NeedsReview, "", false},
		"another record's":               {waiting(0, 0, 0), found(record("1", "r2", "7")), Unknown, "", false},
		"one of two is another record's": {waiting(0, 0, 0), found(record("1", "r2", "7"), record("2", "", "7")), Succeeded, "2", false},
		"cannot be asked":                {waiting(5, 0, time.Hour), Finding{}, Unknown, "", true},
		"ruled out by a person": {
			Waiting{Send: Send{RecordID: "r1"}, RuledOut: []string{"1"}}, found(record("1", "", "7"), record("2", "", "7")), Succeeded, "2", false,
		},
		"the first miss":               {waiting(0, 0, time.Hour), found(), Unknown, "", false},
		"the second miss":              {waiting(1, 0, time.Hour), found(), Unknown, "", false},
		"the third miss, too early":    {waiting(2, 0, lag-1), found(), Unknown, "", false},
		"the third miss":               {waiting(2, 0, lag), found(), Queued, "", false},
		"missed after a second create": {waiting(2, allowedCreates-1, lag), found(), Queued, "", false},
		"missed after the last create": {waiting(2, allowedCreates, lag), found(), Unknown, "", true},
	} {
		plan := planned(Create)
		plan.View = View{"phone": json.RawMessage(`"7"`)}
		plan.object.Lookup = &mapping.Lookup{Lag: lag}
		var err error
		if plan.mapper, err = (&mapping.Object{}).Compile(&mapping.Schema{}); err != nil {
			t.Fatal(err)
		}
		got := (&Sender{}).conclude(c.waiting, plan, c.finding)
		if got.Status != c.status || got.CRMRecordID != c.id || got.AskPerson != c.askPerson {
			t.Errorf("%s: %+v", name, got)
		}
		if got.Status == Unknown && !got.AskPerson && got.LookAgainIn < lag/lookUps {
			t.Errorf("%s: looked for again in %v", name, got.LookAgainIn)
		}
	}
}
