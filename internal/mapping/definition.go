package mapping

import (
	"embed"
	"io/fs"
	"slices"
	"sync"
)

//go:embed definitions/*.yaml
var shipped embed.FS

// Library holds the definitions of connectors. It is immutable.
type Library struct {
	definitions map[string]*Definition
}

// Definition is what is known in advance about one connector.
type Definition struct {
	Connector string             // Alloy's connector id: hubspot, salesforceCRM
	Name      string             // for people: HubSpot
	Objects   map[string]*Object // by universal name: contact, company, deal
}

// Object maps one universal object to a connector.
type Object struct {
	Name        string              // contact
	Label       string              // the CRM's own word: Person
	Actions     map[string][]string // logical operation to candidate action ids, best first
	Answer      Answer
	Read        Read
	NaturalKeys [][]string // groups of host fields that find the record again, best first
	Lookup      *Lookup    // how they find it; nil: they cannot
	Rules       []Rule
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

var builtin = sync.OnceValues(func() (*Library, error) {
	sub, err := fs.Sub(shipped, "definitions")
	if err != nil {
		return nil, err
	}
	return Load(sub)
})

// Builtin is the library of the shipped definitions, parsed once.
func Builtin() (*Library, error) { return builtin() }

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
