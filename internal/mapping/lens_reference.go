package mapping

// referenceLens sends the CRM's id of the record that a host field points to.
// The ids are looked up by the caller, who owns the links; backward they are
// read by Mapper.ReferenceIDs.
type referenceLens struct {
	object  string // what the field points to: contact, company, deal
	integer bool   // the id goes out as a number
}

func newReference(o *options, _ target) lens {
	l := referenceLens{object: o.text("object", "")}
	if catalogue[l.object] == nil {
		o.fault("option object: %s is not one of %v", excerpt(l.object), Objects())
	}
	l.integer = o.choice("as", "string", "string", "integer") == "integer"
	return l
}

func (l referenceLens) forward(dst []byte, in *sources) ([]byte, *fault) {
	id := in.refs[in.names[0]]
	if noValue(id) {
		text, _ := textOf(in.values[0])
		return dst, faulty(UnresolvedReference, "the "+l.object+" "+excerpt(text)+" is not in this CRM yet; send it first")
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

// backward keeps the host's reference; see Mapper.ReferenceIDs.
func (referenceLens) backward(_ any, current []any) ([]any, *fault) { return current, nil }
