package tailor

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

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

	mu      sync.Mutex
	kept    map[uuid.UUID]*tailored
	watched map[watchKey]*watched

	unsaved chan Watch // what checks have found, for Run to store
}

// Reader asks a CRM; *crm.Finder does.
type Reader interface {
	// Ask runs a reading action.
	Ask(ctx context.Context, c crm.Connection, action string, r crm.Request) (crm.Answer, error)
	// Read returns a record, shaped as the rules' targets are.
	Read(ctx context.Context, c crm.Connection, object *mapping.Object, crmRecordID string, paths []string) (json.RawMessage, error)
}

// maxKept bounds how many connections' mappings, and how many watches, are kept in memory.
const maxKept = 4096

// maxUnsaved bounds how many checks may wait to be stored.
const maxUnsaved = 1024

// New wires the mappings of a library.
func New(store Store, catalog *crm.Catalog, reader Reader, library *mapping.Library, log zerolog.Logger) *Mappings {
	return &Mappings{
		store: store, catalog: catalog, reader: reader, library: library, log: log,
		kept: map[uuid.UUID]*tailored{}, watched: map[watchKey]*watched{},
		unsaved: make(chan Watch, maxUnsaved),
	}
}

// tailored is one connection's tailoring at one revision, with the mappings that were made of it.
type tailored struct {
	revision int64
	found    Tailoring
	mu       sync.Mutex
	made     map[string]*crm.Mapping
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
	t.mu.Lock()
	made := t.made[object]
	t.mu.Unlock()
	if made != nil {
		return made, nil
	}
	made, err = m.make(ctx, c, object, t.found)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if first := t.made[object]; first != nil {
		return first, nil
	}
	t.made[object] = made
	return made, nil
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
	if other := m.kept[c.ID]; other != nil && other.revision >= t.revision {
		return other, nil
	}
	evict(m.kept)
	m.kept[c.ID] = t
	return t, nil
}

// make builds the mapping from its parts.
func (m *Mappings) make(ctx context.Context, c crm.Connection, object string, t Tailoring) (*crm.Mapping, error) {
	version := t.Versions[object]
	base, err := m.base(ctx, c.Connector, object, version)
	if err != nil {
		return nil, err
	}
	effective, err := base.With(version.Overrides)
	if err != nil {
		return nil, crm.Errorf(crm.MappingIncomplete, "The mapping of this connection's %s no longer fits the CRM's definition: %w", object, err)
	}
	if len(effective.Rules) == 0 {
		return nil, noMapping(c.Connector, object)
	}
	made := &crm.Mapping{Object: effective, Version: version.Number}
	if source := t.Settings[object].Filter; source != "" {
		if made.Filter, err = m.library.Catalogue().Filter(object, source); err != nil {
			return nil, crm.Errorf(crm.MappingIncomplete, "The filter of this connection's %s can no longer be read: %w", object, err)
		}
	}
	return made, nil
}

func noMapping(connector, object string) *crm.Error {
	return &crm.Error{
		Code:   crm.MappingIncomplete,
		Detail: "There is no mapping of a " + object + " for " + connector + " yet.",
		Remedy: "Take the suggestions of GET /v1/connections/{id}/mappings/" + object + "/suggestions, and PUT those that are right.",
	}
}

// evict makes room for one more.
func evict[K comparable, V any](kept map[K]V) {
	for key := range kept {
		if len(kept) < maxKept {
			return
		}
		delete(kept, key)
	}
}
