package crm

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"sendtocrm/internal/mapping"
)

// What may be repeated, by what a failure says of the call.
func TestJudge(t *testing.T) {
	t.Parallel()
	searchable := &mapping.Lookup{}
	for name, c := range map[string]struct {
		operation Operation
		lookup    *mapping.Lookup
		failed    CallError
		want      step
	}{
		"a create, certainly not done":            {Create, nil, CallError{Code: RateLimited, Effect: NotExecuted}, again},
		"a create whose answer was lost":          {Create, searchable, CallError{Code: UpstreamUnavailable, Effect: MayHaveHappened}, conclusion},
		"a create and 502":                        {Create, searchable, CallError{Code: UpstreamUnavailable, Effect: MayHaveHappened, Status: 502}, conclusion},
		"a create and 503":                        {Create, searchable, CallError{Code: UpstreamUnavailable, Effect: MayHaveHappened, Status: 503}, turn},
		"a create and 503, and no way to look":    {Create, nil, CallError{Code: UpstreamUnavailable, Effect: MayHaveHappened, Status: 503}, conclusion},
		"an update whose answer was lost":         {Update, nil, CallError{Code: UpstreamUnavailable, Effect: MayHaveHappened}, again},
		"a refused create":                        {Create, searchable, CallError{Code: CRMRejected, Effect: Refused}, conclusion},
		"a create of what is there":               {Create, searchable, CallError{Code: CRMDuplicate, Effect: Refused}, turn},
		"an update that makes another's key":      {Update, searchable, CallError{Code: CRMDuplicate, Effect: Refused}, conclusion},
		"an update of what is gone":               {Update, searchable, CallError{Code: CRMRecordGone, Effect: Refused}, turn},
		"a delete of what is gone":                {Delete, searchable, CallError{Code: CRMRecordGone, Effect: Refused}, conclusion},
		"a failure that nobody has thought about": {Create, searchable, CallError{}, conclusion},
	} {
		plan := planned(c.operation)
		plan.object.Lookup = c.lookup
		if got := judge(plan, &c.failed); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	undo := planned(Update)
	undo.undoes = undo.Connection.ID
	if got := judge(undo, &CallError{Code: CRMRecordGone, Effect: Refused}); got != conclusion {
		t.Errorf("taking an update of a gone record back would make it anew: %v", got)
	}
}

// Repetitions are bounded: by their number, by the budget, and by what the caller can wait for. A wait that the CRM asked for
// is kept to.
func TestRepetitions(t *testing.T) {
	t.Parallel()
	const minute = time.Minute
	for name, c := range map[string]struct {
		answers  []error
		spent    int // of the budget's ten retries
		begun    Begun
		patience time.Duration
		calls    int
		status   SendStatus
		gap      time.Duration // between the first two calls, at least
		due      time.Duration // at least
	}{
		"at once":                       {answers: []error{nil}, patience: minute, calls: 1, status: Succeeded},
		"after a refusal":               {answers: []error{refused(0), nil}, patience: minute, calls: 2, status: Succeeded},
		"no more than four more":        {answers: []error{tooMuch(0)}, patience: minute, calls: 5, status: Queued, due: time.Second},
		"the budget is used up":         {answers: []error{refused(0)}, spent: 10, patience: minute, calls: 1, status: Queued},
		"one retry is left":             {answers: []error{refused(0)}, spent: 9, patience: minute, calls: 2, status: Queued},
		"Retry-After":                   {answers: []error{refused(3 * time.Second), nil}, patience: minute, calls: 2, status: Succeeded, gap: 3 * time.Second},
		"longer than the caller waits":  {answers: []error{refused(7 * time.Second), nil}, patience: 5 * time.Second, calls: 1, status: Queued, due: 7 * time.Second},
		"longer than the request lasts": {answers: []error{refused(50 * time.Second), nil}, patience: minute, calls: 1, status: Queued, due: 50 * time.Second},
		"held back for long":            {answers: []error{held(UpstreamUnavailable, 3*time.Second, "down"), nil}, patience: minute, calls: 1, status: Queued, due: 3 * time.Second},
		"no slot within reach":          {answers: []error{nil}, begun: Begun{Wait: 20 * time.Second, Crowded: true}, patience: minute, calls: 0, status: Queued, due: 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				crm := &calls{answers: c.answers}
				s := crm.sender(Pace{})
				for range c.spent {
					s.budget.Retry("hubspot")
				}
				o, err := crm.try(t, s, planned(Create), c.begun, c.patience)
				if err != nil || o.Status != c.status || len(crm.at) != c.calls || o.DueIn < c.due {
					t.Fatalf("%d calls, %s, due in %v: %v; want %d, %s, %v", len(crm.at), o.Status, o.DueIn, err, c.calls, c.status, c.due)
				}
				if c.gap > 0 && crm.at[1]-crm.at[0] < c.gap {
					t.Errorf("called again after %v, before the %v that were asked for", crm.at[1]-crm.at[0], c.gap)
				}
			})
		})
	}
}

// A process that was stopped between its row and its call finds out that its lease is gone, and does not call.
func TestStaleLeaseMakesNoCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		crm := &calls{answers: []error{nil}, lost: true}
		s := crm.sender(Pace{})
		asked := time.Now()
		l := s.hold(t.Context(), Claim{}, asked)
		defer l.drop()
		time.Sleep(s.config.LeaseTTL)
		_, _, err := s.attempt(t.Context(), l, planned(Create), Begun{}, time.Now().Add(s.config.Limit), time.Minute)
		if !errors.Is(err, errLeaseLost) || !errors.Is(err, errNothingCalled) || len(crm.at) != 0 {
			t.Errorf("%d calls: %v", len(crm.at), err)
		}
	})
}

// A lease is renewed for as long as its call takes, and no longer.
func TestLeaseIsRenewed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		crm := &calls{answers: []error{nil}, hold: 50 * time.Second}
		s := crm.sender(Pace{})
		if o, err := crm.try(t, s, planned(Create), Begun{}, time.Minute); err != nil || o.Status != Succeeded {
			t.Fatalf("%+v %v", o, err)
		}
		during := crm.renewals()
		if during < 9 {
			t.Errorf("renewed %d times in 50 s, with leases of %v", during, s.config.LeaseTTL)
		}
		time.Sleep(time.Minute)
		if after := crm.renewals() - during; after > 1 {
			t.Errorf("renewed %d times after the end", after)
		}
	})
}

// Some CRMs answer 200 to whatever they get: what their answer says is what counts.
func TestSuccessThatIsNone(t *testing.T) {
	t.Parallel()
	plan := planned(Create)
	plan.object.Answer.Refusals = []mapping.Sign{{At: "status", Is: "error", Message: "message"}}
	s := &Sender{}
	for name, c := range map[string]struct {
		data   string
		status SendStatus
	}{
		"a record":       {`{"id":"42"}`, Succeeded},
		"a refusal":      {`{"status":"error","message":"No."}`, Failed},
		"neither of it":  {`{}`, Unknown},
		"an id and a no": {`{"id":"42","status":"error"}`, Failed},
	} {
		if o := s.accept(plan, Answer{Data: []byte(c.data)}); o.Status != c.status {
			t.Errorf("%s: %+v", name, o)
		}
	}
}
