package mapping

import "go.yaml.in/yaml/v3"

func (r *reader) crmChoices(n *yaml.Node) *Choices {
	c := &Choices{}
	r.object(n, fields{
		"run":     func(n *yaml.Node) { c.Run = r.texts(n) },
		"path":    func(n *yaml.Node) { c.Path = r.textMap(n) },
		"query":   func(n *yaml.Node) { c.Query = r.textMap(n) },
		"results": func(n *yaml.Node) { c.Results = r.paths(n) },
		"where":   func(n *yaml.Node) { c.Where = r.whereMap(n) },
		"items":   func(n *yaml.Node) { c.Items = r.path(n) },
		"value":   func(n *yaml.Node) { c.Value = r.path(n) },
		"label":   func(n *yaml.Node) { c.Label = r.path(n) },
		"group":   func(n *yaml.Node) { c.Group = r.path(n) },
	}, "run", "value")
	return c
}

// whereMap reads plain values by path.
func (r *reader) whereMap(n *yaml.Node) map[string]any {
	out := make(map[string]any)
	r.entries(n, func(key, value *yaml.Node) {
		r.path(key)
		v := r.value(value)
		if _, plain := textOf(v); v != nil && !plain {
			r.fault(value, "where: want text, a number, true or false, found %s", describe(v))
		}
		out[key.Value] = v
	})
	return out
}
