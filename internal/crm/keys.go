package crm

import (
	"bytes"
	"context"
	"errors"
	"time"
)

// ErrKeyTaken is what [Ledger] and [Keys] return, wrapped, for an idempotency key that another request used meanwhile.
var ErrKeyTaken = errors.New("the idempotency key is taken")

// Reply is the answer to a send. Kept is the earlier answer, byte for byte, to the same request with the same key;
// Replayed without it: the earlier answer is what Send says.
type Reply struct {
	Send     Send
	Replayed bool
	Kept     *KeptAnswer
}

// replay answers a request whose key was used before. used: there is an answer, or an error.
func (s *Sender) replay(ctx context.Context, user string, k Key) (reply Reply, used bool, err error) {
	use, known, err := s.keys.Key(ctx, user, k.Value)
	switch {
	case err != nil || !known:
		return Reply{}, false, err
	case !bytes.Equal(use.Fingerprint, k.Fingerprint):
		return Reply{}, true, &Error{
			Code: IdempotencyKeyReused, Detail: "This idempotency key was used for another request.", SendID: use.Send.ID.String(),
		}
	case use.Answer != nil:
		return Reply{Send: use.Send, Replayed: true, Kept: use.Answer}, true, nil
	case use.Send.Status == Sending:
		return Reply{}, true, &Error{
			Code: RequestInProgress, Detail: "A request with this idempotency key is still under way.",
			SendID: use.Send.ID.String(), RetryAfter: time.Second,
		}
	}
	return Reply{Send: use.Send, Replayed: true}, true, failure(use.Send)
}

// KeepAnswer keeps the answer to a request with a key, before it is given. It returns the one to give: another request
// with the same key may have been faster.
func (s *Sender) KeepAnswer(ctx context.Context, user, key string, a KeptAnswer) (KeptAnswer, error) {
	return s.keys.KeepAnswer(ctx, user, key, a)
}
