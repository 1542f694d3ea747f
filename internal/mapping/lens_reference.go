package mapping

// referenceLens sends the CRM's id of the record that a host field points to.
// The ids are looked up by the caller, who owns the links; backward they are
// read by Mapper.ReferenceIDs.
type referenceLens struct {
	object  string // what the field points to: contact, company, deal
	integer bool   // the id goes out as a number
}

func newReference(o *options, _ target) lens {
	l := referenceLens{object: o.choice("object", "", Objects()...)}
	l.integer = o.choice("as", "string", "string", "integer") == "integer"
	return l
}

// named is a record that a host field points to, in a sentence.
func named(object string, value any) string {
	text, _ := textOf(value)
	return "the " + object + " " + excerpt(text)
}

func (l referenceLens) refersTo(int) string { return l.object }

func (l referenceLens) forward(dst []byte, in *sources) ([]byte, *fault) {
	id := in.refs[in.names[0]]
	if noValue(id) {
		return dst, faulty(UnresolvedReference, named(l.object, in.values[0])+" is not in this CRM yet; send it first")
	}
	if !l.integer {
		return appendText(dst, id), writable(id)
	}
	text, f := wholeNumber(id)
	if f != nil {
		return dst, faulty(WrongType, "the CRM's id of the "+l.object+" must be a whole number, but is "+excerpt(id))
	}
	return append(dst, text...), nil
}

func (referenceLens) oneWay() {}

// backward keeps the host's reference; see Mapper.ReferenceIDs.
func (referenceLens) backward(_ any, current []any) ([]any, *fault) { return current, nil }
