package mapping

// Unfilled lists, sorted, the places that every body needs and that none of
// the targets fills. Of a required object without required fields, any one
// field will do.
func (s *Schema) Unfilled(targets []string) []string {
	if s == nil || s.root == nil {
		return nil
	}
	filled := make([]path, 0, len(targets))
	for _, written := range targets {
		if p, err := parsePath(written); err == nil {
			filled = append(filled, p)
		}
	}
	var out []string
	s.root.unfilled(&out, nil, filled)
	return out
}

// unfilled looks at the required fields of an object that stands at p; filled
// are the targets below p, counted from there.
func (n *schemaNode) unfilled(out *[]string, p path, filled []path) {
	for _, name := range n.required {
		st := step{key: name, index: -1}
		at, inner := p.with(st), n.properties[name]
		below, whole := beneath(filled, st)
		if inner != nil && inner.items != nil && inner.kinds.has(kindArray) && len(below) > 0 {
			at, inner = at.with(step{}), inner.items
			var entry bool
			below, entry = beneath(below, step{})
			whole = whole || entry
		}
		switch {
		case whole:
		case inner != nil && len(inner.required) > 0 && len(at) < maxDepth:
			inner.unfilled(out, at, below)
		case len(below) == 0:
			*out = append(*out, at.String())
		}
	}
}

// beneath are the targets that lead through a step, counted from there; whole
// reports whether one of them ends with it.
func beneath(targets []path, s step) (below []path, whole bool) {
	for _, target := range targets {
		switch {
		case target[0] != s:
		case len(target) == 1:
			whole = true
		default:
			below = append(below, target[1:])
		}
	}
	return below, whole
}
