package mapping

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// Bounds of overrides.
const (
	maxOverrides     = 500
	maxOverridePath  = 512 // bytes
	maxOverrideSteps = 16
	maxSources       = 50 // host fields of one rule
	maxValueMap      = 1000
)

// With is the object with the overrides put in: the rules that they name are
// changed, the others are new ones at the end. The look-up follows, see
// follow.go.
//
// The error joins a *RuleError for each fault, whose Index is the override's
// position and whose Key is the key at fault; beside what Compile finds those
// are a target that is named twice or lies outside the bounds, and more than
// 500 overrides.
func (o *Object) With(overrides []Override) (*Object, error) {
	if len(overrides) > maxOverrides {
		return nil, joinFaults([]*RuleError{{Index: maxOverrides, To: overrides[maxOverrides].To,
			Problem: "a mapping takes at most " + strconv.Itoa(maxOverrides) + " overrides, and there are " + strconv.Itoa(len(overrides))}})
	}
	w := withRun{rules: slices.Clone(o.Rules), byPath: make(map[string]int), overrides: overrides}
	w.owner = make([]int, len(w.rules), len(w.rules)+len(overrides))
	for i := range w.rules {
		w.owner[i] = -1
		for _, written := range w.rules[i].targets() {
			if p, err := parsePath(written); err == nil {
				w.byPath[p.String()] = i
			}
		}
	}
	for i := range overrides {
		w.put(i)
	}
	m, faults := compile(w.rules, nil, o.types())
	for _, f := range faults {
		w.blame(f)
	}
	if len(w.faults) > 0 {
		slices.SortStableFunc(w.faults, func(a, b *RuleError) int { return a.Index - b.Index })
		return nil, joinFaults(w.faults)
	}
	changed := *o
	changed.Rules = m.withSources(w.rules)
	changed.follow(o.Rules)
	return &changed, nil
}

type withRun struct {
	rules     []Rule
	owner     []int          // for each rule the override that changed or made it, -1 for none
	byPath    map[string]int // canonical target to rule
	overrides []Override
	faults    []*RuleError
}

func (w *withRun) fault(index int, key, problem string) {
	w.faults = append(w.faults, &RuleError{Index: index, To: w.overrides[index].To, Key: key, Problem: problem})
}

// put applies one override to its rule, or to a new one.
func (w *withRun) put(index int) {
	o := &w.overrides[index]
	fault := func(key, problem string) { w.fault(index, key, problem) }
	p, problem := overridePath(o.To)
	if problem != "" {
		fault("to", problem)
		return
	}
	if o.From != nil {
		if len(*o.From) > maxSources {
			fault("from", "names more than "+strconv.Itoa(maxSources)+" host fields")
			return
		}
		for _, name := range *o.From {
			if problem := NameProblem(name); problem != "" {
				fault("from", "the name of a host field, "+excerpt(name)+", "+problem)
				return
			}
		}
	}
	if len(o.ValueMap) > maxValueMap {
		fault("valueMap", "the value map has more than "+strconv.Itoa(maxValueMap)+" values")
		return
	}
	at, known := w.byPath[p.String()]
	if !known {
		at = len(w.rules)
		w.byPath[p.String()] = at
		w.rules = append(w.rules, Rule{To: o.To, Transform: "copy", OnCreate: Always, OnUpdate: Always, Enabled: true})
		w.owner = append(w.owner, -1)
	}
	if first := w.owner[at]; first >= 0 {
		fault("to", "has the same target as the override "+strconv.Itoa(first+1))
		return
	}
	w.owner[at] = index
	o.apply(&w.rules[at], fault)
}

// overridePath parses a target that a person has written, within bounds. Many
// CRMs are written in JavaScript, where some keys reach the object's own works.
func overridePath(to string) (path, string) {
	if len(to) > maxOverridePath {
		return nil, "the path is longer than " + strconv.Itoa(maxOverridePath) + " bytes"
	}
	if f := writable(to); f != nil {
		return nil, "the path cannot be sent: " + f.problem
	}
	p, err := parsePath(to)
	if err != nil {
		return nil, err.Error()
	}
	if len(p) > maxOverrideSteps {
		return nil, "the path has more than " + strconv.Itoa(maxOverrideSteps) + " steps"
	}
	for _, s := range p {
		switch s.key {
		case "__proto__", "constructor", "prototype":
			return nil, "the key " + excerpt(s.key) + " is not allowed in a path"
		}
	}
	return p, ""
}

