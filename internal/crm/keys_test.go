package crm

import (
	"context"
	"testing"

	"github.com/google/uuid"
)

// keyring is a ledger with one send, and keys that note what they are bound to.
type keyring struct {
	Ledger
	Keys
	use   KeyUse
	bound []uuid.UUID
}

func (k *keyring) Key(context.Context, string, string) (KeyUse, bool, error) { return k.use, true, nil }

func (k *keyring) Send(context.Context, string, uuid.UUID) (Send, error) { return k.use.Send, nil }

func (k *keyring) BindKey(_ context.Context, _ string, _ Key, send uuid.UUID) error {
	k.bound = append(k.bound, send)
	return nil
}

// A key that was used before: what is answered depends on whether it was for the same request, and how far that is.
func TestReplay(t *testing.T) {
	t.Parallel()
	failed := &Failure{Code: CRMRejected, Detail: "No."}
	for name, c := range map[string]struct {
		fingerprint byte
		status      SendStatus
		answer      *KeptAnswer
		code        Code
	}{
		"another request":                     {2, Succeeded, nil, IdempotencyKeyReused},
		"under way":                           {1, Sending, nil, RequestInProgress},
		"succeeded":                           {1, Succeeded, nil, ""},
		"failed, and the answer was not kept": {1, Failed, nil, CRMRejected},
		"failed, and the answer was kept":     {1, Failed, &KeptAnswer{Status: 422}, ""},
	} {
		k := &keyring{use: KeyUse{Fingerprint: []byte{1}, Send: Send{ID: uuid.New(), Status: c.status, Failure: failed}, Answer: c.answer}}
		reply, used, err := (&Sender{keys: k}).replay(t.Context(), "user-1", Key{Value: "k", Fingerprint: []byte{c.fingerprint}})
		if !used || (err == nil) != (c.code == "") || (err != nil && CodeOf(err) != c.code) {
			t.Errorf("%s: used %t, %v, want %q", name, used, err, c.code)
		}
		if c.code == "" && (!reply.Replayed || reply.Kept != c.answer || reply.Send.ID != k.use.Send.ID) {
			t.Errorf("%s: %+v", name, reply)
		}
	}
}

// Who wants the very same as the record's present send gets that one's answer, and has used its key for it.
func TestSameSendIsJoined(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		state  BeginState
		digest string
		open   bool
		status SendStatus
		done   bool
		code   Code
		bound  int
	}{
		"the same, under way before":         {Busy, "d", false, Succeeded, true, "", 1},
		"the same, which fails":              {Busy, "d", false, Failed, true, CRMRejected, 1},
		"another version":                    {Busy, "e", false, Succeeded, false, "", 0},
		"the same, its outcome unknown":      {Blocked, "d", false, Unknown, true, "", 1},
		"another version, looked up":         {Blocked, "e", false, Unknown, false, "", 0},
		"another version, a person is asked": {Blocked, "e", true, Unknown, true, OutcomeUnknown, 0},
	} {
		k := &keyring{use: KeyUse{Send: Send{ID: uuid.New(), Status: c.status, Failure: &Failure{Code: CRMRejected}}}}
		plan := planned(Create)
		plan.Digest, plan.draft.Key = "d", &Key{Value: "k"}
		holder := k.use.Send.ID
		sent, done, err := (&Sender{ledger: k, keys: k}).await(t.Context(), plan, Begun{State: c.state, Holder: holder, HolderDigest: c.digest, Open: c.open})
		if done != c.done || (err == nil) != (c.code == "") || (err != nil && CodeOf(err) != c.code) || len(k.bound) != c.bound {
			t.Errorf("%s: done %t, %v, the key is bound %d times", name, done, err, len(k.bound))
		}
		if c.bound == 1 && (sent.ID != holder || k.bound[0] != holder) {
			t.Errorf("%s: %v instead of %v", name, sent.ID, holder)
		}
	}
}
