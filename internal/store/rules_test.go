package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/crm"
)

// What has nothing to change waits its turn like everything else, and succeeds only where nothing stands in its way.
func TestUnchangedStandsInLine(t *testing.T) {
	t.Parallel()
	unchanged := func(b *bench) crm.Begun {
		return b.begin(b.intent("r1", b.link("r1").Revision, crm.Unchanged))
	}
	for name, c := range map[string]struct {
		before func(*bench)
		state  crm.BeginState
	}{
		"nothing": {func(*bench) {}, crm.Granted},
		"an update under way": {func(b *bench) {
			b.begin(b.intent("r1", 1, crm.Update))
		}, crm.Busy},
		"an update that is queued": {func(b *bench) { b.enqueue("r1") }, crm.Busy},
		"a create whose outcome is unknown": {func(b *bench) {
			b.finish(b.begin(b.intent("r1", 1, crm.Create)), crm.Outcome{Status: crm.Unknown})
		}, crm.Blocked},
		"a disconnect": {func(b *bench) {
			if err := b.store.Disconnect(b.t.Context(), "user-1", b.connection.ID); err != nil {
				b.t.Fatal(err)
			}
		}, crm.Stale},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.finish(b.begin(b.intent("r1", 0, crm.Create)), created("42"))
			c.before(b)
			if begun := unchanged(b); begun.State != c.state {
				t.Errorf("%+v", begun)
			}
		})
	}
	b := newBench(t)
	b.finish(b.begin(b.intent("r1", 0, crm.Create)), created("42"))
	if begun := b.begin(b.intent("r1", 0, crm.Unchanged)); begun.State != crm.Stale {
		t.Errorf("planned before the record's last change: %+v", begun)
	}
}

// A send that waits no longer is neither put off nor ended by a worker that comes late.
func TestLateWorkerChangesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	under := b.begin(b.intent("r1", 0, crm.Create))
	ended := b.begin(b.intent("r2", 0, crm.Create))
	b.finish(ended, created("42"))
	for _, begun := range []crm.Begun{under, ended} {
		before := b.send(begun)
		if err := b.store.Postpone(t.Context(), begun.Send.ID, time.Hour, &crm.Failure{Code: crm.RateLimited}); err != nil {
			t.Error(err)
		}
		if err := b.store.Dismiss(t.Context(), begun.Send.ID, crm.Failure{Code: crm.InvalidRecord}); err != nil {
			t.Error(err)
		}
		if after := b.send(begun); after.Status != before.Status || after.Failure != nil {
			t.Errorf("%+v", after)
		}
	}
}

