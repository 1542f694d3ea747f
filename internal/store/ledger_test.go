package store_test

import (
	"encoding/json"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
	"sendtocrm/internal/store"
	"sendtocrm/internal/testdb"
)

// bench is a store with one user and one active connection.
type bench struct {
	t          testing.TB
	store      *store.Store
	url        string
	user       crm.User
	connection crm.Connection
}

func newBench(t testing.TB) *bench {
	t.Helper()
	return newBenchOn(t, testdb.New(t))
}

func newBenchOn(t testing.TB, url string) *bench {
	t.Helper()
	b := &bench{t: t, url: url}
	sealer, err := store.NewSealer([]store.Key{{ID: "k1", Secret: make([]byte, 32)}})
	if err != nil {
		t.Fatal(err)
	}
	if b.store, err = store.Open(t.Context(), store.Options{URL: b.url, MaxConns: 8, Sealer: sealer}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.store.Close)
	if b.user, err = b.store.EnsureUser(t.Context(), "user-1"); err != nil {
		t.Fatal(err)
	}
	b.connection = b.connect("hubspot", "credential-1")
	return b
}

func (b *bench) connect(connector, credential string) crm.Connection {
	b.t.Helper()
	opened, err := b.store.Open(b.t.Context(), crm.Connection{
		ID: uuid.Must(uuid.NewV7()), User: b.user, Connector: connector, Status: crm.Pending,
	}, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	active, err := b.store.Activate(b.t.Context(), opened, nil, crm.Credential{ID: credential, Name: "Someone's CRM"})
	if err != nil {
		b.t.Fatal(err)
	}
	return active
}

func (b *bench) intent(recordID string, revision int64, operation crm.Operation) crm.Intent {
	return crm.Intent{
		Send: crm.Send{
			ID: uuid.Must(uuid.NewV7()), ConnectionID: b.connection.ID, Connector: "hubspot", Object: "contact",
			RecordID: recordID, Status: crm.Sending, Operation: operation, Action: "createContact", Digest: "sha256:" + recordID,
		},
		Draft: json.RawMessage(`{"contact_email":"a@b.example"}`),
		Claim: uuid.New(), Revision: revision, LeaseTTL: time.Minute,
	}
}

func (b *bench) begin(in crm.Intent) crm.Begun {
	b.t.Helper()
	begun, err := b.store.Begin(b.t.Context(), in)
	if err != nil {
		b.t.Fatal(err)
	}
	return begun
}

func (b *bench) link(recordID string) crm.Link {
	b.t.Helper()
	l, err := b.store.Link(b.t.Context(), b.connection.ID, "contact", recordID)
	if err != nil {
		b.t.Fatal(err)
	}
	return l
}

func (b *bench) finish(begun crm.Begun, o crm.Outcome) {
	b.t.Helper()
	if _, err := b.store.Finish(b.t.Context(), begun.Claim, o); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) send(begun crm.Begun) crm.Send {
	b.t.Helper()
	found, err := b.store.Send(b.t.Context(), "user-1", begun.Send.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	return found
}

func created(id string) crm.Outcome {
	return crm.Outcome{
		Status: crm.Succeeded, CRMRecordID: id, CRMURL: "https://crm.example/" + id, ExecutionID: "x1", Attempts: 1,
		View: crm.View{"properties.email": json.RawMessage(`"a@b.example"`)},
	}
}

// Of many that begin the same record at once, one may go ahead.
func TestOneLeasePerRecord(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var granted, busy atomic.Int32
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			begun, err := b.store.Begin(t.Context(), b.intent("r1", 0, crm.Create))
			switch {
			case err != nil:
				t.Error(err)
			case begun.State == crm.Granted:
				granted.Add(1)
			case begun.State == crm.Busy && begun.HolderDigest == "sha256:r1":
				busy.Add(1)
			default:
				t.Errorf("neither granted nor busy: %+v", begun)
			}
		})
	}
	group.Wait()
	if granted.Load() != 1 || busy.Load() != 49 {
		t.Errorf("granted %d, busy %d", granted.Load(), busy.Load())
	}
}