// blame finds the override behind a fault that compiling found: the one that
// made the rule, or the one whose target comes nearest to a rule that was fine
// before.
func (w *withRun) blame(f *RuleError) {
	if len(w.overrides) == 0 {
		w.faults = append(w.faults, f)
		return
	}
	problem, collides := f.Problem, strings.HasPrefix(f.Problem, "collides")
	index := w.owner[f.Index]
	if collides && index >= 0 {
		problem += "; disable that rule first"
	}
	if index < 0 {
		index = w.nearest(f.To)
		problem = "does not go with the rule for " + shorten(f.To) + ", which " + problem
		if collides {
			problem += "; disable that rule first"
		}
	}
	if slices.ContainsFunc(w.faults, func(known *RuleError) bool { return known.Index == index && known.Key == f.Key }) {
		return
	}
	w.fault(index, f.Key, problem)
}

// nearest is the override that shares the longest beginning with a target.
func (w *withRun) nearest(to string) int {
	p, _ := parsePath(to)
	best, longest := 0, -1
	for i := range w.overrides {
		q, _ := parsePath(w.overrides[i].To)
		shared := 0
		for shared < min(len(p), len(q)) && p[shared] == q[shared] {
			shared++
		}
		if shared > longest {
			best, longest = i, shared
		}
	}
	return best
}

// apply changes rule as the override says. The faults are those that nobody
// could see in the changed rule.
func (o *Override) apply(r *Rule, fault func(key, problem string)) {
	o = o.changes(r)
	before := *r
	touched := o.From != nil || o.Transform != nil || o.Expr != nil
	if touched {
		r.Note, r.Source = "", ""
	}
	computes := o.Expr != nil && *o.Expr != ""
	switch {
	case computes && o.Transform != nil && *o.Transform != "":
		fault("expr", "has a transform and an expression; choose one")
	case computes:
		r.Expr, r.Transform, r.BySchemaType, r.Options, r.From = *o.Expr, "", nil, nil, nil
	case o.Transform != nil:
		if r.Expr != "" && o.From == nil {
			r.From = nil
		}
		r.Expr, r.Transform, r.BySchemaType, r.Options = "", transformName(*o.Transform), nil, nil
	case o.Expr != nil:
		r.Expr, r.Transform = "", transformName(r.Transform)
	}
	if o.From != nil {
		r.From = slices.Clone(*o.From)
	}
	if o.Options != nil {
		r.Options = o.Options
	}
	if o.ValueMap != nil {
		r.ValueMap = o.ValueMap
		if len(o.ValueMap) == 0 {
			r.ValueMap = nil
		}
	}
	if o.Default != nil {
		v, err := decodeAny(bytes.TrimSpace(o.Default))
		if err != nil {
			fault("default", "the default is not valid JSON: "+err.Error())
		}
		r.Default = v
	}
	set(&r.OnCreate, o.OnCreate)
	set(&r.OnUpdate, o.OnUpdate)
	set(&r.Required, o.Required)
	set(&r.Enabled, o.Enabled)
	if before.Origin != "" && sameRule(&before, r) {
		return // it is the rule that it was
	}
	switch o.Origin {
	case "", OriginOverride:
		r.Origin = OriginOverride
	case OriginDerived:
		r.Origin = OriginDerived
	default:
		fault("origin", "the origin "+excerpt(o.Origin)+" is neither "+OriginOverride+" nor "+OriginDerived)
	}
}

// changes is the override without what says the same as the rule: who sends a
// rule back as it was shown does not change it.
func (o *Override) changes(r *Rule) *Override {
	out := *o
	if o.From != nil && slices.Equal(*o.From, r.From) {
		out.From = nil
	}
	if o.Expr != nil && *o.Expr == r.Expr {
		out.Expr = nil
	}
	sameOptions := o.Options == nil || sameValue(orEmpty(o.Options), orEmpty(r.Options))
	if o.Transform != nil && o.Expr == nil && r.Expr == "" && sameOptions && transformName(*o.Transform) == transformName(r.Transform) ||
		o.Transform != nil && r.Expr != "" && *o.Transform == "" {
		out.Transform = nil
		if o.Options != nil {
			out.Options = r.Options
		}
	}
	return &out
}

// sameRule reports whether two rules for one target do the same.
func sameRule(a, b *Rule) bool {
	return slices.Equal(a.From, b.From) && a.Transform == b.Transform && a.Expr == b.Expr &&
		sameValue(orEmpty(a.Options), orEmpty(b.Options)) && sameValue(orEmpty(a.ValueMap), orEmpty(b.ValueMap)) &&
		sameValue(a.Default, b.Default) && policy(a.OnCreate) == policy(b.OnCreate) && policy(a.OnUpdate) == policy(b.OnUpdate) &&
		a.Required == b.Required && a.Enabled == b.Enabled
}

func set[T any](to *T, given *T) {
	if given != nil {
		*to = *given
	}
}
