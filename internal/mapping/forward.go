package mapping

import (
	"slices"
	"sync"
)

// Input is one record to be mapped.
type Input struct {
	RecordID  string // the host's id of the record, for expressions
	Fields    Fields
	Operation Operation
	// Refs gives, by host field, the CRM's id of the record that the field
	// points to. A field that is missing here is not in the CRM yet.
	Refs map[string]string
}

// outcome is what became of one rule.
type outcome uint8

const (
	absent  outcome = iota // nothing to send
	filled                 // a value was made
	refused                // the source cannot be sent; an error says why
)

// Forward maps a host record to the CRM's fields. It never fails: what is
// wrong with the record is in the result's issues. Values share memory with
// the result alone.
func (m *Mapper) Forward(in Input) *Result {
	expected := min(len(m.rules), len(in.Fields))
	run := runs.Get().(*forwardRun)
	defer run.release()
	run.in, run.seen = in, 0
	run.buffer = make([]byte, 0, 32*expected)
	run.result = &Result{Values: make([]Value, 0, expected), tree: m.tree, rules: len(m.rules)}
	run.sources = sources{values: run.few[:], refs: in.Refs}
	if m.widest > len(run.few) {
		run.sources.values = make([]any, m.widest)
	}
	var few [32]outcome
	state := few[:0]
	for i := range m.rules {
		state = append(state, run.rule(&m.rules[i]))
	}
	run.result.Issues = m.unmet(run.result.Issues, in.Operation, state)
	if run.seen < len(in.Fields) {
		run.result.Unmapped = m.unmapped(in.Fields)
	}
	return run.result
}

// runs keeps what a call of Forward needs for itself alone.
var runs = sync.Pool{New: func() any { return new(forwardRun) }}

// release gives the run back, without anything of the record.
func (run *forwardRun) release() {
	*run = forwardRun{}
	runs.Put(run)
}

// unmapped lists the keys that no rule reads, sorted.
func (m *Mapper) unmapped(fields Fields) []string {
	var names []string
	for name := range fields {
		if _, read := m.reads[name]; !read {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// forwardRun is one call of Forward: the values' bytes lie in one buffer, and seen counts the keys of the record that rules read,
// so that usually nobody has to look for those that none reads.
type forwardRun struct {
	in      Input
	result  *Result
	buffer  []byte
	sources sources
	few     [4]any
	seen    int
}

func (run *forwardRun) rule(r *rule) outcome {
	policy := r.policy(run.in.Operation)
	if policy == Never {
		return absent
	}
	some, said := run.look(r)
	if r.program != nil && !r.leftOut {
		var sound bool
		if some, sound = run.compute(r); !sound {
			return refused
		}
	}
	if r.leftOut {
		if some {
			run.report(r.leftOutIssue())
		}
		return absent
	}
	if !some && r.defaults(run.in.Operation) {
		run.sources.values[0], some = r.def, true
	}
	if !some {
		if said && run.in.Operation == Update {
			run.report(r.issue(&fault{Empty, "an empty value in " + listing(r.from) + " does not clear what the CRM holds", true}, r.field+" is left as it is"))
		}
		return absent
	}
	if !run.check(r) {
		return refused
	}
	return run.put(r, policy)
}

// look takes the rule's sources out of the record. some: one has a value;
// said: one is there, if only as an explicit null or "".
func (run *forwardRun) look(r *rule) (some, said bool) {
	run.sources.names = r.from
	run.sources.values = run.sources.values[:max(len(r.from), 1)]
	run.sources.values[0] = nil
	for i, name := range r.from {
		v, there := run.in.Fields[name]
		if there {
			said = true
			run.seen += r.first[i]
		}
		if noValue(v) {
			v = nil
		}
		run.sources.values[i] = v
		some = some || v != nil
	}
	return some, said
}

// check holds the sources against the types of the universal model.
func (run *forwardRun) check(r *rule) bool {
	sound := true
	for i, check := range r.checks {
		if run.sources.values[i] == nil {
			continue
		}
		v, f := check(run.sources.values[i])
		run.sources.values[i] = v
		if f != nil {
			run.report(r.cannotSend(f))
			sound = sound && f.warning
		}
	}
	return sound
}

// put transforms the sources, fits the outcome to the schema and records it.
func (run *forwardRun) put(r *rule, policy string) outcome {
	start := len(run.buffer)
	required := r.requires(run.in.Operation)
	buffer, f := r.lens.forward(run.buffer, &run.sources)
	if f != nil {
		if run.object(r, f, required); !f.warning {
			if f.code == UnresolvedReference && !required {
				return absent
			}
			return refused
		}
	}
	if len(buffer) > start {
		if buffer, f = r.target.fit(buffer, start); f != nil {
			if run.report(r.cannotSend(f)); !f.warning {
				return refused
			}
		}
	}
	if len(buffer) == start {
		return absent
	}
	if r.target.unlisted {
		run.report(r.unlistedIssue())
	}
	run.buffer = buffer
	run.result.Values = append(run.result.Values, Value{
		Provenance: r.provenance, slot: int32(r.index), JSON: buffer[start:len(buffer):len(buffer)],
		Required: required, IfEmpty: policy == IfEmpty && run.in.Operation == Update,
	})
	return filled
}

// object reports what the lens has against the sources. A record that is not
// in the CRM yet keeps others from being sent only where it is needed.
func (run *forwardRun) object(r *rule, f *fault, required bool) {
	if f.code != UnresolvedReference || required && !f.warning {
		run.report(r.cannotSend(f))
		return
	}
	left, lead := *f, r.field+" is left out"
	if f.warning {
		lead = r.field + " is sent in part"
	}
	left.warning = true
	run.report(r.issue(&left, lead))
}

func (run *forwardRun) report(issue Issue) {
	run.result.Issues = append(run.result.Issues, issue)
}

func (r *rule) policy(op Operation) string {
	if op == Update {
		return r.update
	}
	return r.create
}

// requires reports whether the operation needs the field.
func (r *rule) requires(op Operation) bool {
	return r.schemaRequired || r.required && op != Update
}

// defaults reports whether the default stands in for a missing value. An
// update does not overwrite the CRM's value with it, unless the schema wants
// the field; a constant is no stand-in.
func (r *rule) defaults(op Operation) bool {
	return r.def != nil && (op != Update || r.schemaRequired || len(r.from) == 0)
}

func (r *rule) leftOutIssue() Issue {
	problem := "this CRM takes the field only where its live schema lists it, and it does not"
	return r.issue(&fault{LeftOut, problem, true}, r.field+" is left out")
}

func (r *rule) unlistedIssue() Issue {
	if r.target.closed {
		return r.issue(faulty(NotInSchema, "the action's schema does not list the field and allows no other"), r.field+" cannot be sent")
	}
	return r.issue(&fault{NotInSchema, "the action's schema does not list the field; the CRM may still know it", true}, r.field+" is sent unchecked")
}
