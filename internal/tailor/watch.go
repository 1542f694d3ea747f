package tailor

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
)

type watchKey struct {
	connection uuid.UUID
	object     string
	operation  crm.Operation
}

// watched is the last comparison of a connection's mapping with a schema, good until either is replaced.
type watched struct {
	action  *crm.Action
	version int
	drifts  []mapping.Drift
}

// Drifted implements [crm.Mappings].
func (m *Mappings) Drifted(ctx context.Context, c crm.Connection, made *crm.Mapping, operation crm.Operation, action *crm.Action, mapper *mapping.Mapper) []mapping.Drift {
	key := watchKey{c.ID, made.Object.Name, operation}
	m.mu.Lock()
	last := m.watched[key]
	m.mu.Unlock()
	if last.action == action && last.version == made.Version {
		return last.drifts
	}
	drifts, err := m.check(ctx, c.ID, made, string(operation), mapper)
	if err != nil {
		m.log.Warn().Err(err).Stringer("connection", c.ID).Msg("the CRM's schema could not be compared with what it was; it is tried with the next send")
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for old := range m.watched {
		if len(m.watched) < maxWatched {
			break
		}
		delete(m.watched, old)
	}
	m.watched[key] = watched{action, made.Version, drifts}
	return drifts
}

// check compares a schema with what it was when this version of the mapping was saved, or first used. The outcome is remembered a
// moment later, since a send does not wait for that.
func (m *Mappings) check(ctx context.Context, connection uuid.UUID, made *crm.Mapping, operation string, mapper *mapping.Mapper) ([]mapping.Drift, error) {
	now := mapper.Shape()
	w, err := m.store.Watch(ctx, connection, made.Object.Name, operation)
	if crm.CodeOf(err) == crm.NotFound || err == nil && w.Version < made.Version {
		m.remember(Watch{ConnectionID: connection, Object: made.Object.Name, Operation: operation, Version: made.Version, Shape: now})
		return nil, nil
	}
	if err != nil || w.Version != made.Version {
		return nil, err
	}
	drifts := w.Shape.Drift(now)
	if !slices.EqualFunc(drifts, w.Drifts, mapping.Drift.Equal) {
		w.Drifts = drifts
		m.remember(w)
	}
	return drifts, nil
}

// remember has a watch stored soon. What does not fit any more is found again by a later check.
func (m *Mappings) remember(w Watch) {
	select {
	case m.unsaved <- w:
	default:
		m.log.Warn().Stringer("connection", w.ConnectionID).Msg("too many schemas have changed at once; some are compared again later")
	}
}

// forget has the next send compare again.
func (m *Mappings) forget(w Watch) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.watched, watchKey{w.ConnectionID, w.Object, crm.Operation(w.Operation)})
}

// watchesPerRound and recheckLimit bound a round's work.
const (
	watchesPerRound = 50
	recheckLimit    = 10 * time.Second
)

// CheckSchemas compares the live schemas with what they were, for connections that were not looked at for a while. The
// outcome shows at the connection, and the host is told by an event.
func (m *Mappings) CheckSchemas(ctx context.Context) error {
	due, err := m.store.DueWatches(ctx, max(m.catalog.TTL(), time.Second), watchesPerRound)
	if err != nil {
		return err
	}
	for _, w := range due {
		if err := m.recheck(ctx, w); err != nil && ctx.Err() == nil {
			m.log.Warn().Err(err).Stringer("connection", w.ConnectionID).Str("object", w.Object).Msg("a mapping could not be held against the CRM's schema; it is tried again")
		}
	}
	return ctx.Err()
}

func (m *Mappings) recheck(ctx context.Context, w Watch) error {
	ctx, cancel := context.WithTimeout(ctx, recheckLimit)
	defer cancel()
	c, err := m.store.Connection(ctx, w.User, w.ConnectionID)
	if err != nil {
		return err
	}
	made, err := m.Mapping(ctx, c, w.Object)
	if err != nil {
		return err
	}
	action, err := m.catalog.Resolve(ctx, c.Connector, made.Object, w.Operation)
	if crm.CodeOf(err) == crm.MappingIncomplete && made.Version == w.Version {
		w.Drifts = []mapping.Drift{actionGone(w.Operation, w.Object)}
		m.remember(w)
		return nil
	}
	if err != nil {
		return err
	}
	mapper, err := made.Mapper(action)
	if err != nil {
		return err
	}
	m.forget(w) // another process may have found something else meanwhile
	m.Drifted(ctx, c, made, crm.Operation(w.Operation), action, mapper)
	return nil
}

// actionGone is the drift of a CRM that no longer offers what a mapping is for.
func actionGone(operation, object string) mapping.Drift {
	return mapping.Drift{Kind: mapping.ActionGone, Message: "The CRM no longer offers an action to " + operation + " a " + object + "."}
}

// Drifts returns what has changed under the mappings of connections, for those where anything has.
func (m *Mappings) Drifts(ctx context.Context, connections ...uuid.UUID) (map[uuid.UUID][]Watch, error) {
	return m.store.Drifts(ctx, connections)
}

// Run checks schemas every interval, and stores what checks have found, until ctx ends. Any number of processes may do so
// beside each other.
func (m *Mappings) Run(ctx context.Context, interval time.Duration) {
	var both sync.WaitGroup
	both.Go(func() { m.saveWatches(ctx) })
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-ticker.C:
			if err := m.CheckSchemas(ctx); err != nil && ctx.Err() == nil {
				m.log.Warn().Err(err).Msg("mappings could not be held against the CRMs' schemas; it is tried again")
			}
		}
	}
	both.Wait()
}

// saveWatches stores what checks have found.
func (m *Mappings) saveWatches(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case w := <-m.unsaved:
			if err := m.store.SaveWatch(ctx, w); err != nil && ctx.Err() == nil {
				m.log.Warn().Err(err).Stringer("connection", w.ConnectionID).Msg("what a CRM's schema says could not be stored")
				m.forget(w)
			}
		}
	}
}