// A person is asked once about a send, and no longer once the answer has been found out.
func TestAskedOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	open := func() []crm.Review {
		found, err := b.store.Conflicts(t.Context(), "user-1", crm.Page{Limit: 9})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	for record, answer := range map[string]crm.Settlement{
		"found": {Status: crm.Succeeded, CRMRecordID: "42"}, "other": {Status: crm.Queued, CRMRecordID: "43"},
	} {
		begun := b.begin(b.intent(record, 0, crm.Create))
		b.finish(begun, crm.Outcome{Status: crm.Unknown})
		for range 2 {
			if err := b.store.Settle(t.Context(), begun.Send.ID, crm.Settlement{Status: crm.Unknown, AskPerson: true}); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(open()); n != 1 {
			t.Errorf("asked %d times about one send", n)
		}
		if err := b.store.Settle(t.Context(), begun.Send.ID, answer); err != nil {
			t.Fatal(err)
		}
		if left := open(); len(left) != 0 {
			t.Errorf("still asked: %+v", left)
		}
	}
}

// What cannot be sent any more, because its fields are gone, is not queued by a person's choice either.
func TestCreateWithoutItsFields(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	begun := b.begin(b.intent("r1", 0, crm.Create))
	b.finish(begun, crm.Outcome{Status: crm.Unknown})
	if err := b.store.Settle(t.Context(), begun.Send.ID, crm.Settlement{Status: crm.Unknown, AskPerson: true}); err != nil {
		t.Fatal(err)
	}
	b.sql(`UPDATE sends SET draft = NULL WHERE id = $1`, begun.Send.ID)
	open, err := b.store.Conflicts(t.Context(), "user-1", crm.Page{Limit: 9})
	if err != nil || len(open) != 1 {
		t.Fatalf("%+v %v", open, err)
	}
	if _, err := b.store.Resolve(t.Context(), "user-1", open[0].ID, crm.Resolution{Choice: crm.CreateChoice}); crm.CodeOf(err) != crm.Conflict {
		t.Errorf("%v", err)
	}
	if l := b.link("r1"); l.Unresolved != begun.Send.ID {
		t.Errorf("the record is free, and nobody knows whether it was created: %+v", l)
	}
	if _, err := b.store.Resolve(t.Context(), "user-1", open[0].ID, crm.Resolution{Choice: crm.LinkChoice, CRMRecordID: "42"}); err != nil {
		t.Error(err)
	}
	if l := b.link("r1"); l.Unresolved != uuid.Nil || l.CRMRecordID != "42" {
		t.Errorf("%+v", l)
	}
}

// Only a send that has not succeeded, is not overtaken and is the caller's is repeated.
func TestRequeueRefuses(t *testing.T) {
	t.Parallel()
	failed := func(b *bench, record string) crm.Begun {
		begun := b.begin(b.intent(record, b.link(record).Revision, crm.Create))
		b.finish(begun, crm.Outcome{Status: crm.Failed, Failure: &crm.Failure{Code: crm.CRMRejected}})
		return begun
	}
	for name, c := range map[string]struct {
		user   string
		before func(*bench) uuid.UUID
		code   crm.Code
	}{
		"a failed one":   {"user-1", func(b *bench) uuid.UUID { return failed(b, "r1").Send.ID }, ""},
		"another user's": {"user-2", func(b *bench) uuid.UUID { return failed(b, "r1").Send.ID }, crm.NotFound},
		"under way":      {"user-1", func(b *bench) uuid.UUID { return b.begin(b.intent("r1", 0, crm.Create)).Send.ID }, crm.RequestInProgress},
		"succeeded": {"user-1", func(b *bench) uuid.UUID {
			begun := b.begin(b.intent("r1", 0, crm.Create))
			b.finish(begun, created("42"))
			return begun.Send.ID
		}, crm.Conflict},
		"overtaken": {"user-1", func(b *bench) uuid.UUID {
			old := failed(b, "r1")
			b.finish(b.begin(b.intent("r1", b.link("r1").Revision, crm.Create)), created("42"))
			return old.Send.ID
		}, crm.Conflict},
		"overtaken by one that failed, too": {"user-1", func(b *bench) uuid.UUID {
			old := failed(b, "r1")
			failed(b, "r1")
			return old.Send.ID
		}, ""},
		"a person is asked": {"user-1", func(b *bench) uuid.UUID {
			begun := b.begin(b.intent("r1", 0, crm.Create))
			b.finish(begun, crm.Outcome{Status: crm.NeedsReview})
			return begun.Send.ID
		}, crm.Conflict},
		"took another back": {"user-1", func(b *bench) uuid.UUID {
			first := b.begin(b.intent("r1", 0, crm.Create))
			b.finish(first, created("42"))
			in := b.intent("r1", 1, crm.Delete)
			in.Send.Undoes = first.Send.ID
			undo := b.begin(in)
			b.finish(undo, crm.Outcome{Status: crm.Failed, CRMRecordID: "42"})
			return undo.Send.ID
		}, crm.Conflict},
		"its fields are gone": {"user-1", func(b *bench) uuid.UUID {
			begun := failed(b, "r1")
			b.sql(`UPDATE sends SET draft = NULL WHERE id = $1`, begun.Send.ID)
			return begun.Send.ID
		}, crm.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			id := c.before(b)
			requeued, err := b.store.Requeue(t.Context(), c.user, id)
			if (err == nil) != (c.code == "") || (err != nil && crm.CodeOf(err) != c.code) {
				t.Errorf("%v, want %q", err, c.code)
			}
			if c.code == "" && requeued.Status != crm.Queued {
				t.Errorf("%+v", requeued)
			}
		})
	}
}

// A send that waits has a time at which it is attended to, and no other has.
func TestDatabaseKeepsDueTimes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	conn, err := pgx.Connect(t.Context(), b.url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	for _, status := range crm.Statuses() {
		for _, due := range []bool{false, true} {
			waits := status == crm.Queued || status == crm.Unknown || status == crm.NeedsReview
			_, err := conn.Exec(t.Context(), `
				INSERT INTO sends (id, user_id, connection_id, connector, object, record_id, status, operation, digest, due_at)
				VALUES ($1, $2, $3, 'hubspot', 'contact', 'r', $4, 'create', '', CASE WHEN $5 THEN now() END)`,
				uuid.Must(uuid.NewV7()), b.user.ID, b.connection.ID, string(status), due)
			if (err == nil) != (due == waits) {
				t.Errorf("%s, due %t: %v", status, due, err)
			}
		}
	}
}

