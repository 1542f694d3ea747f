package mapping

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// Mapper is a compiled set of rules for one action. It is immutable and safe
// for concurrent use.
type Mapper struct {
	rules    []rule // the enabled ones
	disabled []rule // for Omitted
	tree     *node
	reads    map[string]struct{} // host fields that some rule reads
	needs    []requirement
	widest   int   // sources of the widest rule
	backward []int // order of rules for Backward
	names    fieldNames
}

// Reference is a host field that holds the host's id of another record.
type Reference struct {
	From   string
	Object string // contact, company or deal
}

func (m *Mapper) add(r rule) {
	r.first = make([]int, len(r.from))
	for i, name := range r.from {
		if _, read := m.reads[name]; !read {
			r.first[i] = 1
		}
		m.reads[name] = struct{}{}
	}
	m.widest = max(m.widest, len(r.from), 1)
	r.provenance = &Provenance{From: r.from, To: r.to, Origin: r.origin, Transform: r.transform, Expr: r.expr}
	m.rules = append(m.rules, r)
}

// withSources fills in what the rules' expressions read. rules are those that
// m was compiled of, and not changed.
func (m *Mapper) withSources(rules []Rule) []Rule {
	out := slices.Clone(rules)
	for _, compiled := range [][]rule{m.rules, m.disabled} {
		for i := range compiled {
			if r := &compiled[i]; r.program != nil {
				out[r.position].From = slices.Clone(r.from)
			}
		}
	}
	return out
}

// finish derives what needs all rules.
func (m *Mapper) finish(schema *Schema) {
	m.requirements(schema)
	m.names = newFieldNames(m.rules)
	var late []int
	for i := range m.rules {
		// A last name must be in place before a first name is set before it.
		if l, ok := m.rules[i].lens.(splitLens); ok && !l.last {
			late = append(late, i)
			continue
		}
		m.backward = append(m.backward, i)
	}
	m.backward = append(m.backward, late...)
}

// References lists the host fields whose CRM ids Forward wants in
// Input.Refs, in rule order.
func (m *Mapper) References() []Reference {
	var out []Reference
	for i := range m.rules {
		r := &m.rules[i]
		l, ok := r.lens.(referrer)
		if !ok || r.leftOut {
			continue
		}
		for j, name := range r.from {
			if ref := (Reference{name, l.refersTo(j)}); !slices.Contains(out, ref) {
				out = append(out, ref)
			}
		}
	}
	return out
}

// ReferenceIDs reads from a CRM record the ids that its reference fields hold,
// by host field. Backward leaves those fields alone, since only the owner of
// the links can tell which host record an id belongs to.
func (m *Mapper) ReferenceIDs(body json.RawMessage) map[string]string {
	out := make(map[string]string)
	v, err := decodeAny(bytes.TrimSpace(body))
	if err != nil {
		return out
	}
	for i := range m.rules {
		r := &m.rules[i]
		if _, ok := r.lens.(referenceLens); !ok {
			continue
		}
		found, _ := r.path.get(v)
		if id, err := recordID(found); err == nil {
			out[r.from[0]] = id
		}
	}
	return out
}

// HostFields names the host fields behind a field of the CRM, as its error
// message calls it: by full path (properties.email), by a path inside a
// rule's target (emails[0].email), or by a last key that only one rule has
// (email); in any case where the exact one is not found. Nil if unknown.
func (m *Mapper) HostFields(crmField string) []string {
	return slices.Clone(m.names.find(strings.TrimSpace(crmField)))
}

// fieldNames finds rules by what a CRM calls their target.
type fieldNames struct {
	byPath, byLeaf         map[string][]string
	byPathFold, byLeafFold map[string][]string
}

func newFieldNames(rules []rule) fieldNames {
	f := fieldNames{map[string][]string{}, map[string][]string{}, map[string][]string{}, map[string][]string{}}
	unique := func(m map[string][]string, key string, from []string) {
		if _, twice := m[key]; twice {
			from = nil
		}
		m[key] = from
	}
	for i := range rules {
		r := &rules[i]
		full, leaf := r.path.String(), r.path.leaf()
		f.byPath[full] = r.from
		unique(f.byLeaf, leaf, r.from)
		unique(f.byPathFold, strings.ToLower(full), r.from)
		unique(f.byLeafFold, strings.ToLower(leaf), r.from)
	}
	return f
}

// position is how other APIs write a list position: data.0.email.
var position = regexp.MustCompile(`\.(\d+)(\.|$)`)

func (f *fieldNames) find(name string) []string {
	name = position.ReplaceAllString(name, "[$1]$2")
	for prefix := name; prefix != ""; prefix = prefix[:max(strings.LastIndexAny(prefix, ".["), 0)] {
		if from := f.byPath[prefix]; from != nil {
			return from
		}
		if from := f.byPathFold[strings.ToLower(prefix)]; from != nil {
			return from
		}
	}
	leaf := name[strings.LastIndexByte(name, '.')+1:]
	if from := f.byLeaf[leaf]; from != nil {
		return from
	}
	return f.byLeafFold[strings.ToLower(leaf)]
}
