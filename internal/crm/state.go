package crm

import "slices"

// SendStatus is where a send stands.
type SendStatus string

// The states of a send.
const (
	Queued      SendStatus = "queued"       // waits for its turn, for the CRM, or for a reconnect
	Sending     SendStatus = "sending"      // committed; the CRM may be called at any moment
	Succeeded   SendStatus = "succeeded"    // final
	Failed      SendStatus = "failed"       // certainly not done
	Unknown     SendStatus = "unknown"      // a create that may have happened; it is looked up, never repeated blindly
	NeedsReview SendStatus = "needs_review" // several CRM records match; a person decides
	Canceled    SendStatus = "canceled"     // a person decided against it
)

// transitions is the state machine of a send; docs/send-states.md draws it. The database holds the same table in the
// trigger sends_transition and refuses everything else.
var transitions = map[SendStatus][]SendStatus{
	Queued:      {Sending, Succeeded, Failed, Canceled}, // Succeeded: there is nothing left to change
	Sending:     {Succeeded, Failed, Unknown, NeedsReview, Queued},
	Unknown:     {Succeeded, Failed, Queued, NeedsReview, Canceled},
	NeedsReview: {Queued, Succeeded, Canceled},
	Failed:      {Queued},
	Canceled:    {Queued},
	Succeeded:   {},
}

// MayBecome reports whether a send may go from s to next.
func (s SendStatus) MayBecome(next SendStatus) bool { return slices.Contains(transitions[s], next) }

// Statuses are all states.
func Statuses() []SendStatus {
	return []SendStatus{Queued, Sending, Succeeded, Failed, Unknown, NeedsReview, Canceled}
}
