package tailor

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"
	"golang.org/x/sync/singleflight"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
)

// Mappings makes and keeps the mapping of each connection. It is safe for concurrent use.
type Mappings struct {
	store   Store
	catalog *crm.Catalog
	reader  Reader
	library *mapping.Library
	log     zerolog.Logger

	shipped sync.Map // connector and object -> *crm.Mapping: those that nobody has changed
	flight  singleflight.Group

	mu      sync.Mutex
	kept    map[uuid.UUID]*tailored
	weight  int // of all that are kept
	watched map[watchKey]watched

	unsaved chan Watch // what checks have found, for Run to store
}

// Reader asks a CRM; *crm.Finder does.
type Reader interface {
	// Ask runs a reading action.
	Ask(ctx context.Context, c crm.Connection, action string, r crm.Request) (crm.Answer, error)
	// Read returns a record, shaped as the rules' targets are.
	Read(ctx context.Context, c crm.Connection, object *mapping.Object, crmRecordID string, paths []string) (json.RawMessage, error)
}

// Bounds of what is kept in memory. A rule weighs 1, an expression exprWeight; maxWeight is about 100 MiB.
const (
	maxWatched = 100_000
	maxWeight  = 100_000
	exprWeight = 6
)

// maxUnsaved bounds how many checks may wait to be stored.
const maxUnsaved = 1024

// New wires the mappings of a library.
func New(store Store, catalog *crm.Catalog, reader Reader, library *mapping.Library, log zerolog.Logger) *Mappings {
	return &Mappings{
		store: store, catalog: catalog, reader: reader, library: library, log: log,
		kept: map[uuid.UUID]*tailored{}, watched: map[watchKey]watched{},
		unsaved: make(chan Watch, maxUnsaved),
	}
}

// Mapping implements [crm.Mappings].
func (m *Mappings) Mapping(ctx context.Context, c crm.Connection, object string) (*crm.Mapping, error) {
	if c.Tailored == 0 {
		return m.untouched(c, object)
	}
	t, err := m.tailored(ctx, c)
	if err != nil {
		return nil, err
	}
	if made := t.mapping(object); made != nil {
		return made, nil
	}
	key := fmt.Sprint(c.ID, t.revision, object)
	return m.alone(ctx, key, func(ctx context.Context) (*crm.Mapping, error) {
		if made := t.mapping(object); made != nil {
			return made, nil
		}
		made, err := m.make(ctx, c, object, t.found.Versions[object], t.found.Settings[object].Filter)
		if err == nil {
			t.put(object, made)
		}
		return made, err
	})
}

// MappingAt implements [crm.Mappings].
func (m *Mappings) MappingAt(ctx context.Context, c crm.Connection, object string, number int) (*crm.Mapping, error) {
	now, err := m.Mapping(ctx, c, object)
	if err == nil && now.Version == number {
		return now, nil
	}
	if number == 0 {
		return m.untouched(c, object)
	}
	return m.alone(ctx, fmt.Sprint(c.ID, object, " at ", number), func(ctx context.Context) (*crm.Mapping, error) {
		version, err := m.store.Version(ctx, c.ID, object, number)
		if err != nil {
			return nil, err
		}
		return m.make(ctx, c, object, version, "")
	})
}

// makeLimit bounds the making of a mapping, which outlives the caller that began it because others may wait for it.
const makeLimit = 30 * time.Second

// alone has one caller make what several want.
func (m *Mappings) alone(ctx context.Context, key string, produce func(context.Context) (*crm.Mapping, error)) (*crm.Mapping, error) {
	done := m.flight.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), makeLimit)
		defer cancel()
		return produce(ctx)
	})
	select {
	case r := <-done:
		made, _ := r.Val.(*crm.Mapping)
		return made, r.Err
	case <-ctx.Done():
		return nil, &crm.Error{Code: crm.UpstreamUnavailable, Detail: "The connection's mapping could not be read in time.", Err: ctx.Err()}
	}
}

// untouched is the mapping as the definition has it.
func (m *Mappings) untouched(c crm.Connection, object string) (*crm.Mapping, error) {
	key := c.Connector + "\x00" + object
	if found, ok := m.shipped.Load(key); ok {
		return found.(*crm.Mapping), nil
	}
	defined := m.defined(c.Connector, object)
	if defined == nil {
		return nil, noMapping(c.Connector, object)
	}
	found, _ := m.shipped.LoadOrStore(key, &crm.Mapping{Object: defined})
	return found.(*crm.Mapping), nil
}

// tailored is the connection's tailoring, read again when its revision has moved.
func (m *Mappings) tailored(ctx context.Context, c crm.Connection) (*tailored, error) {
	m.mu.Lock()
	t := m.kept[c.ID]
	m.mu.Unlock()
	if t != nil && t.revision >= c.Tailored {
		return t, nil
	}
	found, err := m.store.Tailoring(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	t = &tailored{revision: c.Tailored, found: found, made: map[string]*crm.Mapping{}}
	m.mu.Lock()
	defer m.mu.Unlock()
	other := m.kept[c.ID]
	if other != nil && other.revision >= t.revision {
		return other, nil
	}
	if other != nil {
		t.takeOver(other)
		m.weight -= other.weight()
	}
	m.weight += t.weight()
	m.kept[c.ID] = t
	for id, old := range m.kept { // in no order; what is needed again is made again
		if m.weight <= maxWeight {
			break
		}
		if id != c.ID {
			m.weight -= old.weight()
			delete(m.kept, id)
		}
	}
	return t, nil
}

// make builds the mapping from its parts.
func (m *Mappings) make(ctx context.Context, c crm.Connection, object string, version Version, filter string) (*crm.Mapping, error) {
	base, err := m.base(ctx, c.Connector, object, version)
	if err != nil {
		return nil, err
	}
	effective, err := base.With(version.Overrides)
	if err != nil {
		return nil, outgrown(object, err)
	}
	if len(effective.Rules) == 0 {
		return nil, noMapping(c.Connector, object)
	}
	made := &crm.Mapping{Object: effective, Version: version.Number}
	if filter != "" {
		made.Filter = m.filter(object, filter)
	}
	return made, nil
}

// filter compiles a filter that was sound when it was saved. One that is not any more, since the platform declares its
// fields otherwise now, lets nothing pass, and says so.
func (m *Mappings) filter(object, source string) crm.Filter {
	compiled, err := m.library.Catalogue().Filter(object, source)
	if err != nil {
		return brokenFilter{source, "The filter can no longer be read: " + err.Error()}
	}
	return compiled
}

type brokenFilter struct{ source, reason string }

func (f brokenFilter) Source() string { return f.source }

func (f brokenFilter) Decide(string, mapping.Fields) mapping.Decision {
	return mapping.Decision{Reason: f.reason}
}

func noMapping(connector, object string) *crm.Error {
	return &crm.Error{
		Code:   crm.MappingIncomplete,
		Detail: "There is no mapping of a " + object + " for " + connector + " yet.",
		Remedy: "Take the suggestions of GET /v1/connections/{id}/mappings/" + object + "/suggestions, and PUT those that are right.",
	}
}

// outgrown is the error for overrides that fitted once.
func outgrown(object string, err error) *crm.Error {
	e := crm.Errorf(crm.MappingIncomplete, "The overrides of this connection's %s no longer fit: %w", object, err)
	e.Remedy = "GET …/mappings/" + object + " says which; PUT the mapping without them."
	return e
}
