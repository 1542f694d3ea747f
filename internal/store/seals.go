package store

import (
	"encoding/json"

	"github.com/google/uuid"

	"sendtocrm/internal/crm"
)

// What is sealed, and the context that ties each value to its place. Marshalling cannot fail: strings, numbers, and JSON
// that was read or written as such.

func (s *Store) sealDraft(send uuid.UUID, draft json.RawMessage) []byte {
	if len(draft) == 0 {
		return nil
	}
	return s.sealer.seal(draftContext(send), draft)
}

func (s *Store) sealBefore(send uuid.UUID, before crm.View) []byte {
	if before == nil {
		return nil
	}
	plain, _ := json.Marshal(before)
	return s.sealer.seal(beforeContext(send), plain)
}

func (s *Store) sealWarnings(send crm.Send) []byte {
	if len(send.Warnings) == 0 {
		return nil
	}
	plain, _ := json.Marshal(send.Warnings)
	return s.sealer.seal(warningsContext(send.ID), plain)
}

func (s *Store) sealFailure(send uuid.UUID, f *crm.Failure) []byte {
	if f == nil {
		return nil
	}
	plain, _ := json.Marshal(f)
	return s.sealer.seal(failureContext(send), plain)
}

func (s *Store) sealView(link uuid.UUID, view crm.View) []byte {
	plain, _ := json.Marshal(view)
	return s.sealer.seal(viewContext(link), plain)
}

func (s *Store) sealCandidates(conflict uuid.UUID, candidates []crm.Candidate) []byte {
	if len(candidates) == 0 {
		return nil
	}
	plain, _ := json.Marshal(candidates)
	return s.sealer.seal(candidatesContext(conflict), plain)
}

// unseal opens a sealed JSON value into target; nothing stored leaves target as it is.
func (s *Store) unseal(context string, sealed []byte, target any, what string) error {
	plain, err := s.sealer.open(context, sealed)
	if err == nil && plain != nil {
		err = json.Unmarshal(plain, target)
	}
	if err != nil {
		return &crm.Error{Code: crm.Internal, Detail: what + " cannot be read.", Err: err}
	}
	return nil
}

func viewContext(link uuid.UUID) string           { return "links.view:" + link.String() }
func draftContext(send uuid.UUID) string          { return "sends.draft:" + send.String() }
func beforeContext(send uuid.UUID) string         { return "sends.before:" + send.String() }
func warningsContext(send uuid.UUID) string       { return "sends.warnings:" + send.String() }
func failureContext(send uuid.UUID) string        { return "sends.failure:" + send.String() }
func candidatesContext(conflict uuid.UUID) string { return "conflicts.candidates:" + conflict.String() }
func answerContext(user, key string) string       { return "idempotency_keys.answer:" + user + "\x00" + key }
