package store_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/crm"
)

func (b *bench) exec(sql string, args ...any) {
	b.t.Helper()
	conn, err := pgx.Connect(b.t.Context(), b.url)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = conn.Close(b.t.Context()) }()
	if _, err := conn.Exec(b.t.Context(), sql, args...); err != nil {
		b.t.Fatal(err)
	}
}

// reviewed is a send of the record that waits for a person.
func (b *bench) reviewed(record string) (crm.Begun, crm.Review) {
	b.t.Helper()
	begun := b.begin(b.intent(record, 0, crm.Create))
	b.finish(begun, crm.Outcome{Status: crm.NeedsReview, Candidates: []crm.Candidate{{CRMRecordID: "1"}, {CRMRecordID: "2"}}})
	open, err := b.store.Conflicts(b.t.Context(), "user-1", crm.Page{Limit: 9})
	if err != nil || len(open) != 1 {
		b.t.Fatal(open, err)
	}
	return begun, open[0]
}

// A person's answer about one send leaves alone what another send of the record does not know.
func TestDecisionLeavesAnothersQuestionOpen(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, conflict := b.reviewed("r1")
	second := b.begin(b.intent("r1", b.link("r1").Revision, crm.Create))
	b.finish(second, crm.Outcome{Status: crm.Unknown, Attempts: 1})
	if _, err := b.store.Resolve(t.Context(), "user-1", conflict.ID, crm.Resolution{Choice: crm.CreateChoice}); crm.CodeOf(err) != crm.RequestInProgress {
		t.Errorf("create beside an unknown create: %v", err)
	}
	if _, err := b.store.Resolve(t.Context(), "user-1", conflict.ID, crm.Resolution{Choice: crm.SkipChoice}); err != nil {
		t.Fatal(err)
	}
	if got := b.link("r1").Unresolved; got != second.Send.ID {
		t.Errorf("the open question is now %v", got)
	}
	if third := b.begin(b.intent("r1", b.link("r1").Revision, crm.Create)); third.State == crm.Granted {
		t.Error("a third create is let through while the second is unknown")
	}
}

// A record that is being sent cannot be linked at the same time.
func TestDecisionWaitsForARunningSend(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, conflict := b.reviewed("r1")
	if second := b.begin(b.intent("r1", b.link("r1").Revision, crm.Create)); second.State != crm.Granted {
		t.Fatal(second)
	}
	link := crm.Resolution{Choice: crm.LinkChoice, CRMRecordID: "1"}
	if _, err := b.store.Resolve(t.Context(), "user-1", conflict.ID, link); crm.CodeOf(err) != crm.RequestInProgress {
		t.Errorf("%v", err)
	}
}

// One CRM record is linked to one record, unless a person says that it is to be shared.
func TestOneHolder(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.finish(b.begin(b.intent("r1", 0, crm.Create)), created("1"))
	other := b.begin(b.intent("r2", 0, crm.Create))
	if err := b.store.Amend(t.Context(), other.Claim, crm.Amendment{Operation: crm.Update, CRMRecordID: "1"}); crm.CodeOf(err) != crm.CRMDuplicate {
		t.Errorf("adopted another record's: %v", err)
	}
	b.finish(other, crm.Outcome{Status: crm.NeedsReview, Candidates: []crm.Candidate{{CRMRecordID: "1"}}})
	open, err := b.store.Conflicts(t.Context(), "user-1", crm.Page{Limit: 9})
	if err != nil || len(open) != 1 {
		t.Fatal(open, err)
	}
	if _, err := b.store.Resolve(t.Context(), "user-1", open[0].ID, crm.Resolution{Choice: crm.LinkChoice, CRMRecordID: "1"}); err != nil {
		t.Fatal(err)
	}
	if l := b.link("r2"); l.CRMRecordID != "1" {
		t.Errorf("%+v", l)
	}
	// What the CRM has made for a record is that record's, whoever has adopted it in between.
	late := b.begin(b.intent("r3", 0, crm.Create))
	b.finish(late, created("1"))
	if l := b.link("r3"); l.CRMRecordID != "1" || b.send(late).Status != crm.Succeeded {
		t.Errorf("%+v", l)
	}
}

// A claim that made no call is withdrawn only as long as no other claim has made one.
func TestWithdrawKnowsItsClaim(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	queued := b.enqueue("r1")
	lost := uuid.New() // of a Begin that was never committed
	begun := b.resume(queued, 0)
	b.finish(begun, crm.Outcome{Status: crm.Unknown, Attempts: 1})
	if err := b.store.Settle(t.Context(), queued.ID, crm.Settlement{Status: crm.Unknown, LookAgainIn: time.Minute}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.store.Withdraw(t.Context(), queued.ID, lost); err != nil {
		t.Fatal(err)
	}
	if s := b.send(begun); s.Status != crm.Unknown || b.link("r1").Unresolved != queued.ID {
		t.Errorf("a create that was called is %s", s.Status)
	}

	// The other way round: what was accepted and never called goes back to the queue, not to its end.
	queued = b.enqueue("r2")
	in := b.intent("r2", 0, crm.Create)
	in.Send.ID, in.Resume, in.LeaseTTL = queued.ID, true, time.Millisecond
	begun = b.begin(in)
	time.Sleep(20 * time.Millisecond)
	if n, err := b.store.SettleExpired(t.Context()); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if err := b.store.Settle(t.Context(), queued.ID, crm.Settlement{Status: crm.Unknown, LookAgainIn: time.Minute}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.store.Withdraw(t.Context(), queued.ID, begun.Claim.ID); err != nil {
		t.Fatal(err)
	}
	if s := b.send(begun); s.Status != crm.Queued {
		t.Errorf("a send that was accepted and never called is %s", s.Status)
	}
}

// A lease that runs out for a send which is at its end already leaves no open question.
func TestExpiredLeaseOfAnEndedSend(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	queued := b.enqueue("r1")
	in := b.intent("r1", 0, crm.Create)
	in.Send.ID, in.Resume, in.LeaseTTL = queued.ID, true, time.Millisecond
	b.begin(in)
	b.exec(`ALTER TABLE sends DISABLE TRIGGER sends_transition`)
	b.exec(`UPDATE sends SET status = 'failed', due_at = NULL, completed_at = now() WHERE id = $1`, queued.ID)
	time.Sleep(20 * time.Millisecond)
	if _, err := b.store.SettleExpired(t.Context()); err != nil {
		t.Fatal(err)
	}
	if open := b.link("r1").Unresolved; open != uuid.Nil {
		t.Errorf("the record waits for %v, which has failed", open)
	}
}

// Retry and a newer send at the same moment: the older version never goes out last.
func TestRetryBesideANewerSend(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for range 40 {
		record := uuid.NewString()
		first := b.begin(b.intent(record, 0, crm.Create))
		b.finish(first, crm.Outcome{Status: crm.Failed, Failure: &crm.Failure{Code: crm.CRMRejected}})
		newer := b.intent(record, b.link(record).Revision, crm.Create)
		var group sync.WaitGroup
		var begun crm.Begun
		var retry error
		group.Go(func() { begun, _ = b.store.Begin(t.Context(), newer) })
		group.Go(func() { _, retry = b.store.Requeue(t.Context(), "user-1", first.Send.ID) })
		group.Wait()
		if begun.State != crm.Granted || retry != nil {
			continue
		}
		b.finish(begun, created(uuid.NewString()))
		if again := b.resume(b.send(first), b.link(record).Revision); again.State == crm.Granted {
			t.Fatal("the older version goes out after the newer one")
		}
	}
}
