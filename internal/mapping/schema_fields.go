package mapping

import (
	"encoding/json"
	"maps"
	"slices"
)

// Bounds of Fields. What lies beyond them, no rule could name or nobody would read.
const (
	maxSchemaFields = 2_000
	maxTargetLength = 512
)

// SchemaField is one field of a request body, as a schema describes it.
type SchemaField struct {
	// Path is where a rule's target finds the field, in canonical form:
	// properties.email. Fields of a list's entry stand in its first one:
	// emails[0].category.
	Path string
	// Keys are the keys on the way, as the schema has them, list positions left out.
	Keys []string
	// Types are the JSON types that the field takes; nil where nothing is known.
	Types []string
	// Required: a body without the field is refused, or within Entry an entry without it.
	Required bool
	// ReadOnly: the CRM fills the field by itself.
	ReadOnly bool
	// Format, Title and Description are the schema's words; any may be "".
	Format, Title, Description string
	// Enum are the allowed texts, numbers (json.Number) and booleans; nil where anything goes.
	Enum []any
	// Maximum is the largest number that the field takes, "" where nothing is said.
	Maximum json.Number
	// Default is what the CRM takes for a body without the field, as decoded JSON.
	Default any
	// Items are the types of a list's entries that are no objects.
	Items []string
	// Entry are the fields of a list's entry, where entries are objects.
	Entry []SchemaField
}

// Fields lists what a body can hold, sorted by key on each level: fields
// without further fields inside, and lists with those of their entry. Of more
// than 2,000 the required ones come first. A key that no target path can name
// (an empty one, or one that makes a path of more than 512 bytes) is left out.
func (s *Schema) Fields() []SchemaField {
	if s == nil || s.root == nil {
		return nil
	}
	return s.root.fields(nil)
}

// place is a field of a schema before it is described.
type place struct {
	path     path
	node     *schemaNode
	required bool
}

// fields describes the fields of an object that stands at p.
func (n *schemaNode) fields(p path) []SchemaField {
	var all []place
	n.places(&all, p, true)
	all = foremost(all)
	out := make([]SchemaField, len(all))
	for i := range all {
		out[i] = all[i].describe()
	}
	return out
}

// places appends the fields of an object that stands at p.
func (n *schemaNode) places(out *[]place, p path, required bool) {
	for _, name := range slices.Sorted(maps.Keys(n.properties)) {
		at := p.with(step{key: name, index: -1})
		if name == "" || len(at) > maxDepth || len(name) > maxTargetLength {
			continue
		}
		needed, inner := required && slices.Contains(n.required, name), n.properties[name]
		if inner != nil && len(inner.properties) > 0 && (inner.kinds == 0 || inner.kinds.has(kindObject)) {
			inner.places(out, at, needed)
		} else if len(at.String()) <= maxTargetLength {
			*out = append(*out, place{at, inner, needed})
		}
	}
}

// foremost keeps as many as Fields may list, in their order.
func foremost(all []place) []place {
	if len(all) <= maxSchemaFields {
		return all
	}
	optional := maxSchemaFields
	for i := range all {
		if all[i].required {
			optional--
		}
	}
	out := make([]place, 0, maxSchemaFields)
	for i := range all {
		if !all[i].required {
			if optional <= 0 {
				continue
			}
			optional--
		}
		if out = append(out, all[i]); len(out) == maxSchemaFields {
			break
		}
	}
	return out
}

func (at place) describe() SchemaField {
	f, n := SchemaField{Path: at.path.String(), Keys: at.path.keys(), Required: at.required}, at.node
	if n == nil {
		return f
	}
	f.Types, f.ReadOnly, f.Default = n.kinds.names(), n.about.readOnly, n.about.fallback
	f.Format, f.Title, f.Description = n.about.format, n.about.title, n.about.description
	f.Maximum = n.about.maximum
	for _, text := range n.enum {
		if v, err := decodeAny([]byte(text)); err == nil {
			f.Enum = append(f.Enum, v)
		}
	}
	switch {
	case n.items == nil:
	case len(n.items.properties) > 0:
		f.Entry = n.items.fields(at.path.with(step{}))
	default:
		f.Items = n.items.kinds.names()
	}
	return f
}

func (p path) keys() []string {
	var keys []string
	for _, s := range p {
		if s.index < 0 {
			keys = append(keys, s.key)
		}
	}
	return keys
}

func (k kinds) names() []string {
	var names []string
	for _, n := range kindNames {
		if k.has(n.kind) {
			names = append(names, n.name)
		}
	}
	return names
}

// CanonicalPath is the one way to write a target path. The error says what is
// wrong with it.
func CanonicalPath(written string) (string, error) {
	p, err := parsePath(written)
	if err != nil {
		return "", err
	}
	return p.String(), nil
}
