package crm

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/google/uuid"
	"github.com/rs/zerolog"
)

// An outcome is not given up because the ledger is briefly away.
func TestOutcomeWaitsForTheLedger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ledger := &away{fails: 20}
		s := &Sender{ledger: ledger, config: SenderConfig{Logger: zerolog.Nop()}}
		ctx, cancel := context.WithTimeout(t.Context(), finishLimit)
		defer cancel()
		sent, err := s.finish(ctx, planned(Create), Begun{}, Outcome{Status: Succeeded, CRMRecordID: "42"})
		if err != nil || sent.CRMRecordID != "42" || len(ledger.finished) != 1 {
			t.Errorf("%+v %v", sent, err)
		}
		ledger.fails = 1000
		if _, err := s.finish(ctx, planned(Create), Begun{}, Outcome{}); CodeOf(err) != StorageUnavailable {
			t.Errorf("a ledger that stays away: %v", err)
		}
	})
}

// A claim that has made no call is withdrawn, one that may have made one is not.
func TestWithdrawsWhatWasNotCalled(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err       error
		withdrawn int
	}{
		"nothing was called":      {errors.Join(errLeaseLost, errNothingCalled), 1},
		"called before":           {errLeaseLost, 0},
		"something else is wrong": {errors.New("?"), 0},
	} {
		withdrawn := 0
		s := &Sender{ledger: &away{}, config: SenderConfig{Logger: zerolog.Nop(), Withdraw: func(uuid.UUID, uuid.UUID) { withdrawn++ }}}
		if _, _ = s.settledElsewhere(t.Context(), planned(Create), Begun{}, c.err); withdrawn != c.withdrawn {
			t.Errorf("%s: withdrawn %d times", name, withdrawn)
		}
	}
}
