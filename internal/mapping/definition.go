package mapping

import (
	"slices"
)

// Library holds the definitions of connectors. It is immutable.
type Library struct {
	definitions map[string]*Definition
	catalogue   *Catalogue
}

// Definition is what is known in advance about one connector.
type Definition struct {
	Connector string             // Alloy's connector id: hubspot, salesforceCRM
	Name      string             // for people: HubSpot
	Objects   map[string]*Object // by universal name: contact, company, deal; not all need be there
}

// Object maps one universal object to a connector. It is made by Load, by
// NewObject or by With, and not changed afterwards.
type Object struct {
	Name        string              // contact
	Label       string              // the CRM's own word: Person
	Actions     map[string][]string // logical operation to candidate action ids, best first
	Answer      Answer
	Read        Read
	NaturalKeys [][]string // groups of host fields that find the record again, best first
	Lookup      *Lookup    // how they find it; nil: they cannot
	Rules       []Rule

	catalogue *Catalogue // nil: Universal
	follows   follows    // what overrides send in the place of the look-up's host fields
}

// NewObject completes an object that was not loaded from a definition: c says
// of which type the host fields are that its rules read.
func NewObject(o Object, c *Catalogue) *Object {
	o.catalogue = c
	return &o
}

// Logical operations that Object.Actions can have.
const (
	ActionCreate = "create"
	ActionUpdate = "update"
	ActionGet    = "get"
	ActionSearch = "search"
	ActionList   = "list"
	ActionDelete = "delete"
)

func actionNames() []string {
	return []string{ActionCreate, ActionUpdate, ActionGet, ActionSearch, ActionList, ActionDelete}
}

// Catalogue is the catalogue that the library was loaded with.
func (l *Library) Catalogue() *Catalogue { return l.catalogue }

// Definition finds a connector by its id. Callers must not change it.
func (l *Library) Definition(connector string) (*Definition, bool) {
	d, ok := l.definitions[connector]
	return d, ok
}

// Connectors lists the ids of all connectors that have a definition, sorted.
func (l *Library) Connectors() []string {
	out := make([]string, 0, len(l.definitions))
	for id := range l.definitions {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}
