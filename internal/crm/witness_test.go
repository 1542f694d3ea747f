package crm

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"
	"github.com/rs/zerolog"
)

// safe is a vault with credentials, and a keeper that notes which were refused.
type safe struct {
	Vault
	CredentialKeeper
	listed  []Credential
	away    error
	refused []string
}

func (s *safe) Credentials(context.Context, string, string) ([]Credential, error) {
	return s.listed, s.away
}

func (s *safe) CredentialRefused(_ context.Context, _ uuid.UUID, credential, _ string) error {
	s.refused = append(s.refused, credential)
	return nil
}

// A connection needs a reconnect where its credential is certainly of no use; "Credential not found" alone does not say so.
func TestJudgingACredential(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		failed CallError
		safe   safe
		code   Code
	}{
		"refused":                {CallError{Code: ReconnectRequired}, safe{listed: []Credential{{ID: "c1"}}}, ReconnectRequired},
		"not found, and listed":  {CallError{Code: CRMRejected, UnknownCred: true}, safe{listed: []Credential{{ID: "c1"}}}, CRMRejected},
		"not found, nor listed":  {CallError{Code: CRMRejected, UnknownCred: true}, safe{listed: []Credential{{ID: "c2"}}}, ReconnectRequired},
		"not found, and no list": {CallError{Code: CRMRejected, UnknownCred: true}, safe{away: errors.New("away")}, CRMRejected},
		"another refusal":        {CallError{Code: CRMRejected}, safe{}, CRMRejected},
	} {
		w := witness{keeper: &c.safe, vault: &c.safe, log: zerolog.Nop()}
		w.failed(t.Context(), Connection{ID: uuid.New(), CredentialID: "c1"}, "do", &c.failed)
		if c.failed.Code != c.code || (len(c.safe.refused) == 1) != (c.code == ReconnectRequired) {
			t.Errorf("%s: %s, refused %v", name, c.failed.Code, c.safe.refused)
		}
	}
}
