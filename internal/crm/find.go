package crm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/singleflight"

	"sendtocrm/internal/mapping"
)

// Finder looks whether a record is in the CRM already, by its natural keys. It only reads.
type Finder struct {
	catalog    *Catalog
	dispatcher *Dispatcher
	holders    Holders
	limit      time.Duration
	flight     singleflight.Group
}

// Holders tells which of the host's records a CRM record belongs to.
type Holders interface {
	// Holder is empty for a CRM record that no record is linked to.
	Holder(ctx context.Context, connection uuid.UUID, object, crmRecordID string) (recordID string, err error)
}

// NewFinder wires a finder; limit bounds one look-up with all its calls.
func NewFinder(c *Catalog, d *Dispatcher, h Holders, limit time.Duration) *Finder {
	return &Finder{catalog: c, dispatcher: d, holders: h, limit: limit}
}

// Finding is what a look-up came to. Possible is false where the record has no natural key, or the CRM cannot be asked:
// then that nothing was found says nothing.
type Finding struct {
	Possible bool
	Matches  []Match
}

// Match is a record of the CRM with the same natural key. Holder is the host's record that it is linked to, if any.
type Match struct {
	mapping.Candidate
	Holder string
}

// memo keeps a finding for a send that plans again and again while it waits for its turn.
type memo struct {
	finding Finding
	at      time.Time
}

// memoLife is how old a finding may be.
const memoLife = 3 * time.Second

func (m *memo) find(look func() (Finding, error)) (Finding, error) {
	if m == nil {
		return look()
	}
	if m.at.IsZero() || time.Since(m.at) > memoLife {
		finding, err := look()
		if err != nil {
			return finding, err
		}
		m.finding, m.at = finding, time.Now()
	}
	return m.finding, nil
}

// sole is the one match, if it can be taken for the host's record: a CRM record that belongs to another record cannot.
func (f Finding) sole(recordID string) (Match, bool) {
	if len(f.Matches) != 1 || (f.Matches[0].Holder != "" && f.Matches[0].Holder != recordID) {
		return Match{}, false
	}
	return f.Matches[0], true
}

// without leaves out the records that a person has ruled out.
func (f Finding) without(ids []string) Finding {
	f.Matches = slices.DeleteFunc(slices.Clone(f.Matches), func(m Match) bool { return slices.Contains(ids, m.ID) })
	return f
}

// unheld are the matches that belong to no other record.
func (f Finding) unheld(recordID string) Finding {
	f.Matches = slices.DeleteFunc(slices.Clone(f.Matches), func(m Match) bool { return m.Holder != "" && m.Holder != recordID })
	return f
}

// Find asks the CRM. Several callers with the same question share one answer. Errors: those of [Dispatcher.Call], and
// UpstreamUnavailable for an answer that cannot be relied on.
func (f *Finder) Find(ctx context.Context, c Connection, object *mapping.Object, fields mapping.Fields) (Finding, error) {
	if object.Lookup == nil {
		return Finding{}, nil
	}
	offered, err := f.catalog.Offers(ctx, c.Connector, object)
	if err != nil {
		return Finding{}, err
	}
	queries := object.Queries(fields, offered)
	if len(queries) == 0 {
		return Finding{}, nil
	}
	key := strings.Builder{}
	fmt.Fprint(&key, c.ID, c.CredentialID, object.Name)
	for _, q := range queries {
		fmt.Fprintf(&key, "\x00%s%s%v", q.Operation, q.Body, q.Query)
	}
	done := f.flight.DoChan(key.String(), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.limit)
		defer cancel()
		return f.ask(ctx, c, object, queries)
	})
	select {
	case r := <-done:
		finding, _ := r.Val.(Finding)
		return finding, r.Err
	case <-ctx.Done():
		return Finding{}, &Error{Code: UpstreamUnavailable, Detail: "The CRM did not answer in time.", Err: ctx.Err()}
	}
}

// ask puts the questions, best key first, until one is answered with a record.
func (f *Finder) ask(ctx context.Context, c Connection, object *mapping.Object, queries []mapping.Query) (Finding, error) {
	finding := Finding{Possible: true}
	for _, q := range queries {
		action, err := f.catalog.Resolve(ctx, c.Connector, object, q.Operation)
		if err != nil {
			return Finding{}, err
		}
		answer, failed := f.dispatcher.Call(ctx, c, action.ID, Request{Body: q.Body, PathParams: map[string]string{}, Query: q.Query})
		if failed != nil {
			return Finding{}, failed.asError("The CRM could not be asked whether it has the record already:")
		}
		candidates, err := q.Candidates(answer.Data)
		if err != nil {
			return Finding{}, &Error{Code: UpstreamUnavailable, Detail: "The CRM's answer to a search cannot be relied on:", Said: err.Error()}
		}
		for _, candidate := range candidates {
			holder, err := f.holders.Holder(ctx, c.ID, object.Name, candidate.ID)
			if err != nil {
				return Finding{}, err
			}
			finding.Matches = append(finding.Matches, Match{candidate, holder})
		}
		if len(finding.Matches) > 0 {
			break
		}
	}
	return finding, nil
}

const ambiguousMatch = "ambiguous_match"

// severalMatch is the sentence for a record that a person has to match.
func severalMatch(matches []Match) string {
	if len(matches) == 1 {
		return fmt.Sprintf("The CRM's record %s has the same key and belongs to another of your records (%s).",
			matches[0].ID, sentence(matches[0].Holder))
	}
	return fmt.Sprintf("%d records in the CRM have the same key; somebody has to say which one is meant.", len(matches))
}

// asError is a failed call as a refusal of the request that needed it.
func (e *CallError) asError(before string) *Error {
	return &Error{Code: e.Code, Detail: before, Said: e.Message, RetryAfter: e.RetryAfter, Err: errors.Unwrap(e)}
}
