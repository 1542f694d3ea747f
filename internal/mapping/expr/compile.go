package expr

import (
	"slices"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// Condition compiles an expression that is true or false. One whose kind is
// known only with the record is allowed, and is checked when it is evaluated.
// Errors are of type *Error.
func (e *Env) Condition(source string) (*Program, error) {
	return e.compile(source, func(t *types.Type) *Error {
		switch t.Kind() {
		case types.BoolKind, types.DynKind:
			return nil
		}
		return &Error{Code: CodeType, Message: "a filter must be true or false, but this is " + kindOfType(t.String()) + hint(kindOfType(t.String()))}
	})
}

// Value compiles an expression that gives text, a number, true or false, a
// date, a list or an object. Errors are of type *Error.
func (e *Env) Value(source string) (*Program, error) {
	return e.compile(source, func(t *types.Type) *Error {
		switch t.Kind() {
		case types.DurationKind:
			return &Error{Code: CodeType, Message: "a length of time is no value; take its hours, for example, with getHours()"}
		case types.BoolKind, types.DynKind, types.StringKind, types.IntKind, types.TimestampKind,
			types.ListKind, types.MapKind, types.NullTypeKind, types.OpaqueKind:
			return nil
		}
		return &Error{Code: CodeType, Message: kindOfType(t.String()) + " cannot be the value of a field"}
	})
}

func (e *Env) compile(source string, accept func(*types.Type) *Error) (p *Program, err error) {
	defer func() {
		if recover() != nil {
			p, err = nil, &Error{Code: CodeSyntax, Message: "the expression cannot be understood"}
		}
	}()
	switch {
	case len(source) > MaxSource:
		return nil, &Error{Code: CodeTooLong, Message: "the expression is longer than 4,096 bytes"}
	case strings.TrimSpace(source) == "":
		return nil, &Error{Code: CodeSyntax, Message: "the expression is empty"}
	case !utf8.ValidString(source):
		return nil, &Error{Code: CodeSyntax, Message: "the expression is not valid UTF-8 text"}
	}
	tree, issues := e.env.Parse(source)
	if issues.Err() != nil {
		return nil, parseProblem(issues, source)
	}
	if problem := rewrite(tree.NativeRep(), source); problem != nil {
		return nil, problem
	}
	checked, issues := e.env.Check(tree)
	if issues.Err() != nil {
		return nil, checkProblem(issues, source)
	}
	if problem := accept(checked.OutputType()); problem != nil {
		return nil, problem
	}
	if estimate, err := e.env.EstimateCost(checked, steps{}); err != nil || estimate.Max > maxEstimate {
		return nil, tooCostly("the expression may take too many steps; use fewer loops such as all() or exists() within each other")
	}
	guardKeys(checked.NativeRep())
	return e.program(checked.NativeRep(), source)
}

// program plans the whole expression, and each conjunct of a filter on its
// own, so that the reason of a failure can name the one that fails.
func (e *Env) program(checked *ast.AST, source string) (*Program, error) {
	places := sites(checked, source)
	whole, err := e.plan(checked, checked.Expr(), source, places)
	if err != nil {
		return nil, err
	}
	p := &Program{source: source, whole: whole, conjuncts: []part{whole}}
	expressions, sources := operands(checked.Expr(), operators.LogicalAnd), split(source, "&&")
	if len(expressions) < 2 || len(expressions) != len(sources) {
		return p, nil
	}
	p.conjuncts = make([]part, len(sources))
	for i, expression := range expressions {
		if p.conjuncts[i], err = e.plan(checked, expression, sources[i], places); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// part is an expression, or a conjunct of one, ready to be evaluated.
type part struct {
	source       string
	fields       []string // that it reads, sorted
	id           bool     // it reads the record's id
	alternatives int      // operands of ||, 1 if it has none
	places       map[int64]site
	program      cel.Program
}

func (e *Env) plan(checked *ast.AST, expression ast.Expr, source string, places map[int64]site) (part, error) {
	tree := ast.NewCheckedAST(ast.NewAST(expression, checked.SourceInfo()), checked.TypeMap(), checked.ReferenceMap())
	program, err := e.env.PlanProgram(tree, cel.EvalOptions(cel.OptOptimize), cel.CostTracking(steps{}), cel.CostLimit(maxSteps))
	if err != nil {
		problem := runtimeProblem(err, places) // of a part that reads no field
		problem.Code = CodeType
		return part{}, problem
	}
	p := part{
		source:       source,
		alternatives: len(operands(expression, operators.LogicalOr)),
		places:       places,
		program:      program,
	}
	ast.PreOrderVisit(expression, ast.NewExprVisitor(func(n ast.Expr) {
		switch n.Kind() {
		case ast.IdentKind:
			p.id = p.id || n.AsIdent() == "id"
		case ast.SelectKind:
			if isRecord(n.AsSelect().Operand()) {
				p.fields = append(p.fields, n.AsSelect().FieldName())
			}
		case ast.CallKind:
			if args := n.AsCall().Args(); n.AsCall().FunctionName() == operators.OptSelect && isRecord(args[0]) {
				field, _ := textLiteral(args[1])
				p.fields = append(p.fields, field)
			}
		}
	}))
	slices.Sort(p.fields)
	p.fields = slices.Compact(p.fields)
	return p, nil
}

// isRecord reports whether a rewritten expression is the record.
func isRecord(e ast.Expr) bool { return e.Kind() == ast.IdentKind && e.AsIdent() == "record" }

// operands are those that an associative operator joins, in order; of another
// expression, itself.
func operands(e ast.Expr, operator string) []ast.Expr {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != operator {
		return []ast.Expr{e}
	}
	var all []ast.Expr
	for _, arg := range e.AsCall().Args() {
		all = append(all, operands(arg, operator)...)
	}
	return all
}
