package expr

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/common/ast"
)

// rewriter prepares a parsed expression for the type checker:
//
//	record["x"], record[?"x"]    become record.x, record.?x, and so get x's type
//	"x" in record, record.x == null    become has(record.x), negated for ==
//	0.1                          becomes the exact decimal that was written
//	s.matches("…")               gets its pattern compiled
//
// It refuses what would make the fields that an expression reads unknowable
// (the record as a whole, a field named by a computed text), names that do not
// exist, and literals that could never be evaluated.
type rewriter struct {
	ast.ExprFactory
	info   *ast.SourceInfo
	source string
	err    *Error
}

// rewrite changes a in place.
func rewrite(a *ast.AST, source string) *Error {
	r := &rewriter{ExprFactory: ast.NewExprFactory(), info: a.SourceInfo(), source: source}
	r.visit(a.Expr(), nil)
	return r.err
}

// scope is the innermost variable of all(), map() and their like.
type scope struct {
	name  string
	outer *scope
}

func (s *scope) has(name string) bool {
	for ; s != nil; s = s.outer {
		if s.name == name {
			return true
		}
	}
	return false
}

// fail keeps the first problem, with the place of e.
func (r *rewriter) fail(e ast.Expr, code, message string, args ...any) {
	if r.err == nil {
		r.err = place(&Error{Code: code, Message: fmt.Sprintf(message, args...)}, r.info.GetStartLocation(e.ID()), r.source)
	}
}

func (r *rewriter) visit(e ast.Expr, s *scope) {
	if r.err != nil {
		return
	}
	switch e.Kind() {
	case ast.IdentKind:
		r.visitName(e, s)
	case ast.LiteralKind:
		r.visitLiteral(e)
	case ast.SelectKind:
		if operand := e.AsSelect().Operand(); !r.isRecord(operand) {
			r.visit(operand, s)
		}
	case ast.CallKind:
		r.visitCall(e, s)
	case ast.ListKind:
		for _, element := range e.AsList().Elements() {
			r.visit(element, s)
		}
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			r.visit(entry.AsMapEntry().Key(), s)
			r.visit(entry.AsMapEntry().Value(), s)
		}
	case ast.ComprehensionKind:
		r.visitLoop(e, s)
	default:
		r.fail(e, CodeSyntax, "values of named types cannot be made here")
	}
}

// isRecord reports whether e is the record, and gives it its plain name. No
// variable of a loop can hide it: visitLoop refuses them.
func (r *rewriter) isRecord(e ast.Expr) bool {
	if e.Kind() != ast.IdentKind || strings.TrimPrefix(e.AsIdent(), ".") != "record" {
		return false
	}
	e.SetKindCase(r.NewIdent(e.ID(), "record"))
	return true
}

func (r *rewriter) visitName(e ast.Expr, s *scope) {
	switch name := e.AsIdent(); {
	case s.has(name), name == "id", name == ".id":
	case r.isRecord(e):
		r.fail(e, CodeType, "record cannot be used as a whole; name one of its fields, such as record.contact_email")
	default:
		r.fail(e, CodeUnknownName, "there is no %s here; an expression knows record, with the fields such as record.contact_email, and id", quote(name))
	}
}

func (r *rewriter) visitLoop(e ast.Expr, s *scope) {
	loop := e.AsComprehension()
	inner := &scope{loop.AccuVar(), s}
	for _, name := range []string{loop.IterVar(), loop.IterVar2()} {
		if name == "record" || name == "id" {
			r.fail(e, CodeType, "the name %s is taken; call the variable something else", name)
			return
		}
		inner = &scope{name, inner}
	}
	r.visit(loop.IterRange(), s)
	r.visit(loop.AccuInit(), s)
	r.visit(loop.LoopCondition(), inner)
	r.visit(loop.LoopStep(), inner)
	r.visit(loop.Result(), inner)
}

func (r *rewriter) visitCall(e ast.Expr, s *scope) {
	call := e.AsCall()
	args := call.Args()
	if r.visitRecordCall(e, call.FunctionName(), args) {
		return
	}
	if call.IsMemberFunction() {
		// optional.of(…) is the name of a function, not of a value.
		if t := call.Target(); t.Kind() != ast.IdentKind || t.AsIdent() != "optional" || s.has("optional") {
			r.visit(t, s)
		}
	}
	for _, arg := range args {
		r.visit(arg, s)
	}
	r.visitArguments(e, call)
}
