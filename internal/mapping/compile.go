package mapping

import (
	"errors"
	"maps"
	"slices"
	"strconv"

	"sendtocrm/internal/mapping/expr"
)

// rule is a compiled Rule.
type rule struct {
	index     int // among the mapper's rules
	position  int // in the list that was compiled
	to        string
	path      path
	field     string // the last key of the path, for messages
	from      []string
	types     []FieldType // one per source, "" for a field that nobody has declared
	checks    []check     // one per source; none for an expression
	first     []int       // for each source 1 if no rule before reads it, else 0
	lens      lens
	transform string        // the lens's name, "" for copy
	program   *expr.Program // makes the lens's one value, nil where that is the source
	expr      string        // the program's text
	target    target

	provenance     *Provenance // what all its values share
	def            any         // in host form, checked; nil for none
	create, update string
	required       bool // by the definition
	schemaRequired bool // by the live schema
	leftOut        bool // refused by the vendor and not in the live schema
	origin, note   string
}

// Compile makes a Mapper of the object's rules for an action with the given
// request schema; nil for a schema means that nothing is known. Disabled
// rules are checked but take no part.
//
// The error joins a *RuleError for each fault of each rule: an unknown
// transform, a faulty expression, a bad option, path, policy, default or
// value map, more host fields than the transform reads, the same host field
// twice in a rule, and targets that are filled twice (a and a, a and a.b).
func (o *Object) Compile(schema *Schema) (*Mapper, error) {
	m, faults := compile(o.Rules, schema, o.types())
	if len(faults) > 0 {
		return nil, joinFaults(faults)
	}
	return m, nil
}

func joinFaults(faults []*RuleError) error {
	all := make([]error, len(faults))
	for i, f := range faults {
		all[i] = f
	}
	return errors.Join(all...)
}

// compile is Object.Compile. The mapper is to be used only if there is no fault.
func compile(rules []Rule, schema *Schema, types typing) (*Mapper, []*RuleError) {
	c := compiler{schema: schema, types: types, targets: make(map[string]int)}
	m := &Mapper{tree: newTree(), reads: make(map[string]struct{})}
	for i := range rules {
		compiled := c.rule(i, &rules[i])
		if compiled.path == nil {
			continue
		}
		if !rules[i].Enabled {
			m.disabled = append(m.disabled, compiled)
			continue
		}
		compiled.index = len(m.rules)
		if err := m.tree.insert(compiled.path, compiled.index); err != nil {
			c.fault(i, &rules[i], "to", err.Error())
		}
		m.add(compiled)
	}
	if len(c.faults) == 0 {
		m.finish(schema)
	}
	return m, c.faults
}

type compiler struct {
	schema  *Schema
	types   typing
	targets map[string]int // canonical path to the rule that named it first
	faults  []*RuleError
}

func (c *compiler) fault(index int, in *Rule, key, problem string) {
	c.faults = append(c.faults, &RuleError{Index: index, To: in.To, Key: key, Problem: problem})
}

func (c *compiler) rule(index int, in *Rule) rule {
	fault := func(key, problem string) { c.fault(index, in, key, problem) }
	out := rule{
		position: index, to: in.To, expr: in.Expr, from: slices.Clone(in.From), required: in.Required, origin: in.Origin, note: in.Note,
		create: policy(in.OnCreate), update: policy(in.OnUpdate),
	}
	c.place(index, in, &out)
	for _, p := range []struct{ key, policy string }{{"onCreate", out.create}, {"onUpdate", out.update}} {
		if p.policy != Always && p.policy != Never && p.policy != IfEmpty {
			fault(p.key, "policy "+excerpt(p.policy)+" is none of always, never, ifEmpty")
		}
	}
	switch in.When {
	case "":
	case Listed:
		out.leftOut = !out.target.listed
	default:
		fault("when", "when "+excerpt(in.When)+" is neither empty nor "+Listed)
	}
	for i, name := range in.From {
		if noValue(name) {
			fault("from", "the name of a host field is empty")
		} else if slices.Contains(in.From[:i], name) {
			fault("from", "reads the host field "+excerpt(name)+" twice")
		}
	}
	for _, host := range slices.Sorted(maps.Keys(in.ValueMap)) {
		if text, ok := textOf(in.ValueMap[host]); !ok || noValue(text) || writable(text) != nil {
			fault("valueMap", "valueMap: "+excerpt(host)+" stands for "+describe(in.ValueMap[host])+"; want text, a number or a boolean")
		}
	}
	if in.Expr != "" {
		c.expression(index, in, &out)
	} else {
		c.transform(index, in, &out)
	}
	c.defaultOf(index, in, &out)
	return out
}

// place parses the target and looks it up in the live schema.
func (c *compiler) place(index int, in *Rule, out *rule) {
	written, p, err := in.placed(c.schema)
	switch {
	case err != nil:
		c.fault(index, in, "to", err.Error())
		return
	case p[0].index >= 0:
		c.fault(index, in, "to", "the path begins with an index, but a request body is an object")
		return
	}
	for _, written := range in.targets() {
		q, err := parsePath(written)
		if err != nil {
			c.fault(index, in, "to", err.Error())
			return
		}
		canonical := q.String()
		if first, twice := c.targets[canonical]; twice {
			c.fault(index, in, "to", "has the same target as rule "+strconv.Itoa(first+1))
			return
		}
		c.targets[canonical] = index
	}
	out.to, out.path, out.field, out.target = written, p, shorten(p.leaf()), c.schema.at(p)
}

func policy(p string) string {
	if p == "" {
		return Always
	}
	return p
}
