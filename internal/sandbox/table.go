package sandbox

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// record is one record at a CRM, in the CRM's own field names. It is never changed, only replaced, so that a reader
// needs no lock once it has it.
type record struct {
	ID      string         `json:"id"`
	Object  string         `json:"object"` // contact, company or deal
	Seq     uint64         `json:"seq"`    // order of creation
	Fields  map[string]any `json:"fields"`
	Created time.Time      `json:"created"`
	Updated time.Time      `json:"updated"`
	// Associations are what the record was linked to when it was made, for CRMs that keep links apart from fields.
	Associations []association `json:"associations,omitempty"`

	before *record // what searches still see while their index lags; nil: nothing
}

// with is the record's next version: the fields given in place of its own, those that are nil taken away.
func (r *record) with(fields map[string]any, at time.Time) *record {
	merged := maps.Clone(r.Fields)
	for name, value := range fields {
		if merged[name] = value; value == nil {
			delete(merged, name)
		}
	}
	return &record{ID: r.ID, Object: r.Object, Seq: r.Seq, Fields: merged, Created: r.Created, Updated: at, Associations: r.Associations}
}

// table holds the records of one object in one CRM account. Its account's lock guards it.
type table struct {
	emailPath string // where records keep their e-mail addresses; "": nowhere
	byID      map[string]*record
	order     []string            // ids by age; gaps where records were removed
	byEmail   map[string][]string // lower-case address: ids
}

func newTable(emailPath string) *table {
	return &table{emailPath: emailPath, byID: map[string]*record{}, byEmail: map[string][]string{}}
}

func (t *table) emails(fields map[string]any) []string {
	if t.emailPath == "" {
		return nil
	}
	return pluck(fields, t.emailPath)
}

func (t *table) insert(r *record) {
	t.byID[r.ID] = r
	t.order = append(t.order, r.ID)
	t.index(r)
}

// replace puts the next version in place of the record with its id. The old version is kept for lagging searches.
func (t *table) replace(r *record) {
	old := t.byID[r.ID]
	t.unindex(old)
	t.index(r)
	r.before = old
	old.before = nil // one version back is enough
	t.byID[r.ID] = r
}

func (t *table) remove(id string) {
	t.unindex(t.byID[id])
	delete(t.byID, id)
	if len(t.order) > 64 && len(t.order) > 2*len(t.byID) {
		kept := make([]string, 0, len(t.byID))
		for _, id := range t.order {
			if t.byID[id] != nil {
				kept = append(kept, id)
			}
		}
		t.order = kept
	}
}

func (t *table) index(r *record) {
	for _, email := range t.emails(r.Fields) {
		key := strings.ToLower(email)
		t.byEmail[key] = append(t.byEmail[key], r.ID)
	}
}

func (t *table) unindex(r *record) {
	for _, email := range t.emails(r.Fields) {
		key := strings.ToLower(email)
		var rest []string
		for _, id := range t.byEmail[key] {
			if id != r.ID {
				rest = append(rest, id)
			}
		}
		if t.byEmail[key] = rest; rest == nil {
			delete(t.byEmail, key)
		}
	}
}

// holder is the oldest record with the e-mail address, other than the one excepted.
func (t *table) holder(email, except string) (oldest *record) {
	for _, id := range t.byEmail[strings.ToLower(email)] {
		if r := t.byID[id]; id != except && (oldest == nil || r.Seq < oldest.Seq) {
			oldest = r
		}
	}
	return oldest
}

// all are the records by age.
func (t *table) all() []*record {
	records := make([]*record, 0, len(t.byID))
	for _, id := range t.order {
		if r := t.byID[id]; r != nil {
			records = append(records, r)
		}
	}
	return records
}

// indexed are the records as a search sees them that is lag behind: without those created since, and with the fields
// that the changed ones had before. With an e-mail address, only those that may have it.
func (t *table) indexed(now time.Time, lag time.Duration, email string) []*record {
	if lag == 0 && email != "" && t.emailPath != "" {
		var records []*record
		for _, id := range t.byEmail[strings.ToLower(email)] {
			records = append(records, t.byID[id])
		}
		slices.SortFunc(records, func(a, b *record) int { return cmp.Compare(a.Seq, b.Seq) })
		return records
	}
	records := t.all()
	if lag == 0 {
		return records
	}
	seen := records[:0]
	for _, r := range records {
		if r.Updated.Add(lag).After(now) {
			r = r.before
		}
		if r != nil && !r.Updated.Add(lag).After(now) {
			seen = append(seen, r)
		}
	}
	return seen
}

// pluck collects the non-empty texts at a dotted path, going through every item of a list.
func pluck(value any, path string) []string {
	head, rest, more := strings.Cut(path, ".")
	var found []string
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			found = append(found, pluck(item, path)...)
		}
	case map[string]any:
		switch inner := v[head].(type) {
		case string:
			if !more && inner != "" {
				found = append(found, inner)
			}
		default:
			if more {
				found = pluck(inner, rest)
			}
		}
	}
	return found
}
