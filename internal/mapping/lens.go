package mapping

// lens is a compiled transform between the sources of a rule and the one JSON
// value at its target. Both halves are pure.
type lens interface {
	// forward appends the target's JSON. At least one source has a value.
	forward(dst []byte, in *sources) ([]byte, *fault)
	// backward gives the sources their values from what the CRM holds, which
	// is neither null nor blank. current are the sources as known at the host.
	backward(crm any, current []any) ([]any, *fault)
}

// eraser is a lens that does not empty all its sources when the CRM's value
// is gone.
type eraser interface {
	erase(current []any) []any
}

// oneWay is a lens that only sends: what the CRM holds at the target is not
// read back into host fields.
type oneWay interface {
	oneWay()
}

// writeOnly is a oneWay lens whose value no read of the CRM shows as it was
// sent: it takes no part when records are compared.
type writeOnly interface {
	writeOnly()
}

// referrer is a lens that sends the CRM's ids of other records.
type referrer interface {
	refersTo(i int) (object string) // what the host field at i points to
}

// sources are a rule's inputs for one record.
type sources struct {
	names  []string
	values []any             // aligned with names; nil where the record has no value
	refs   map[string]string // host field to CRM record id
}

// transform makes lenses of one kind.
type transform struct {
	sources int // how many host fields it reads; 0 for one or more
	build   func(o *options, t target) lens
}

// Transforms lists the names that Rule.Transform can have, sorted.
func Transforms() []string {
	return []string{
		"associations", "cents", "copy", "country", "date", "decimal_string", "email", "first", "integer", "join", "list", "number", "phone",
		"reference", "split", "template", "unix_seconds", "value_map",
	}
}

// transformNamed finds a lens that a rule can choose. It is a function and no
// table, because some lenses are built of others.
func transformNamed(name string) (transform, bool) {
	switch name {
	case "associations":
		return transform{0, newAssociations}, true
	case "cents":
		return transform{1, newCents}, true
	case "copy", "value_map":
		return transform{1, newCopy}, true
	case "country":
		return transform{1, newCountry}, true
	case "date":
		return transform{1, newDate}, true
	case "decimal_string":
		return transform{1, newDecimalString}, true
	case "email":
		return transform{1, newEmail}, true
	case "first":
		return transform{0, newFirst}, true
	case "integer":
		return transform{1, newInteger}, true
	case "join":
		return transform{0, newJoin}, true
	case "list":
		return transform{1, newList}, true
	case "number":
		return transform{1, newNumber}, true
	case "phone":
		return transform{1, newPhone}, true
	case "reference":
		return transform{1, newReference}, true
	case "split":
		return transform{1, newSplit}, true
	case "template":
		return transform{0, newTemplate}, true
	case "unix_seconds":
		return transform{1, newUnixSeconds}, true
	}
	return transform{}, false
}
