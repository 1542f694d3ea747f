package mapping

// Schema is what an action's live request schema tells about its body. It is
// static at Alloy and not exhaustive: the account's own fields are missing.
// The zero value and nil know nothing.
type Schema struct {
	root *schemaNode
}

// kinds is a set of JSON types; the empty set means that nothing is known.
type kinds uint8

const (
	kindString kinds = 1 << iota
	kindNumber
	kindInteger
	kindBoolean
	kindArray
	kindObject
)

var kindNames = []struct {
	name string
	kind kinds
	noun string
}{
	{"string", kindString, "text"},
	{"number", kindNumber, "a number"},
	{"integer", kindInteger, "a whole number"},
	{"boolean", kindBoolean, "true or false"},
	{"array", kindArray, "a list"},
	{"object", kindObject, "an object"},
}

func kindOf(name string) kinds {
	for _, k := range kindNames {
		if k.name == name {
			return k.kind
		}
	}
	return 0
}

// has reports whether k contains one of others.
func (k kinds) has(others kinds) bool { return k&others != 0 }

// nouns says for a person what the field takes.
func (k kinds) nouns() string {
	text := ""
	for _, n := range kindNames {
		if !k.has(n.kind) {
			continue
		}
		if text != "" {
			text += " or "
		}
		text += n.noun
	}
	return text
}

// schemaNode is one level of a schema, normalised.
type schemaNode struct {
	kinds      kinds
	properties map[string]*schemaNode
	required   []string // sorted, each once
	items      *schemaNode
	additional *schemaNode // schema of properties that are not listed
	closed     bool        // additionalProperties: false
	enum       []string    // allowed scalars as JSON text
	about      about
}

// target is what a schema says about one path.
type target struct {
	kinds    kinds
	enum     []string
	unlisted bool // the schema lists the fields beside it, but not this one
	listed   bool // the schema names it
	closed   bool // unlisted, and the schema refuses what it does not list
}

// at looks a path up.
func (s *Schema) at(p path) target {
	if s == nil {
		return target{}
	}
	n, named := s.root, false
	for _, st := range p {
		if n == nil {
			return target{}
		}
		inner := kindObject
		if st.index >= 0 {
			inner = kindArray
		}
		if n.kinds != 0 && !n.kinds.has(inner) {
			return target{unlisted: true}
		}
		if st.index >= 0 {
			n = n.items
			continue
		}
		next, ok := n.properties[st.key]
		switch {
		case ok:
			n, named = next, true
		case n.additional != nil:
			n, named = n.additional, false
		case len(n.properties) > 0 || n.closed:
			return target{unlisted: true, closed: n.closed}
		default:
			return target{}
		}
	}
	if n == nil {
		return target{listed: named}
	}
	return target{kinds: n.kinds, enum: n.enum, listed: named}
}
