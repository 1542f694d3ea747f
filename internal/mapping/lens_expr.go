package mapping

import (
	"errors"
	"slices"

	"sendtocrm/internal/mapping/expr"
)

// maxComputed bounds in bytes the JSON that an expression makes.
const maxComputed = 64 << 10

// exprLens sends the value that a rule's program has made: text, a number, a
// boolean, or a list or object of those.
type exprLens struct{}

func (exprLens) forward(dst []byte, in *sources) ([]byte, *fault) {
	start := len(dst)
	dst, f := appendJSON(dst, in.values[0], 0)
	if f == nil && len(dst)-start > maxComputed {
		f = faulty(ExpressionFailed, "the expression makes more than 64 KiB")
	}
	return dst, f
}

func (exprLens) oneWay() {}

// backward keeps the host's fields: an expression has no way back.
func (exprLens) backward(_ any, current []any) ([]any, *fault) { return current, nil }

// expression compiles a computed rule: it reads what the expression names.
func (c *compiler) expression(index int, in *Rule, out *rule) {
	for _, clash := range []struct {
		key  string
		used bool
	}{
		{"transform", in.Transform != ""}, {"options", len(in.Options) > 0}, {"valueMap", len(in.ValueMap) > 0}, {"bySchemaType", len(in.BySchemaType) > 0},
	} {
		if clash.used {
			c.fault(index, in, clash.key, "an expression goes without "+clash.key+"; it computes the value itself")
		}
	}
	env, err := c.types.catalogue.environment(c.types.object)
	if err == nil {
		out.program, err = env.Value(in.Expr)
	}
	if err != nil {
		c.fault(index, in, "expr", "the expression cannot be used: "+err.Error())
		return
	}
	out.lens, out.from = exprLens{}, out.program.Fields()
	for _, name := range in.From {
		if !slices.Contains(out.from, name) {
			c.fault(index, in, "from", "the expression does not read "+excerpt(name)+"; leave from out, or set a transform")
		}
	}
}

// compute evaluates the rule's expression into the first source. some is
// false where it makes no value, the record lacking a field included.
func (run *forwardRun) compute(r *rule) (some, sound bool) {
	v, f := r.evaluate(run.in.RecordID, run.in.Fields)
	if f != nil {
		run.report(r.issue(f, r.field+" cannot be computed"))
		return false, false
	}
	run.sources.values[0] = v
	return v != nil, true
}

func (r *rule) evaluate(id string, fields Fields) (any, *fault) {
	v, err := r.program.Eval(id, fields)
	if err == nil {
		if noValue(v) {
			v = nil
		}
		return v, nil
	}
	if e := (*expr.Error)(nil); errors.As(err, &e) && e.Missing {
		return nil, nil
	}
	return nil, faulty(ExpressionFailed, "the expression fails: "+err.Error())
}
