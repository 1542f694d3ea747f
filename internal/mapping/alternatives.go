package mapping

import "go.yaml.in/yaml/v3"

// placed is the path that the rule fills under a live schema: To, or where the
// schema does not list it the first of Alternatives that it lists.
func (r *Rule) placed(s *Schema) (written string, p path, err error) {
	p, err = parsePath(r.To)
	if err != nil || s.at(p).listed {
		return r.To, p, err
	}
	for _, written := range r.Alternatives {
		q, err := parsePath(written)
		if err != nil || s.at(q).listed {
			return written, q, err
		}
	}
	return r.To, p, nil
}

// targets are all paths that the rule may fill, as written.
func (r *Rule) targets() []string {
	return append([]string{r.To}, r.Alternatives...)
}

// target reads where a rule puts its value: one path, or a list of which the
// first is the rule's and the others are its alternatives.
func (r *reader) target(n *yaml.Node, rule *Rule) {
	if n.Kind != yaml.SequenceNode {
		rule.To = r.text(n)
		return
	}
	for i, n := range n.Content {
		if i == 0 {
			rule.To = r.text(n)
			continue
		}
		written := r.path(n)
		if p, err := parsePath(written); err == nil && p[0].index >= 0 {
			r.fault(n, "the path begins with an index, but a request body is an object")
		}
		rule.Alternatives = append(rule.Alternatives, written)
	}
	if len(n.Content) == 0 {
		r.fault(n, "want a path, found an empty list")
	}
}
