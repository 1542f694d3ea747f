package crm

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
)

// tooMuch is a 429.
func tooMuch(wait time.Duration) *CallError {
	return &CallError{Code: RateLimited, Effect: NotExecuted, RetryAfter: wait}
}

// A pause that a CRM asked for, of this process or of another one, is over before the connection's next call.
func TestPausesAreKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		crm := &calls{answers: []error{tooMuch(3 * time.Second), nil}}
		d, c := crm.sender(Pace{}).dispatcher, planned(Create).Connection
		if _, failed := d.Call(t.Context(), c, "do", Request{}); failed == nil || failed.Held {
			t.Fatalf("%+v", failed)
		}
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, failed := d.Call(short, c, "do", Request{}); failed == nil || !failed.Held || failed.RetryAfter < 2*time.Second {
			t.Errorf("who cannot wait so long is not told: %+v", failed)
		}
		if _, failed := d.Call(t.Context(), c, "do", Request{}); failed != nil {
			t.Errorf("%+v", failed)
		}
		other := Connection{ID: uuid.New(), Connector: "hubspot", PausedFor: 2 * time.Second} // as the database says
		since := time.Since(crm.began)
		if _, failed := d.Call(t.Context(), other, "do", Request{}); failed != nil {
			t.Errorf("%+v", failed)
		}
		if len(crm.paused) != 1 || crm.paused[0] != 3*time.Second {
			t.Errorf("the other processes are told of %v", crm.paused)
		}
		if len(crm.at) != 3 || crm.at[1] < 3*time.Second || crm.at[2]-since < 2*time.Second {
			t.Errorf("called at %v", crm.at)
		}
	})
}

// Who has no turn does not call; who has one later calls then.
func TestTurnsAreKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		free := true
		crm := &calls{answers: []error{nil}, slot: func() (time.Duration, bool) { return 2 * time.Second, free }}
		d, c := crm.sender(Pace{Interval: time.Second, Burst: 1}).dispatcher, planned(Create).Connection
		if _, failed := d.Call(t.Context(), c, "do", Request{}); failed != nil || crm.at[0] != 2*time.Second {
			t.Errorf("called at %v: %v", crm.at, failed)
		}
		free = false
		if _, failed := d.Call(t.Context(), c, "do", Request{}); failed == nil || !failed.Held || failed.Code != RateLimited || len(crm.at) != 1 {
			t.Errorf("%d calls, %+v", len(crm.at), failed)
		}
	})
}

// One connection cannot take all the room, and what is refused is not called.
func TestGateHoldsBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		crm := &calls{answers: []error{nil}, hold: time.Second}
		d, c := crm.sender(Pace{}).dispatcher, planned(Create).Connection
		ended := make(chan *CallError, 4)
		for range 4 { // room for four, two of which one connection may have
			go func() {
				_, failed := d.Call(t.Context(), c, "do", Request{})
				ended <- failed
			}()
		}
		refusals := 0
		for range 4 {
			if failed := <-ended; failed != nil && failed.Held && failed.Effect == NotExecuted {
				refusals++
			}
		}
		if refusals != 2 || len(crm.at) != 2 {
			t.Errorf("%d refused, %d called", refusals, len(crm.at))
		}
	})
}

// A connector that does not answer is left alone until its probe is due; one that refuses records is not.
func TestBreakerHoldsBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		failure *CallError
		calls   int
	}{
		"down":               {&CallError{Code: UpstreamUnavailable}, 5},
		"refuses the record": {&CallError{Code: CRMRejected, Effect: Refused}, 9},
		"asks for a pause":   {tooMuch(0), 9},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				crm := &calls{answers: []error{c.failure}}
				d, on := crm.sender(Pace{}).dispatcher, planned(Create).Connection
				for range 9 {
					_, failed := d.Call(t.Context(), on, "do", Request{})
					if failed.Held && (failed.Effect != NotExecuted || failed.RetryAfter <= 0) {
						t.Errorf("%+v", failed)
					}
				}
				if len(crm.at) != c.calls {
					t.Errorf("%d calls, want %d", len(crm.at), c.calls)
				}
			})
		})
	}
}

// A failure of the executor that nobody has classified may have happened.
func TestUnclassifiedFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		crm := &calls{answers: []error{errors.New("?")}}
		o, err := crm.try(t, crm.sender(Pace{}), planned(Create), Begun{}, time.Minute)
		if err != nil || o.Status != Unknown || len(crm.at) != 1 {
			t.Errorf("%d calls: %+v %v", len(crm.at), o, err)
		}
	})
}