func TestFinishRemembers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	begun := b.begin(b.intent("r1", 0, crm.Create))
	finished, err := b.store.Finish(t.Context(), begun.Claim, created("42"))
	if err != nil || finished.At.IsZero() || finished.Late {
		t.Fatalf("%+v %v", finished, err)
	}
	if done := b.send(begun); done.Status != crm.Succeeded || done.CRMRecordID != "42" || !done.CompletedAt.Equal(finished.At) {
		t.Fatalf("%+v", done)
	}
	link := b.link("r1")
	if link.CRMRecordID != "42" || !link.ViewCertain || string(link.View["properties.email"]) != `"a@b.example"` || link.Revision != 1 {
		t.Fatalf("%+v", link)
	}
	if stale := b.begin(b.intent("r1", 0, crm.Create)); stale.State != crm.Stale {
		t.Errorf("a plan from before the create was let through: %+v", stale)
	}
	if _, err := b.store.Finish(t.Context(), begun.Claim, created("43")); crm.CodeOf(err) != crm.Conflict {
		t.Errorf("an outcome was taken twice: %v", err)
	}
}

// A create whose process died is unknown, and nothing is created in its place. Its success, should it come after all,
// counts; nothing else that comes late does.
func TestExpiredCreateBlocks(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.intent("r1", 0, crm.Create)
	in.LeaseTTL = time.Millisecond
	dead := b.begin(in)
	time.Sleep(20 * time.Millisecond)
	if n, err := b.store.SettleExpired(t.Context()); err != nil || n != 1 {
		t.Fatalf("settled %d: %v", n, err)
	}
	blocked := b.begin(b.intent("r1", 1, crm.Create))
	if blocked.State != crm.Blocked || blocked.Holder != dead.Send.ID {
		t.Fatalf("%+v", blocked)
	}
	send, err := b.store.Send(t.Context(), "user-1", dead.Send.ID)
	if err != nil || send.Status != crm.Unknown || send.Failure == nil || send.Failure.Code != crm.OutcomeUnknown {
		t.Fatalf("%+v %v", send, err)
	}
	if _, err := b.store.Finish(t.Context(), dead.Claim, crm.Outcome{Status: crm.Failed, Failure: send.Failure}); crm.CodeOf(err) != crm.Conflict {
		t.Errorf("a late failure was taken: %v", err)
	}
	other := dead.Claim
	other.SendID = uuid.New()
	if _, err := b.store.Finish(t.Context(), other, created("41")); crm.CodeOf(err) != crm.Conflict {
		t.Errorf("somebody else's outcome was taken: %v", err)
	}
	if finished, err := b.store.Finish(t.Context(), dead.Claim, created("42")); err != nil || !finished.Late {
		t.Errorf("the late success: %+v %v", finished, err)
	}
	if late := b.send(dead); late.Status != crm.Succeeded || late.Failure != nil {
		t.Errorf("the late success: %+v", late)
	}
	if l := b.link("r1"); l.CRMRecordID != "42" || l.Unresolved != uuid.Nil {
		t.Errorf("the link after the late success: %+v", l)
	}
	if _, err := b.store.Finish(t.Context(), dead.Claim, created("43")); crm.CodeOf(err) != crm.Conflict {
		t.Errorf("a second late success was taken: %v", err)
	}
	if renewed, err := b.store.Renew(t.Context(), dead.Claim, time.Minute); err != nil || renewed {
		t.Errorf("a lost lease was renewed: %v", err)
	}
}

