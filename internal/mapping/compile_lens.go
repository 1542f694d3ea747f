package mapping

import (
	"maps"
	"slices"
)

// lens builds the rule's transform; those for other schema types are built
// too, so that their faults are found whatever the live schema says.
func (c *compiler) lens(index int, in *Rule, t target) lens {
	chosen := c.variant(index, in, Variant{in.Transform, in.Options}, t)
	for _, kind := range slices.Sorted(maps.Keys(in.BySchemaType)) {
		if kindOf(kind) == 0 {
			c.fault(index, in.To, "bySchemaType: "+excerpt(kind)+" is no JSON Schema type")
		}
		built := c.variant(index, in, in.BySchemaType[kind], t)
		if kind == in.variantFor(t.kinds) {
			chosen = built
		}
	}
	return chosen
}

// variantFor is the key of BySchemaType that suits the live schema's type;
// text wins where the schema allows several, whole numbers are numbers.
func (r *Rule) variantFor(k kinds) string {
	for _, n := range kindNames {
		if _, ok := r.BySchemaType[n.name]; ok && k.has(n.kind) {
			return n.name
		}
	}
	if _, ok := r.BySchemaType["number"]; ok && k.has(kindInteger) {
		return "number"
	}
	return ""
}

func (c *compiler) variant(index int, in *Rule, v Variant, t target) lens {
	name := v.Transform
	if name == "" {
		name = "copy"
	}
	kind, ok := transforms[name]
	if !ok {
		c.fault(index, in.To, "unknown transform "+excerpt(name)+"; known are "+listing(Transforms()))
		return nil
	}
	if kind.sources == 1 && len(in.From) > 1 {
		c.fault(index, in.To, "names "+listing(in.From)+", but the transform "+name+" reads one host field: which one is ambiguous")
	}
	if kind.sources != 1 && len(in.From) == 0 || name == "reference" && len(in.From) != 1 {
		c.fault(index, in.To, "the transform "+name+" needs a host field")
	}
	o := options{values: v.Options}
	refuses := name == "value_map" && o.flag("strict")
	built := kind.build(&o, t)
	for _, problem := range o.done() {
		c.fault(index, in.To, "transform "+name+": "+problem)
	}
	if name == "value_map" && len(in.ValueMap) == 0 {
		c.fault(index, in.To, "the transform value_map needs a valueMap")
	}
	if len(in.ValueMap) == 0 {
		return built
	}
	return c.valueMap(index, in, built, kind, name, refuses)
}

func (c *compiler) valueMap(index int, in *Rule, inner lens, kind transform, name string, refuses bool) lens {
	if kind.sources != 1 || name == "reference" {
		c.fault(index, in.To, "a valueMap does not go with the transform "+name)
	}
	return newValueMap(inner, maps.Clone(in.ValueMap), refuses)
}

// defaultOf tries the default once, so that it cannot fail later.
func (c *compiler) defaultOf(index int, in *Rule, out *rule) {
	if in.Default == nil || out.lens == nil {
		return
	}
	if noValue(in.Default) {
		c.fault(index, in.To, "the default is blank")
		return
	}
	v, f := checkWritable(in.Default)
	if f == nil && len(out.checks) > 0 {
		v, f = out.checks[0](v)
	}
	if f == nil || f.warning {
		values := make([]any, max(len(in.From), 1))
		values[0] = v
		_, f = out.lens.forward(nil, &sources{names: in.From, values: values})
	}
	if f != nil && !f.warning {
		c.fault(index, in.To, "the default cannot be sent: "+f.problem)
		return
	}
	out.def = v
}
