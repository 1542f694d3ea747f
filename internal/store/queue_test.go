package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"sendtocrm/internal/crm"
)

func (b *bench) enqueue(recordID string) crm.Send {
	b.t.Helper()
	in := b.intent(recordID, 0, crm.Create)
	in.Send.Status = crm.Queued
	queued, err := b.store.Enqueue(b.t.Context(), in)
	if err != nil {
		b.t.Fatal(err)
	}
	return queued
}

func (b *bench) resume(send crm.Send, revision int64) crm.Begun {
	b.t.Helper()
	in := b.intent(send.RecordID, revision, crm.Create)
	in.Send.ID, in.Resume = send.ID, true
	return b.begin(in)
}

func round(down ...string) crm.Round {
	return crm.Round{Down: down, PerConnection: 3, Horizon: time.Second}
}

// A connection with many waiting sends gets so many at a time, none while it is paused, and keeps no other waiting.
func TestRoundsAreFair(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	wait := func(connection crm.Connection, records ...string) {
		for _, record := range records {
			in := b.intent(record, 0, crm.Create)
			in.Send.Status, in.Send.ConnectionID = crm.Queued, connection.ID
			queued, err := b.store.Enqueue(t.Context(), in)
			if err == nil {
				err = b.store.Postpone(t.Context(), queued.ID, 0, nil)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	small := b.connect("hubspot", "credential-2")
	wait(b.connection, "1", "2", "3", "4", "5", "6", "7", "8", "9")
	wait(small, "1")
	wake := func(want int) {
		t.Helper()
		if n, err := b.store.WakeDue(t.Context(), round()); err != nil || n != want {
			t.Errorf("woke %d, want %d: %v", n, want, err)
		}
	}
	wake(4)
	if err := b.store.Throttled(t.Context(), b.connection.ID, time.Minute); err != nil {
		t.Fatal(err)
	}
	wake(0)
	wait(small, "2")
	wake(1)
}

// Sends of one record keep their order: what was queued first goes first.
func TestQueueKeepsTheOrder(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first, second := b.enqueue("r1"), b.enqueue("r1")
	if met := b.begin(b.intent("r1", 0, crm.Create)); met.State != crm.Busy || met.Holder != first.ID || met.HolderStatus != crm.Queued {
		t.Errorf("a new send went past the queue: %+v", met)
	}
	if met := b.resume(second, 0); met.State != crm.Busy || met.Holder != first.ID {
		t.Errorf("the second went before the first: %+v", met)
	}
	begun := b.resume(first, 0)
	if begun.State != crm.Granted {
		t.Fatalf("%+v", begun)
	}
	if met := b.resume(first, 0); met.State == crm.Granted {
		t.Errorf("two workers have the same send: %+v", met)
	}
	b.finish(begun, crm.Outcome{Status: crm.Queued, DueIn: time.Hour, Failure: &crm.Failure{Code: crm.RateLimited}})
	if met := b.resume(second, b.link("r1").Revision); met.State != crm.Busy {
		t.Errorf("the second went while the first waits: %+v", met)
	}
	begun = b.resume(first, b.link("r1").Revision)
	b.finish(begun, created("42"))
	if begun := b.resume(second, b.link("r1").Revision); begun.State != crm.Granted {
		t.Errorf("the second: %+v", begun)
	}
	if gone := b.resume(first, b.link("r1").Revision); gone.State == crm.Granted {
		t.Errorf("a send that has succeeded was begun again: %+v", gone)
	}
}

// A send that is no longer queued when its worker gets the record leaves the record free.
func TestResumeOfWhatIsNoLongerQueued(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	queued := b.enqueue("r1")
	if err := b.store.Dismiss(t.Context(), queued.ID, crm.Failure{Code: crm.InvalidRecord}); err != nil {
		t.Fatal(err)
	}
	if met := b.resume(queued, 0); met.State != crm.Stale {
		t.Errorf("%+v", met)
	}
	if begun := b.begin(b.intent("r1", b.link("r1").Revision, crm.Create)); begun.State != crm.Granted {
		t.Errorf("the record is not free: %+v", begun)
	}
}

func TestWaitingSendsAreWokenWhenDue(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	queued := b.enqueue("r1")
	if n, err := b.store.WakeDue(t.Context(), round()); err != nil || n != 0 {
		t.Fatalf("its first job is on its way: %d %v", n, err)
	}
	if err := b.store.Postpone(t.Context(), queued.ID, 0, &crm.Failure{Code: crm.RateLimited, Detail: "later"}); err != nil {
		t.Fatal(err)
	}
	if n, err := b.store.WakeDue(t.Context(), round("hubspot")); err != nil || n != 0 {
		t.Fatalf("what waits for a connector that is down was woken: %d %v", n, err)
	}
	if n, err := b.store.WakeDue(t.Context(), round("copper")); err != nil || n != 1 {
		t.Fatalf("%d %v", n, err)
	}
	if n, err := b.store.WakeDue(t.Context(), round()); err != nil || n != 0 {
		t.Fatalf("it was woken twice: %d %v", n, err)
	}
	if err := b.store.Hasten(t.Context(), "hubspot"); err != nil {
		t.Fatal(err)
	}
	if n, err := b.store.WakeDue(t.Context(), round()); err != nil || n != 1 {
		t.Fatalf("a connector is back: %d %v", n, err)
	}
	w, err := b.store.Waiting(t.Context(), queued.ID)
	if err != nil || w.User != "user-1" || string(w.Draft) != `{"contact_email":"a@b.example"}` || w.Rounds != 1 || w.Failure.Detail != "later" {
		t.Errorf("%+v %v", w, err)
	}
}

// A reconnect has what waits for it attended to at once.
func TestReconnectResumes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	queued := b.enqueue("r1")
	if err := b.store.Postpone(t.Context(), queued.ID, time.Hour, nil); err != nil {
		t.Fatal(err)
	}
	if err := b.store.CredentialRefused(t.Context(), b.connection.ID, "credential-1", "no"); err != nil {
		t.Fatal(err)
	}
	c, err := b.store.Connection(t.Context(), "user-1", b.connection.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.store.Activate(t.Context(), c, nil, crm.Credential{ID: "credential-2"}); err != nil {
		t.Fatal(err)
	}
	if n, err := b.store.WakeDue(t.Context(), round()); err != nil || n != 1 {
		t.Errorf("%d %v", n, err)
	}
}

// What a look-up says about an unknown create: found, found but different, not found, certainly not there, ambiguous.
func TestSettle(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	unknown := func(record string) uuid.UUID {
		begun := b.begin(b.intent(record, 0, crm.Create))
		b.finish(begun, crm.Outcome{Status: crm.Unknown, Attempts: 1})
		return begun.Send.ID
	}
	settle := func(id uuid.UUID, s crm.Settlement) crm.Waiting {
		if err := b.store.Settle(t.Context(), id, s); err != nil {
			t.Fatal(err)
		}
		w, err := b.store.Waiting(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	conflicts := func() []crm.Review {
		found, err := b.store.Conflicts(t.Context(), "user-1", crm.Page{Limit: 9})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}

	found := unknown("found")
	if w := settle(found, crm.Settlement{Status: crm.Unknown, LookAgainIn: time.Minute}); w.Status != crm.Unknown || w.Lookups != 1 {
		t.Errorf("not found yet: %+v", w)
	}
	if w := settle(found, crm.Settlement{Status: crm.Succeeded, CRMRecordID: "42", View: crm.View{}}); w.Status != crm.Succeeded || w.CRMRecordID != "42" {
		t.Errorf("found: %+v", w)
	}
	if l := b.link("found"); l.CRMRecordID != "42" || l.Unresolved != uuid.Nil || !l.ViewCertain {
		t.Errorf("found: %+v", l)
	}
	if w := settle(found, crm.Settlement{Status: crm.Queued}); w.Status != crm.Succeeded {
		t.Errorf("a settled send was settled again: %+v", w)
	}

	if w := settle(unknown("other"), crm.Settlement{Status: crm.Queued, CRMRecordID: "43"}); w.Status != crm.Queued || w.Recreated != 0 {
		t.Errorf("found with other values: %+v", w)
	}
	if l := b.link("other"); l.CRMRecordID != "43" || l.ViewCertain || l.Unresolved != uuid.Nil {
		t.Errorf("found with other values: %+v", l)
	}

	if w := settle(unknown("absent"), crm.Settlement{Status: crm.Queued}); w.Status != crm.Queued || w.Recreated != 1 {
		t.Errorf("certainly absent: %+v", w)
	}
	if l := b.link("absent"); l.CRMRecordID != "" || l.Unresolved != uuid.Nil {
		t.Errorf("certainly absent: %+v", l)
	}

	settle(unknown("several"), crm.Settlement{Status: crm.NeedsReview, Candidates: []crm.Candidate{{CRMRecordID: "1"}, {CRMRecordID: "2"}}})
	settle(unknown("mute"), crm.Settlement{Status: crm.Unknown, AskPerson: true})
	settle(unknown("mute2"), crm.Settlement{Status: crm.Unknown, AskPerson: true})
	open := conflicts()
	if len(open) != 3 || open[2].Kind != crm.MatchConflict || len(open[2].Candidates) != 2 || open[0].Kind != crm.OutcomeConflict {
		t.Fatalf("%+v", open)
	}
	for i, r := range []crm.Resolution{{Choice: crm.CreateChoice}, {Choice: crm.LinkChoice, CRMRecordID: "7"}, {Choice: crm.SkipChoice}} {
		if met := b.begin(b.intent(open[i].RecordID, b.link(open[i].RecordID).Revision, crm.Create)); met.State != crm.Blocked || !met.Open {
			t.Errorf("%s is not blocked: %+v", open[i].RecordID, met)
		}
		if _, err := b.store.Resolve(t.Context(), "user-2", open[i].ID, r); crm.CodeOf(err) != crm.NotFound {
			t.Errorf("another user: %v", err)
		}
		done, err := b.store.Resolve(t.Context(), "user-1", open[i].ID, r)
		if err != nil || done.Choice != r.Choice || done.ResolvedAt.IsZero() {
			t.Errorf("%+v %v", done, err)
		}
		if _, err := b.store.Resolve(t.Context(), "user-1", open[i].ID, r); crm.CodeOf(err) != crm.Conflict {
			t.Errorf("twice: %v", err)
		}
		if l := b.link(open[i].RecordID); l.Unresolved != uuid.Nil || l.CRMRecordID != r.CRMRecordID {
			t.Errorf("%+v", l)
		}
		w, err := b.store.Waiting(t.Context(), open[i].SendID)
		want := map[crm.Choice]crm.SendStatus{crm.CreateChoice: crm.Queued, crm.LinkChoice: crm.Queued, crm.SkipChoice: crm.Canceled}[r.Choice]
		if err != nil || w.Status != want {
			t.Errorf("%s: %+v %v", r.Choice, w, err)
		}
	}
	if left := conflicts(); len(left) != 0 {
		t.Errorf("%+v", left)
	}
}

// A key goes with the send that it began, or with none.
func TestKeys(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.intent("r1", 0, crm.Create)
	in.Key = &crm.Key{Value: "k", Fingerprint: []byte{1}}
	begun := b.begin(in)
	again := b.intent("r2", 0, crm.Create)
	again.Key = in.Key
	if _, err := b.store.Begin(t.Context(), again); !errors.Is(err, crm.ErrKeyTaken) {
		t.Errorf("the key began a second send: %v", err)
	}
	if free := b.begin(b.intent("r2", 0, crm.Create)); free.State != crm.Granted {
		t.Errorf("a refused key left a lease: %+v", free)
	}
	busy := b.intent("r1", 0, crm.Create)
	busy.Key = &crm.Key{Value: "unburnt", Fingerprint: []byte{2}}
	if met := b.begin(busy); met.State != crm.Busy {
		t.Fatalf("%+v", met)
	}
	if _, known, err := b.store.Key(t.Context(), "user-1", "unburnt"); err != nil || known {
		t.Errorf("a send that did not begin burnt its key: %v", err)
	}
	if err := b.store.BindKey(t.Context(), "user-1", crm.Key{Value: "k", Fingerprint: []byte{9}}, begun.Send.ID); !errors.Is(err, crm.ErrKeyTaken) {
		t.Errorf("%v", err)
	}
	use, known, err := b.store.Key(t.Context(), "user-1", "k")
	if err != nil || !known || use.Send.ID != begun.Send.ID || use.Answer != nil || use.Fingerprint[0] != 1 {
		t.Errorf("%+v %v", use, err)
	}
	if _, known, err := b.store.Key(t.Context(), "user-2", "k"); err != nil || known {
		t.Errorf("another user's key: %v", err)
	}
	first := crm.KeptAnswer{Status: 202, Body: []byte("first")}
	for _, a := range []crm.KeptAnswer{first, {Status: 201, Body: []byte("second")}} {
		if kept, err := b.store.KeepAnswer(t.Context(), "user-1", "k", a); err != nil || kept.Status != 202 || string(kept.Body) != "first" {
			t.Errorf("%+v %v", kept, err)
		}
	}
}
