package mapping

import (
	"fmt"
	"slices"
	"sync"

	"sendtocrm/internal/mapping/expr"
)

// environment makes, once, what the expressions of one object are compiled in.
type environment func() (*expr.Env, error)

func newEnvironment(types typing) environment {
	return sync.OnceValues(func() (*expr.Env, error) {
		known := make(map[string]expr.Type)
		for _, object := range Objects() {
			if types.object != "" && types.object != object {
				continue
			}
			for _, f := range types.catalogue.objects[object] {
				known[f.Name] = expressionType(f.Type)
			}
		}
		return expr.New(known)
	})
}

func expressionType(t FieldType) expr.Type {
	switch t {
	case TypeDecimal, TypePercent:
		return expr.Number
	case TypeInteger:
		return expr.Integer
	case TypeDate:
		return expr.Date
	case TypeBoolean:
		return expr.Bool
	case TypeList:
		return expr.List
	}
	return expr.String
}

func (c *Catalogue) environment(object string) (*expr.Env, error) {
	if made, ok := c.environments[object]; ok {
		return made()
	}
	return nil, fmt.Errorf("there is no object %s", excerpt(object))
}

// Filter decides which of a host's records take part in something.
type Filter struct {
	program *expr.Program
}

// Decision is what a filter says of one record.
type Decision struct {
	Matches bool
	Reason  string // a sentence for a person
}

// Filter compiles a condition in CEL over an object's records, such as
// record.contact_email.endsWith("@acme.com"). The error is an *expr.Error that
// says in a sentence what is wrong, and where.
func (c *Catalogue) Filter(object, source string) (*Filter, error) {
	if !slices.Contains(Objects(), object) {
		return nil, fmt.Errorf("unknown object %s; known are %v", excerpt(object), Objects())
	}
	env, err := c.environment(object)
	if err != nil {
		return nil, err
	}
	program, err := env.Condition(source)
	if err != nil {
		return nil, err
	}
	return &Filter{program}, nil
}

// Source is the condition as it was written.
func (f *Filter) Source() string { return f.program.Source() }

// Fields are the host fields that the condition reads, sorted.
func (f *Filter) Fields() []string { return f.program.Fields() }

// Decide applies the filter to a record. One that it cannot be applied to,
// such as a record that lacks a field, does not match; the reason says so.
func (f *Filter) Decide(id string, fields Fields) Decision {
	verdict := f.program.Test(id, fields)
	return Decision{Matches: verdict.Holds && verdict.Err == nil, Reason: verdict.Reason}
}
