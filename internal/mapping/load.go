package mapping

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

func (r *reader) load(fsys fs.FS, file string) *Definition {
	f, err := fsys.Open(file)
	if err != nil {
		r.faults = append(r.faults, fmt.Errorf("%s: %w", r.file, err))
		return nil
	}
	defer f.Close() //nolint:errcheck // opened for reading
	root := r.document(f)
	if root == nil {
		return nil
	}
	return r.definition(root)
}

func (r *reader) definition(n *yaml.Node) *Definition {
	d := &Definition{Objects: make(map[string]*Object)}
	r.object(n, fields{
		"connector": func(n *yaml.Node) { d.Connector = r.text(n) },
		"name":      func(n *yaml.Node) { d.Name = r.text(n) },
		"objects": func(n *yaml.Node) {
			r.entries(n, func(key, value *yaml.Node) {
				if !slices.Contains(Objects(), key.Value) {
					r.fault(key, "unknown object %s; known are %s", excerpt(key.Value), strings.Join(Objects(), ", "))
					return
				}
				d.Objects[key.Value] = r.definitionObject(key, value)
			})
		},
	}, "connector", "name", "objects")
	if n.Kind == yaml.MappingNode && len(d.Objects) == 0 && len(r.faults) == 0 {
		r.fault(n, "the definition covers no object; known are %s", strings.Join(Objects(), ", "))
	}
	return d
}

func (r *reader) definitionObject(key, n *yaml.Node) *Object {
	o := &Object{Name: key.Value, Actions: make(map[string][]string), catalogue: r.catalogue}
	r.scope = o.Name
	defer func() { r.scope = "" }()
	var lines []*yaml.Node
	r.object(n, fields{
		"label": func(n *yaml.Node) { o.Label = r.text(n) },
		"actions": func(n *yaml.Node) {
			r.entries(n, func(key, value *yaml.Node) {
				if !slices.Contains(actionNames(), key.Value) {
					r.fault(key, "unknown action %s; known are %s", excerpt(key.Value), strings.Join(actionNames(), ", "))
				}
				o.Actions[key.Value] = r.texts(value)
			})
			if len(o.Actions[ActionCreate]) == 0 {
				r.fault(n, "actions: create is missing")
			}
		},
		"answer": func(n *yaml.Node) { o.Answer = r.answer(n) },
		"naturalKeys": func(n *yaml.Node) {
			r.items(n, func(n *yaml.Node) { o.NaturalKeys = append(o.NaturalKeys, r.texts(n)) })
		},
		"read":   func(n *yaml.Node) { o.Read = r.read(n) },
		"lookup": func(n *yaml.Node) { o.Lookup = r.lookup(n) },
		"rules": func(n *yaml.Node) {
			r.items(n, func(n *yaml.Node) {
				o.Rules = append(o.Rules, r.rule(n))
				lines = append(lines, n)
			})
		},
	}, "label", "actions", "answer", "rules")
	r.checkObject(n, o, lines)
	return o
}

// checkObject compiles the rules once, to find what is wrong with them, and
// checks that the natural keys can be searched for.
func (r *reader) checkObject(n *yaml.Node, o *Object, lines []*yaml.Node) {
	m, faults := compile(o.Rules, nil, o.types())
	for _, f := range faults {
		r.fault(lines[f.Index], "%w", f)
	}
	if len(faults) > 0 {
		return
	}
	o.Rules = m.withSources(o.Rules)
	for _, key := range o.NaturalKeys {
		for _, name := range key {
			if _, read := m.reads[name]; !read {
				r.fault(n, "naturalKeys: no rule reads %s", excerpt(name))
			}
		}
	}
	if o.Lookup != nil {
		r.checkLookup(n, o, m)
	}
}

func (r *reader) answer(n *yaml.Node) Answer {
	var a Answer
	r.object(n, fields{
		"id":  func(n *yaml.Node) { a.ID = r.paths(n) },
		"url": func(n *yaml.Node) { a.URL = r.paths(n) },
		"refusals": func(n *yaml.Node) {
			r.items(n, func(n *yaml.Node) {
				var s Sign
				r.object(n, fields{
					"at":      func(n *yaml.Node) { s.At = r.path(n) },
					"is":      func(n *yaml.Node) { s.Is = r.value(n) },
					"code":    func(n *yaml.Node) { s.Code = r.path(n) },
					"message": func(n *yaml.Node) { s.Message = r.path(n) },
					"field":   func(n *yaml.Node) { s.Field = r.path(n) },
				}, "at")
				a.Refusals = append(a.Refusals, s)
			})
		},
	}, "id")
	return a
}

func (r *reader) rule(n *yaml.Node) Rule {
	rule := Rule{OnCreate: Always, OnUpdate: Always, Enabled: true, Origin: OriginDefault}
	r.object(n, fields{
		"to":        func(n *yaml.Node) { r.target(n, &rule) },
		"from":      func(n *yaml.Node) { rule.From = r.texts(n) },
		"transform": func(n *yaml.Node) { rule.Transform = r.text(n) },
		"options":   func(n *yaml.Node) { rule.Options = r.values(n) },
		"bySchemaType": func(n *yaml.Node) {
			rule.BySchemaType = make(map[string]Variant)
			r.entries(n, func(key, value *yaml.Node) {
				var v Variant
				r.object(value, fields{
					"transform": func(n *yaml.Node) { v.Transform = r.text(n) },
					"options":   func(n *yaml.Node) { v.Options = r.values(n) },
				}, "transform")
				rule.BySchemaType[key.Value] = v
			})
		},
		"valueMap": func(n *yaml.Node) { rule.ValueMap = r.values(n) },
		"default":  func(n *yaml.Node) { rule.Default = r.value(n) },
		"onCreate": func(n *yaml.Node) { rule.OnCreate = r.text(n) },
		"onUpdate": func(n *yaml.Node) { rule.OnUpdate = r.text(n) },
		"required": func(n *yaml.Node) { rule.Required = r.flag(n) },
		"enabled":  func(n *yaml.Node) { rule.Enabled = r.flag(n) },
		"when":     func(n *yaml.Node) { rule.When = r.text(n) },
		"choices":  func(n *yaml.Node) { rule.Choices = r.crmChoices(n) },
		"note":     func(n *yaml.Node) { rule.Note = r.text(n) },
		"source": func(n *yaml.Node) {
			rule.Source = r.text(n)
			if rule.Source != SourceSeed && rule.Source != SourceVendor {
				r.fault(n, "source %s is neither %s nor %s", excerpt(rule.Source), SourceSeed, SourceVendor)
			}
		},
		"expr": func(n *yaml.Node) { rule.Expr = r.text(n) },
	}, "to", "source")
	if rule.Transform == "" && rule.Expr == "" {
		rule.Transform = "copy"
	}
	return rule
}
