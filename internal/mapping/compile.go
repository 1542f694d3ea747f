package mapping

import (
	"errors"
	"maps"
	"slices"
	"strconv"
)

// rule is a compiled Rule.
type rule struct {
	index  int // position in the list given to Compile
	to     string
	path   path
	field  string // the last key of the path, for messages
	from   []string
	checks []check // one per source
	first  []int   // for each source 1 if no rule before reads it, else 0
	lens   lens
	target target

	def            any // in host form, checked; nil for none
	create, update string
	required       bool // by the definition
	schemaRequired bool // by the live schema
	leftOut        bool // refused by the vendor and not in the live schema
	origin, note   string
}

// Compile makes a Mapper of rules for an action with the given request
// schema; nil for a schema means that nothing is known. Disabled rules are
// checked but take no part.
//
// The error joins a *RuleError for each fault of each rule: an unknown
// transform, a bad option, path, policy, default or value map, more host
// fields than the transform reads, the same host field twice in a rule, and
// targets that are filled twice (a and a, a and a.b).
func Compile(rules []Rule, schema *Schema) (*Mapper, error) {
	c := compiler{schema: schema, tree: newTree(), targets: make(map[string]int)}
	m := &Mapper{tree: c.tree, reads: make(map[string]struct{})}
	for i := range rules {
		compiled := c.rule(i, &rules[i])
		if !rules[i].Enabled || compiled.path == nil {
			continue
		}
		compiled.index = len(m.rules)
		if err := c.tree.insert(compiled.path, compiled.index); err != nil {
			c.fault(i, rules[i].To, err.Error())
		}
		m.add(compiled)
	}
	if len(c.faults) > 0 {
		return nil, errors.Join(c.faults...)
	}
	m.finish(schema)
	return m, nil
}

type compiler struct {
	schema  *Schema
	tree    *node
	targets map[string]int // canonical path to the rule that named it first
	faults  []error
}

func (c *compiler) fault(index int, to, problem string) {
	c.faults = append(c.faults, &RuleError{Index: index, To: to, Problem: problem})
}

func (c *compiler) rule(index int, in *Rule) rule {
	fault := func(problem string) { c.fault(index, in.To, problem) }
	out := rule{
		to: in.To, from: slices.Clone(in.From), required: in.Required, origin: in.Origin, note: in.Note,
		create: policy(in.OnCreate), update: policy(in.OnUpdate),
	}
	c.place(index, in, &out)
	for _, p := range []string{out.create, out.update} {
		if p != Always && p != Never && p != IfEmpty {
			fault("policy " + excerpt(p) + " is none of always, never, ifEmpty")
		}
	}
	switch in.When {
	case "":
	case Listed:
		out.leftOut = !out.target.listed
	default:
		fault("when " + excerpt(in.When) + " is neither empty nor " + Listed)
	}
	if len(in.From) == 0 && in.Default == nil {
		fault("names no host field and has no default: it could never fill anything")
	}
	for i, name := range in.From {
		if noValue(name) {
			fault("the name of a host field is empty")
		} else if slices.Contains(in.From[:i], name) {
			fault("reads the host field " + excerpt(name) + " twice")
		}
		out.checks = append(out.checks, checkOf(name))
	}
	for _, host := range slices.Sorted(maps.Keys(in.ValueMap)) {
		if text, ok := textOf(in.ValueMap[host]); !ok || noValue(text) || writable(text) != nil {
			fault("valueMap: " + excerpt(host) + " stands for " + describe(in.ValueMap[host]) + "; want text, a number or a boolean")
		}
	}
	out.lens = c.lens(index, in, out.target)
	c.defaultOf(index, in, &out)
	return out
}

// place parses the target and looks it up in the live schema.
func (c *compiler) place(index int, in *Rule, out *rule) {
	p, err := parsePath(in.To)
	switch {
	case err != nil:
		c.fault(index, in.To, err.Error())
		return
	case p[0].index >= 0:
		c.fault(index, in.To, "the path begins with an index, but a request body is an object")
		return
	}
	if first, twice := c.targets[p.String()]; twice {
		c.fault(index, in.To, "has the same target as rule "+strconv.Itoa(first+1))
		return
	}
	c.targets[p.String()] = index
	out.path, out.field, out.target = p, shorten(p.leaf()), c.schema.at(p)
}

func policy(p string) string {
	if p == "" {
		return Always
	}
	return p
}