// A key is one user's, and is forgotten after two days.
func TestKeysAreOneUsersForTwoDays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	other, err := b.store.EnsureUser(t.Context(), "user-2")
	if err != nil {
		t.Fatal(err)
	}
	mine, theirs := b.intent("r1", 0, crm.Create), b.intent("r2", 0, crm.Create)
	mine.Key = &crm.Key{Value: "k", Fingerprint: []byte{1}}
	b.begin(mine)
	b.user = other
	b.connection = b.connect("hubspot", "credential-2")
	theirs.Send.ConnectionID, theirs.Key = b.connection.ID, &crm.Key{Value: "k", Fingerprint: []byte{2}}
	b.begin(theirs)
	for user, a := range map[string]crm.KeptAnswer{"user-1": {Status: 201, Body: []byte("mine")}, "user-2": {Status: 202, Body: []byte("theirs")}} {
		if kept, err := b.store.KeepAnswer(t.Context(), user, "k", a); err != nil || kept.Status != a.Status || string(kept.Body) != string(a.Body) {
			t.Errorf("%s: %+v %v", user, kept, err)
		}
	}
	if _, err := b.store.KeepAnswer(t.Context(), "user-3", "k", crm.KeptAnswer{Status: 200}); err == nil {
		t.Error("an answer was kept for a user without such a key")
	}
	known := func() int {
		n := 0
		for _, user := range []string{"user-1", "user-2"} {
			if _, there, err := b.store.Key(t.Context(), user, "k"); err != nil {
				t.Fatal(err)
			} else if there {
				n++
			}
		}
		return n
	}
	b.sql(`UPDATE idempotency_keys SET created_at = now() - CASE WHEN user_id = $1 THEN interval '47 h' ELSE interval '49 h' END`, b.user.ID)
	if err := b.store.ForgetKeys(t.Context()); err != nil || known() != 1 {
		t.Errorf("%d keys are left, one is older than two days: %v", known(), err)
	}
}

// Nothing is queued on a connection that was disconnected meanwhile.
func TestEnqueueNeedsAnActiveConnection(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if err := b.store.Disconnect(t.Context(), "user-1", b.connection.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := b.store.Enqueue(t.Context(), b.intent("r1", 0, crm.Create)); crm.CodeOf(err) != crm.ConnectionNotReady {
		t.Errorf("%v", err)
	}
}

// A refusal of a credential that was replaced meanwhile says nothing about the present one.
func TestRefusalOfAReplacedCredential(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if err := b.store.CredentialRefused(t.Context(), b.connection.ID, "credential-0", "no"); err != nil {
		t.Fatal(err)
	}
	if c, err := b.store.Connection(t.Context(), "user-1", b.connection.ID); err != nil || c.Status != crm.Active {
		t.Errorf("%+v %v", c, err)
	}
}

// A person's answer about a version of the record that is no longer the newest sends nothing.
func TestDecisionAboutAnOlderVersion(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	old := b.begin(b.intent("r1", 0, crm.Create))
	b.finish(old, crm.Outcome{Status: crm.NeedsReview, Candidates: []crm.Candidate{{CRMRecordID: "42"}, {CRMRecordID: "43"}}})
	b.finish(b.begin(b.intent("r1", b.link("r1").Revision, crm.Create)), created("42"))
	open, err := b.store.Conflicts(t.Context(), "user-1", crm.Page{Limit: 9})
	if err != nil || len(open) != 1 {
		t.Fatalf("%+v %v", open, err)
	}
	if _, err := b.store.Resolve(t.Context(), "user-1", open[0].ID, crm.Resolution{Choice: crm.LinkChoice, CRMRecordID: "42"}); err != nil {
		t.Fatal(err)
	}
	if s := b.send(old); s.Status != crm.Canceled {
		t.Errorf("the older version goes out after the newer one: %+v", s)
	}
}

// A send is not set on its way again while an older one of its record is being made.
func TestRetryBesideAnOlderSend(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	older, newer := b.enqueue("r1"), b.enqueue("r1")
	if err := b.store.Dismiss(t.Context(), newer.ID, crm.Failure{Code: crm.InvalidRecord}); err != nil {
		t.Fatal(err)
	}
	begun := b.resume(older, 0)
	if _, err := b.store.Requeue(t.Context(), "user-1", newer.ID); crm.CodeOf(err) != crm.RequestInProgress {
		t.Errorf("%v", err)
	}
	b.finish(begun, created("42"))
	if s, err := b.store.Requeue(t.Context(), "user-1", newer.ID); err != nil || s.Status != crm.Queued {
		t.Errorf("%+v %v", s, err)
	}
}

// What was queued first goes first by the database's clock, whatever the clocks of the processes put into the ids.
func TestQueueGoesByTheDatabasesClock(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	lower, higher := b.enqueue("r1"), b.enqueue("r1")
	b.sql(`UPDATE sends SET created_at = created_at + interval '1 h' WHERE id = $1`, lower.ID)
	if met := b.resume(lower, 0); met.State != crm.Busy || met.Holder != higher.ID {
		t.Errorf("%+v", met)
	}
	if begun := b.resume(higher, 0); begun.State != crm.Granted {
		t.Errorf("%+v", begun)
	}
}
