package store_test

import (
	"testing"

	"sendtocrm/internal/crm"
)

// A replaced credential is deleted once the new one has worked, and not because an older one has.
func TestOnlyThePresentCredentialProvesItself(t *testing.T) {
	t.Parallel()
	b := newBench(t) // uses credential-1
	for _, next := range []string{"credential-2", "credential-3"} {
		var err error
		if b.connection, err = b.store.Activate(t.Context(), b.connection, nil, crm.Credential{ID: next}); err != nil {
			t.Fatal(err)
		}
	}
	due := func() (ids []string) {
		for {
			d, ok, err := b.store.TakeDeletion(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				return ids
			}
			ids = append(ids, d.CredentialID)
		}
	}
	if got := due(); len(got) != 1 || got[0] != "credential-1" {
		t.Errorf("replaced twice: %v", got)
	}
	for _, worked := range []struct {
		id   string
		want int
	}{{"credential-2", 0}, {"credential-3", 1}, {"credential-3", 0}} {
		if err := b.store.CredentialWorked(t.Context(), b.connection.ID, worked.id); err != nil {
			t.Fatal(err)
		}
		if got := due(); len(got) != worked.want {
			t.Errorf("after %s worked: %v", worked.id, got)
		}
	}
}
