package crm

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"sendtocrm/internal/mapping"
)

// Undoing is the part of the ledger that taking back needs.
type Undoing interface {
	// Undoable returns NotFound as [Ledger.Send] does.
	Undoable(ctx context.Context, user string, id uuid.UUID) (Undoable, error)
}

// Undoable is a send with what taking it back depends on. Before is nil where it is not known what an update replaced.
type Undoable struct {
	Send
	Before View
	Link   Link
	Latest bool // nothing was sent of this record since
	Made   bool // the CRM's answer says that this very send made the record, or changed it
	Shared bool // the CRM record belongs to another record as well
}

// Undo takes a send back: it deletes what the send created, or restores what it changed, if nobody has changed that in
// the CRM since. The answer is a send of its own. Errors: NotFound, Conflict (there is nothing to take back, or it was
// changed since), RequestInProgress, MappingIncomplete (the CRM offers no such action), and those of a send.
func (s *Sender) Undo(ctx context.Context, user, id string) (Send, error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return Send{}, NoSuchSend()
	}
	u, err := s.undoing.Undoable(ctx, user, parsed)
	if err != nil {
		return Send{}, err
	}
	if why := u.objection(); why != "" {
		return Send{}, &Error{Code: Conflict, Detail: why, SendID: id, Remedy: "Change the record and send it again instead."}
	}
	plan, err := s.planner.planUndo(ctx, user, u)
	if err != nil {
		return Send{}, err
	}
	if err := s.unchangedSince(ctx, plan, u); err != nil {
		return Send{}, err
	}
	asked := time.Now()
	intent := s.intent(plan)
	begun, err := s.ledger.Begin(ctx, intent)
	if err != nil {
		s.config.Withdraw(intent.Send.ID, intent.Claim)
		return Send{}, err
	}
	if begun.State != Granted {
		return Send{}, inProgress(begun.Holder)
	}
	return s.granted(ctx, plan, begun, asked, asked.Add(s.config.Limit), s.config.Limit)
}

func (u Undoable) objection() string {
	switch {
	case !u.UndoneAt.IsZero():
		return "This send has been taken back already."
	case u.Undoes != uuid.Nil:
		return "This send took another one back; send the record again instead."
	case u.Status != Succeeded || (u.Operation != Create && u.Operation != Update):
		return "This send changed nothing in the CRM that could be taken back."
	case !u.Latest || u.Link.CRMRecordID != u.CRMRecordID:
		return "The record was sent again since; only the last send can be taken back."
	case u.Operation == Create && (!u.Made || u.Shared):
		return "It is not proven that this send, and no other, made the CRM record."
	case u.Operation == Update && u.Before == nil:
		return "It is not known what stood in these fields before."
	case !u.Link.ViewCertain:
		return "It is not certain what the CRM holds since the last send."
	}
	return ""
}

// planUndo is the request that takes u back: a delete, or an update with the former values.
func (p *Planner) planUndo(ctx context.Context, user string, u Undoable) (*Plan, error) {
	connection, _, err := p.subjects.Subject(ctx, user, u.ConnectionID, u.Object, u.RecordID)
	if err != nil {
		return nil, err
	}
	if err := Ready(connection); err != nil {
		return nil, err
	}
	plan, err := p.begin(ctx, connection, u.Object)
	if err != nil {
		return nil, err
	}
	plan.RecordID, plan.Link, plan.Operation, plan.draft, plan.undoes = u.RecordID, u.Link, Delete, Draft{User: user}, u.ID
	plan.Request = Request{PathParams: map[string]string{}, Query: map[string]string{}}
	if u.Operation == Update {
		plan.Operation, plan.View = Update, maps.Clone(u.Link.View)
		maps.Copy(plan.View, u.Before)
		if plan.Request.Body, err = mapping.Compose(u.Before); err != nil {
			return nil, Errorf(Internal, "The former values cannot be put together: %w", err)
		}
	}
	action, err := p.catalog.onRecord(ctx, plan.Connection.Connector, plan.object, string(plan.Operation), plan.Link.CRMRecordID, &plan.Request)
	if err != nil {
		return nil, err
	}
	plan.Action = action
	plan.Digest = plan.digest()
	return plan, nil
}

// unchangedSince reads the CRM's record and refuses if it no longer holds what the send left there. One that is gone has
// nothing left to be changed.
func (s *Sender) unchangedSince(ctx context.Context, plan *Plan, u Undoable) error {
	sent := map[string]json.RawMessage{}
	for to, value := range u.Link.View {
		if _, changed := u.Before[to]; changed || u.Operation == Create {
			sent[to] = value
		}
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Limit)
	defer cancel()
	record, err := s.finder.Read(ctx, plan.Connection, plan.object, plan.Link.CRMRecordID, slices.Sorted(maps.Keys(sent)))
	if CodeOf(err) == CRMRecordGone && plan.Operation == Delete {
		return nil
	}
	if err != nil {
		return err
	}
	if differs := plan.object.Differs(record, sent); len(differs) > 0 {
		return &Error{
			Code: Conflict, SendID: u.ID.String(), Remedy: "Look at the record in the CRM; what others wrote there is not overwritten.",
			Detail: fmt.Sprintf("The record was changed in the CRM since: %s.", strings.Join(differs, ", ")),
		}
	}
	return nil
}
