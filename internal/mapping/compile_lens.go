package mapping

import (
	"maps"
	"slices"
)

// transform builds the rule's lens; those for other schema types are built
// too, so that their faults are found whatever the live schema says.
func (c *compiler) transform(index int, in *Rule, out *rule) {
	if len(in.From) == 0 && in.Default == nil {
		c.fault(index, in, "from", "names no host field and has no default: it could never fill anything")
	}
	for _, name := range in.From {
		kind := c.types.of(name)
		out.types = append(out.types, kind)
		out.checks = append(out.checks, checkOf(kind))
	}
	out.lens = c.variant(index, in, Variant{in.Transform, in.Options}, out.target)
	out.transform = in.Transform
	for _, kind := range slices.Sorted(maps.Keys(in.BySchemaType)) {
		if kindOf(kind) == 0 {
			c.fault(index, in, "bySchemaType", "bySchemaType: "+excerpt(kind)+" is no JSON Schema type")
		}
		built := c.variant(index, in, in.BySchemaType[kind], out.target)
		if kind == in.variantFor(out.target.kinds) {
			out.lens, out.transform = built, in.BySchemaType[kind].Transform
		}
	}
	if out.transform == "copy" {
		out.transform = ""
	}
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
	kind, ok := transformNamed(name)
	if !ok {
		c.fault(index, in, "transform", "unknown transform "+excerpt(name)+"; known are "+listing(Transforms()))
		return nil
	}
	if kind.sources == 1 && len(in.From) > 1 {
		c.fault(index, in, "from", "names "+listing(in.From)+", but the transform "+name+" reads one host field: which one is ambiguous")
	}
	if kind.sources != 1 && len(in.From) == 0 || name == "reference" && len(in.From) != 1 {
		c.fault(index, in, "from", "the transform "+name+" needs a host field")
	}
	o := options{values: v.Options, from: in.From}
	refuses := name == "value_map" && o.flag("strict")
	built := kind.build(&o, t)
	for _, problem := range o.done() {
		c.fault(index, in, "options", "transform "+name+": "+problem)
	}
	if name == "value_map" && len(in.ValueMap) == 0 {
		c.fault(index, in, "valueMap", "the transform value_map needs a valueMap")
	}
	if len(in.ValueMap) == 0 {
		return built
	}
	if _, noWayBack := built.(oneWay); noWayBack || kind.sources != 1 {
		c.fault(index, in, "valueMap", "a valueMap does not go with the transform "+name)
	}
	return newValueMap(built, maps.Clone(in.ValueMap), refuses)
}

// defaultOf tries the default once, so that it cannot fail later.
func (c *compiler) defaultOf(index int, in *Rule, out *rule) {
	if in.Default == nil || out.lens == nil {
		return
	}
	if noValue(in.Default) {
		c.fault(index, in, "default", "the default is blank")
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
		c.fault(index, in, "default", "the default cannot be sent: "+f.problem)
		return
	}
	out.def = v
}
