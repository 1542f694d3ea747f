package store_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/crm"
)

// sql changes rows behind the store's back.
func (b *bench) sql(statement string, args ...any) {
	b.t.Helper()
	conn, err := pgx.Connect(b.t.Context(), b.url)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = conn.Close(b.t.Context()) }()
	if _, err := conn.Exec(b.t.Context(), statement, args...); err != nil {
		b.t.Fatal(err)
	}
}

// expire lets a lease run out and has its send settled.
func (b *bench) expire(begun crm.Begun) {
	b.t.Helper()
	b.sql(`UPDATE links SET lease_expires_at = now() - interval '1 s' WHERE id = $1`, begun.Claim.LinkID)
	if _, err := b.store.SettleExpired(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

// lost fails the test unless the claim is refused everything: a renewal, a change of mind, an outcome of any kind.
func (b *bench) lost(c crm.Claim) {
	b.t.Helper()
	if renewed, err := b.store.Renew(b.t.Context(), c, time.Minute); err != nil || renewed {
		b.t.Errorf("the lost lease was renewed: %v", err)
	}
	if err := b.store.Amend(b.t.Context(), c, crm.Amendment{Operation: crm.Update, CRMRecordID: "66"}); crm.CodeOf(err) != crm.Conflict {
		b.t.Errorf("a send was amended under a lost lease: %v", err)
	}
	for _, o := range []crm.Outcome{created("66"), {Status: crm.Failed, Failure: &crm.Failure{Code: crm.CRMRejected}}, {Status: crm.Unknown}} {
		if _, err := b.store.Finish(b.t.Context(), c, o); crm.CodeOf(err) != crm.Conflict {
			b.t.Errorf("%s was taken under a lost lease: %v", o.Status, err)
		}
	}
}

// The same send is taken up again after its lease has run out: the first claim is worth nothing any more, although it is for
// the very send that holds the record.
func TestFirstClaimOfASendTakenUpAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.finish(b.begin(b.intent("r1", 0, crm.Create)), created("42"))
	dead := b.begin(b.intent("r1", 1, crm.Update))
	b.expire(dead)
	again := b.resume(dead.Send, b.link("r1").Revision)
	if again.State != crm.Granted || again.Send.ID != dead.Send.ID {
		t.Fatalf("%+v", again)
	}
	b.lost(dead.Claim)
	if _, err := b.store.Withdraw(t.Context(), dead.Send.ID, dead.Claim.ID); err != nil {
		t.Fatal(err)
	}
	if s := b.send(again); s.Status != crm.Sending {
		t.Errorf("withdrawing the first claim took the second one's send: %s", s.Status)
	}
	b.finish(again, created("42"))
}

// The holder of one record's lease says nothing about another record, although both have the same token.
func TestClaimIsForItsRecord(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	one, two := b.begin(b.intent("r1", 0, crm.Create)), b.begin(b.intent("r2", 0, crm.Create))
	mixed := one.Claim
	mixed.SendID = two.Send.ID
	if one.Claim.Token != two.Claim.Token {
		t.Fatalf("tokens %d and %d", one.Claim.Token, two.Claim.Token)
	}
	b.lost(mixed)
}

// A send that is not under way has no outcome to store, whatever its link says.
func TestOutcomeOfASendThatIsNotUnderWay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	begun := b.begin(b.intent("r1", 0, crm.Create))
	b.sql(`UPDATE sends SET status = 'failed' WHERE id = $1`, begun.Send.ID)
	if _, err := b.store.Finish(t.Context(), begun.Claim, crm.Outcome{Status: crm.Queued}); crm.CodeOf(err) != crm.Conflict {
		t.Errorf("%v", err)
	}
	if s := b.send(begun); s.Status != crm.Failed {
		t.Errorf("%+v", s)
	}
}

// A success that comes late counts only as long as the record waits for it: not once a look-up has decided to create anew,
// and not once a person is asked.
func TestLateSuccessAfterADecision(t *testing.T) {
	t.Parallel()
	for name, decision := range map[string]crm.Settlement{
		"to be created anew": {Status: crm.Queued},
		"found, to update":   {Status: crm.Queued, CRMRecordID: "42"},
		"found":              {Status: crm.Succeeded, CRMRecordID: "42"},
		"a person is asked":  {Status: crm.NeedsReview, Candidates: []crm.Candidate{{CRMRecordID: "1"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			begun := b.begin(b.intent("r1", 0, crm.Create))
			b.expire(begun)
			if err := b.store.Settle(t.Context(), begun.Send.ID, decision); err != nil {
				t.Fatal(err)
			}
			before := b.link("r1")
			b.lost(begun.Claim)
			if s := b.send(begun); s.Status != decision.Status {
				t.Errorf("%+v", s)
			}
			if after := b.link("r1"); after.CRMRecordID != before.CRMRecordID || after.Revision != before.Revision {
				t.Errorf("%+v, before %+v", after, before)
			}
		})
	}
}

// A living lease is nobody else's business.
func TestLivingLeaseIsNotSettled(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	begun := b.begin(b.intent("r1", 0, crm.Create))
	if n, err := b.store.SettleExpired(t.Context()); err != nil || n != 0 {
		t.Errorf("settled %d: %v", n, err)
	}
	if met := b.begin(b.intent("r1", 0, crm.Create)); met.State != crm.Busy || met.Holder != begun.Send.ID || met.HolderStatus != crm.Sending {
		t.Errorf("%+v", met)
	}
	b.finish(begun, created("42"))
}

// An update whose answer was lost leaves it uncertain what the CRM holds, until a success.
func TestLostUpdateMakesTheViewUncertain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.finish(b.begin(b.intent("r1", 0, crm.Create)), created("42"))
	b.finish(b.begin(b.intent("r1", 1, crm.Update)), crm.Outcome{Status: crm.Failed, CRMRecordID: "42", Uncertain: true})
	if l := b.link("r1"); l.ViewCertain || l.CRMRecordID != "42" {
		t.Errorf("%+v", l)
	}
	b.finish(b.begin(b.intent("r1", 2, crm.Update)), created("42"))
	if l := b.link("r1"); !l.ViewCertain {
		t.Errorf("%+v", l)
	}
}

// Of the sends that were withdrawn, one that was taken up before, or that was created anew, may have been called by then: its
// question stays open.
func TestWithdrawKeepsAnOpenQuestion(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	queued := b.enqueue("r1")
	first := b.resume(queued, 0)
	b.finish(first, crm.Outcome{Status: crm.Queued})
	second := b.resume(queued, b.link("r1").Revision)
	b.expire(second)
	if _, err := b.store.Withdraw(t.Context(), queued.ID, first.Claim.ID); err != nil {
		t.Fatal(err)
	}
	if l, s := b.link("r1"), b.send(second); l.Unresolved != queued.ID || s.Status != crm.Unknown {
		t.Errorf("%+v %s", l, s.Status)
	}
}
