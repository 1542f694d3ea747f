package crm

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"sendtocrm/internal/mapping"
)

// RecordLink is a link as a person wants to see it.
type RecordLink struct {
	Link
	ConnectionID uuid.UUID
	Connector    string
	Sending      bool // a send is under way
}

// Decision says for one connection whether the record is in its CRM, and why.
type Decision struct {
	ConnectionID uuid.UUID
	Connector    string
	Sent         bool
	Reason       string
	Verdict      *Verdict // what the connection's filter says of the record as it was last seen; nil: no filter, or never seen
}

// Explanation answers "why is this record, or is it not, in the CRM?".
type Explanation struct {
	Object, RecordID string
	Links            []RecordLink
	Sends            []Send
	Decisions        []Decision
}

// History reads what was sent.
type History interface {
	// RecordLinks returns the links of one record of the user, with their connections.
	RecordLinks(ctx context.Context, user, object, recordID string) ([]RecordLink, error)
	// Sends returns a page, newest first.
	Sends(ctx context.Context, user string, f SendFilter, p Page) ([]Send, error)
	// LastDraft is the record's fields as they were given last, to any connection of the user; nil: never, or forgotten.
	LastDraft(ctx context.Context, user, object, recordID string) (json.RawMessage, error)
	// Connections as [ConnectionStore]'s.
	Connections(ctx context.Context, user string, p Page) ([]Connection, error)
}

// SendFilter narrows a list of sends; empty fields match everything.
type SendFilter struct {
	Status           SendStatus
	Object, RecordID string
	ConnectionID     uuid.UUID
}

// Explainer explains records.
type Explainer struct {
	history  History
	mappings Mappings
}

// NewExplainer wires an explainer.
func NewExplainer(h History, m Mappings) *Explainer { return &Explainer{history: h, mappings: m} }

// Sends returns a page of the user's sends, newest first.
func (e *Explainer) Sends(ctx context.Context, user string, f SendFilter, p Page) ([]Send, error) {
	return e.history.Sends(ctx, user, f, p)
}

// Explain answers for one record of the user. One that was never sent has a decision for each connection, and no links.
func (e *Explainer) Explain(ctx context.Context, user, object, recordID string) (Explanation, error) {
	explanation := Explanation{Object: object, RecordID: recordID}
	var err error
	if explanation.Links, err = e.history.RecordLinks(ctx, user, object, recordID); err != nil {
		return explanation, err
	}
	filter := SendFilter{Object: object, RecordID: recordID}
	if explanation.Sends, err = e.history.Sends(ctx, user, filter, Page{Limit: 10}); err != nil {
		return explanation, err
	}
	connections, err := e.history.Connections(ctx, user, Page{Limit: 200})
	if err != nil {
		return explanation, err
	}
	fields, err := e.lastSeen(ctx, user, object, recordID)
	if err != nil {
		return explanation, err
	}
	for _, c := range connections {
		d := decide(c, explanation.Links, explanation.Sends)
		if d.Verdict = e.judge(ctx, c, object, recordID, fields); d.Verdict != nil && !d.Verdict.Matches {
			d.Reason += " The filter leaves it out of the background sync: " + d.Verdict.Reason
		}
		explanation.Decisions = append(explanation.Decisions, d)
	}
	return explanation, nil
}

// lastSeen are the record's fields as they came last; nil: it was never seen.
func (e *Explainer) lastSeen(ctx context.Context, user, object, recordID string) (mapping.Fields, error) {
	draft, err := e.history.LastDraft(ctx, user, object, recordID)
	if err != nil || draft == nil {
		return nil, err
	}
	fields, err := mapping.DecodeFields(draft)
	if err != nil {
		return nil, Errorf(Internal, "The record as it was last sent cannot be read: %w", err)
	}
	return fields, nil
}

// judge asks the connection's filter. A connection without a mapping has none.
func (e *Explainer) judge(ctx context.Context, c Connection, object, recordID string, fields mapping.Fields) *Verdict {
	if fields == nil || c.Tailored == 0 {
		return nil
	}
	m, err := e.mappings.Mapping(ctx, c, object)
	if err != nil {
		return nil // the decision says what is the matter with the connection
	}
	return m.judge(recordID, fields)
}

func decide(c Connection, links []RecordLink, sends []Send) Decision {
	d := Decision{ConnectionID: c.ID, Connector: c.Connector}
	for _, l := range links {
		if l.ConnectionID != c.ID {
			continue
		}
		switch {
		case l.Unresolved != uuid.Nil:
			d.Reason = "It may be in the CRM: the answer to its creation was lost."
			return d
		case l.CRMRecordID != "":
			d.Sent = true
			d.Reason = "It is in the CRM as record " + l.CRMRecordID + "."
			return d
		case l.Sending:
			d.Reason = "It is being sent right now."
			return d
		}
	}
	for _, s := range sends {
		if s.ConnectionID == c.ID && s.Failure != nil {
			d.Reason = fmt.Sprintf(lastSend(s.Status), s.Failure.Detail)
			return d
		}
		if s.ConnectionID == c.ID && s.Status == Queued {
			d.Reason = "It waits in the queue."
			return d
		}
	}
	if err := Ready(c); err != nil {
		d.Reason = err.(*Error).Detail //nolint:errorlint,forcetypeassert // ready returns nothing else
		return d
	}
	d.Reason = "Nobody has sent it yet."
	return d
}

func lastSend(status SendStatus) string {
	switch status {
	case Queued:
		return "It waits in the queue: %s"
	case NeedsReview:
		return "It waits for a decision: %s"
	case Canceled:
		return "Somebody decided against sending it: %s"
	default:
		return "The last send failed: %s"
	}
}
