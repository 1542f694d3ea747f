package expr

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/common/types"
)

// maxShownSource is the most characters of a condition that a reason repeats.
const maxShownSource = 200

// Verdict says whether a filter lets a record pass.
type Verdict struct {
	Holds  bool
	Reason string // one sentence, for a person
	Err    error  // an *Error where the filter could not be evaluated; nil where a field is merely missing
}

// Test evaluates a condition for a record, whose shape is that of Eval. A
// condition that needs a field which the record lacks does not hold; the
// missing field is the reason. So does not one that cannot be evaluated,
// which is told apart by Err.
//
// The reason names the first of the conditions joined by && that does not
// hold, and the values of the fields that it reads.
func (p *Program) Test(id string, fields map[string]any) Verdict {
	vars := &activation{id, fields}
	var broken *Error // as in CEL, it counts only if no other conjunct is false
	var at *part      // where
	note := func(c *part, problem *Error) {
		if broken == nil {
			broken, at = problem, c
		}
	}
	left := uint64(maxSteps)
	for i := range p.conjuncts {
		c := &p.conjuncts[i]
		v, took, problem := c.eval(vars)
		if problem == nil && took > left {
			problem = tooCostly(stoppedMessage)
		}
		left -= min(took, left)
		switch holds, isBool := v.(types.Bool); {
		case problem != nil && problem.Missing:
			return Verdict{Reason: c.shortSource() + " does not hold: " + problem.Message}
		case problem != nil && problem.Code == CodeTooCostly:
			return Verdict{Reason: problem.Message, Err: problem}
		case problem != nil:
			note(c, problem)
		case !isBool:
			note(c, failed("a filter must be true or false, but %s is %s", c.shortSource(), kindOf(v)))
		case !bool(holds):
			return Verdict{Reason: c.reason(vars)}
		}
	}
	if broken != nil {
		reason := broken.Error()
		if broken.Field == "" {
			reason += at.values(vars)
		}
		return Verdict{Reason: reason, Err: broken}
	}
	return Verdict{Holds: true, Reason: "the filter holds"}
}

// reason says why the part is false.
func (p *part) reason(vars *activation) string {
	var b strings.Builder
	b.WriteString(p.shortSource())
	if p.alternatives > 1 {
		fmt.Fprintf(&b, " is false, since none of its %d alternatives holds", p.alternatives)
	} else {
		b.WriteString(" is false")
	}
	return b.String() + p.values(vars)
}

// values are those that the part reads, after a colon; nothing where it reads none.
func (p *part) values(vars *activation) string {
	var b strings.Builder
	separator := ": "
	if p.id {
		b.WriteString(separator + "id is " + show(vars.id))
		separator = ", "
	}
	for _, field := range p.fields {
		b.WriteString(separator + shorten(field) + " is " + show(vars.fields[field]))
		separator = ", "
	}
	return b.String()
}

func (p *part) shortSource() string {
	return cut(strings.Join(strings.Fields(p.source), " "), maxShownSource)
}
