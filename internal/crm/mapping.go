package crm

import (
	"context"
	"sync"

	"golang.org/x/sync/singleflight"

	"sendtocrm/internal/mapping"
)

// Mappings gives each connection its mapping: the CRM's definition with what the customer changed, or, for a CRM without
// a definition, what the customer accepted of the suggestions.
type Mappings interface {
	// Mapping returns the connection's mapping of an object. MappingIncomplete where there is none yet; else the errors of
	// [Catalog.Action] and StorageUnavailable. The pointer stays the same while nothing changes.
	Mapping(ctx context.Context, c Connection, object string) (*Mapping, error)
	// MappingAt returns the mapping as it was at a version. Errors: those of Mapping, and NotFound.
	MappingAt(ctx context.Context, c Connection, object string, version int) (*Mapping, error)
	// Drifted compares the schema that an action has now with the one that the mapping was saved, or first used, with, and returns
	// what became of mapped fields since. It costs nothing while neither has changed, and never fails: what cannot be
	// remembered now is remembered the next time.
	Drifted(ctx context.Context, c Connection, m *Mapping, operation Operation, action *Action, mapper *mapping.Mapper) []mapping.Drift
}

// Mapping is one connection's mapping of one object. It is immutable and safe for concurrent use.
type Mapping struct {
	Object  *mapping.Object
	Version int    // of the customer's overrides; 0: there are none
	Filter  Filter // which records background work takes; nil: all
	flight  singleflight.Group
	mappers sync.Map // action id -> compiled
}

// Filter decides which records background work takes.
type Filter interface {
	Source() string
	Decide(recordID string, fields mapping.Fields) mapping.Decision
}

// compiled is a mapper with the action that it was made for: a new schema makes a new one.
type compiled struct {
	action *Action
	mapper *mapping.Mapper
}

// Mapper compiles the mapping for an action, or gives what it compiled before: the catalogue keeps an action's pointer for
// as long as its schema is good.
func (m *Mapping) Mapper(action *Action) (*mapping.Mapper, error) {
	if found, ok := m.mappers.Load(action.ID); ok && found.(compiled).action == action {
		return found.(compiled).mapper, nil
	}
	made, err, _ := m.flight.Do(action.ID, func() (any, error) {
		schema, err := mapping.ParseSchema(action.RequestBody)
		if err != nil {
			return nil, err
		}
		mapper, err := m.Object.Compile(schema)
		if err == nil {
			m.mappers.Store(action.ID, compiled{action, mapper})
		}
		return mapper, err
	})
	if err != nil {
		return nil, err
	}
	return made.(*mapping.Mapper), nil
}

// Verdict is what a filter says about a record.
type Verdict struct {
	Filter  string // the expression
	Matches bool
	Reason  string
}

// judge asks the mapping's filter; nil: there is none.
func (m *Mapping) judge(recordID string, fields mapping.Fields) *Verdict {
	if m.Filter == nil {
		return nil
	}
	decision := m.Filter.Decide(recordID, fields)
	return &Verdict{Filter: m.Filter.Source(), Matches: decision.Matches, Reason: decision.Reason}
}