// An update whose process died is repeated, in full: the view is no longer certain.
func TestExpiredUpdateMayBeRepeated(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	begun := b.begin(b.intent("r1", 0, crm.Create))
	b.finish(begun, created("42"))
	in := b.intent("r1", 1, crm.Update)
	in.LeaseTTL = time.Millisecond
	dead := b.begin(in)
	time.Sleep(20 * time.Millisecond)
	if met := b.begin(b.intent("r1", 1, crm.Update)); met.State != crm.Stale {
		t.Fatalf("who meets an expired lease settles it and plans anew: %+v", met)
	}
	if link := b.link("r1"); link.ViewCertain || link.CRMRecordID != "42" || link.Revision != 2 {
		t.Fatalf("%+v", link)
	}
	if met := b.begin(b.intent("r1", 2, crm.Update)); met.State != crm.Busy || met.Holder != dead.Send.ID || met.HolderStatus != crm.Queued {
		t.Fatalf("what was interrupted goes first: %+v", met)
	}
	in = b.intent("r1", 2, crm.Update)
	in.Send.ID, in.Resume = dead.Send.ID, true
	again := b.begin(in)
	if again.State != crm.Granted || again.Claim.Token <= dead.Claim.Token || again.Rounds != 1 || again.Send.Attempts != 1 {
		t.Fatalf("%+v", again)
	}
	in.Claim = uuid.New()
	if twice := b.begin(in); twice.State == crm.Granted {
		t.Fatalf("one send was begun twice: %+v", twice)
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	refusal := &crm.Failure{Code: crm.CRMRejected, Detail: "No.", Fields: []crm.FieldError{{Field: "contact_email", Code: "x", Message: "y"}}}
	begun := b.begin(b.intent("r1", 0, crm.Create))
	b.finish(begun, crm.Outcome{Status: crm.Failed, Attempts: 1, Failure: refusal})
	if failed := b.send(begun); failed.Failure == nil || failed.Failure.Fields[0] != refusal.Fields[0] {
		t.Fatalf("%+v", failed)
	}
	if l := b.link("r1"); l.CRMRecordID != "" || l.Unresolved != uuid.Nil {
		t.Errorf("a refused create left %+v", l)
	}
	begun = b.begin(b.intent("r1", 1, crm.Create))
	b.finish(begun, crm.Outcome{Status: crm.Unknown, Attempts: 1, Failure: refusal})
	if unknown := b.send(begun); !unknown.CompletedAt.IsZero() || b.link("r1").Unresolved != unknown.ID {
		t.Errorf("%+v", unknown)
	}

	begun = b.begin(b.intent("r2", 0, crm.Create))
	b.finish(begun, created("42"))
	begun = b.begin(b.intent("r2", 1, crm.Update))
	b.finish(begun, crm.Outcome{Status: crm.Failed, Attempts: 1, Failure: refusal, Unlink: true})
	if l := b.link("r2"); l.CRMRecordID != "" || len(l.View) != 0 {
		t.Errorf("a record that is gone is still linked: %+v", l)
	}
}

// A connection that was disconnected meanwhile is not used.
func TestBeginNeedsAnActiveConnection(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if err := b.store.Disconnect(t.Context(), "user-1", b.connection.ID); err != nil {
		t.Fatal(err)
	}
	if begun := b.begin(b.intent("r1", 0, crm.Create)); begun.State != crm.Stale {
		t.Errorf("%+v", begun)
	}
}

// What is sent, and what the CRM says of it, is not in the database in clear.
func TestPayloadsAreSealed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.intent("r1", 0, crm.Create)
	in.Draft = json.RawMessage(`{"canary":"canary-value"}`)
	in.Before = crm.View{"x": json.RawMessage(`"canary-value"`)}
	in.Send.Warnings = []mapping.Issue{{Message: "canary-value"}}
	begun := b.begin(in)
	out := created("42")
	out.View = crm.View{"x": json.RawMessage(`"canary-value"`)}
	b.finish(begun, out)
	begun = b.begin(b.intent("r1", 1, crm.Update))
	if _, err := b.store.Finish(t.Context(), begun.Claim, crm.Outcome{
		Status: crm.Failed, Failure: &crm.Failure{Code: crm.CRMRejected, Detail: "canary-value"},
	}); err != nil {
		t.Fatal(err)
	}
	if n := countText(t, b.url, "canary-value"); n != 0 {
		t.Errorf("%d rows hold the payload in clear", n)
	}
	plain, err := store.NewSealer(nil)
	if err != nil {
		t.Fatal(err)
	}
	keyless, err := store.Open(t.Context(), store.Options{URL: b.url, Sealer: plain})
	if err != nil {
		t.Fatal(err)
	}
	defer keyless.Close()
	if _, err := keyless.Link(t.Context(), b.connection.ID, "contact", "r1"); err == nil {
		t.Error("a sealed payload was read without its key")
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, id := range []string{"r1", "r2", "r3"} {
		begun := b.begin(b.intent(id, 0, crm.Create))
		b.finish(begun, created("crm-"+id))
	}
	count := func(user string, f crm.SendFilter, p crm.Page) (ids []string) {
		found, err := b.store.Sends(t.Context(), user, f, p)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range found {
			ids = append(ids, s.RecordID)
		}
		return ids
	}
	all, err := b.store.Sends(t.Context(), "user-1", crm.SendFilter{}, crm.Page{Limit: 2})
	if err != nil || len(all) != 2 || all[0].RecordID != "r3" {
		t.Fatalf("%+v %v", all, err)
	}
	for name, c := range map[string]struct {
		user   string
		filter crm.SendFilter
		page   crm.Page
		want   int
	}{
		"the next page":      {"user-1", crm.SendFilter{}, crm.Page{Limit: 2, Cursor: all[1].ID}, 1},
		"by record":          {"user-1", crm.SendFilter{Object: "contact", RecordID: "r2"}, crm.Page{Limit: 9}, 1},
		"by status":          {"user-1", crm.SendFilter{Status: crm.Failed}, crm.Page{Limit: 9}, 0},
		"by connection":      {"user-1", crm.SendFilter{ConnectionID: b.connection.ID}, crm.Page{Limit: 9}, 3},
		"another connection": {"user-1", crm.SendFilter{ConnectionID: uuid.New()}, crm.Page{Limit: 9}, 0},
		"another user":       {"user-2", crm.SendFilter{}, crm.Page{Limit: 9}, 0},
	} {
		if got := count(c.user, c.filter, c.page); len(got) != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	links, err := b.store.RecordLinks(t.Context(), "user-1", "contact", "r1")
	if err != nil || len(links) != 1 || links[0].CRMRecordID != "crm-r1" || links[0].Sending {
		t.Errorf("%+v %v", links, err)
	}
	if links, err := b.store.RecordLinks(t.Context(), "user-2", "contact", "r1"); err != nil || len(links) != 0 {
		t.Errorf("another user's record: %+v %v", links, err)
	}
	connections, err := b.store.Connections(t.Context(), "user-1", crm.Page{Limit: 9})
	if err != nil || len(connections) != 1 {
		t.Errorf("%+v %v", connections, err)
	}
	if _, err := b.store.Send(t.Context(), "user-2", all[0].ID); crm.CodeOf(err) != crm.NotFound {
		t.Errorf("another user's send: %v", err)
	}
}

// A send whose beginning got no answer, and that was never made, leaves its record free, whatever became of it meanwhile.
func TestWithdraw(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	begun := b.begin(b.intent("r1", 0, crm.Create))
	if found, err := b.store.Withdraw(t.Context(), begun.Send.ID, begun.Claim.ID); err != nil || !found {
		t.Fatalf("%v %v", found, err)
	}
	if free := b.begin(b.intent("r1", b.link("r1").Revision, crm.Create)); free.State != crm.Granted {
		t.Errorf("%+v", free)
	}
	in := b.intent("r2", 0, crm.Create)
	in.LeaseTTL = time.Millisecond
	begun = b.begin(in)
	time.Sleep(20 * time.Millisecond)
	if _, err := b.store.SettleExpired(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found, err := b.store.Withdraw(t.Context(), begun.Send.ID, begun.Claim.ID); err != nil || !found || b.link("r2").Unresolved != uuid.Nil {
		t.Errorf("%v %v %+v", found, err, b.link("r2"))
	}
	send, err := b.store.Send(t.Context(), "user-1", begun.Send.ID)
	if err != nil || send.Status != crm.Failed || send.Attempts != 0 {
		t.Errorf("%+v %v", send, err)
	}
	if found, err := b.store.Withdraw(t.Context(), uuid.New(), uuid.New()); err != nil || found {
		t.Errorf("a send that was never begun: %v %v", found, err)
	}
}
