package tailor

import (
	"sync"

	"sendtocrm/internal/crm"
)

// tailored is one connection's tailoring at one revision, with the mappings that were made of it.
type tailored struct {
	revision int64
	found    Tailoring
	mu       sync.Mutex
	made     map[string]*crm.Mapping
}

func (t *tailored) mapping(object string) *crm.Mapping {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.made[object]
}

func (t *tailored) put(object string, made *crm.Mapping) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.made[object] = made
}

// takeOver keeps the mappings of an older revision that are still the same.
func (t *tailored) takeOver(older *tailored) {
	older.mu.Lock()
	defer older.mu.Unlock()
	for object, made := range older.made {
		if older.found.Versions[object].Number == t.found.Versions[object].Number &&
			older.found.Settings[object].Filter == t.found.Settings[object].Filter {
			t.made[object] = made
		}
	}
}

// weight says how much memory the mappings take once they are made.
func (t *tailored) weight() int {
	weight := 1
	for _, version := range t.found.Versions {
		for i := range version.Overrides {
			if weight++; version.Overrides[i].Expr != nil {
				weight += exprWeight
			}
		}
	}
	return weight
}
