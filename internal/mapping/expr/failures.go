package expr

import (
	"errors"
	"regexp"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/interpreter"
)

const (
	stoppedMessage = "the expression takes too many steps for this record, and was stopped"
	failedMessage  = "the expression cannot be evaluated for this record"
)

// Messages of an evaluation.
var runtimePhrases = []phrase{
	say(`index out of range: (-?\d{1,20})`, "the text has no position $1; the first is 0"),
	say(`.*expr\.amount`, "a position or a count must be a whole number"),
	say(`no such overload|unsupported|.*interface conversion`, "a function does not fit the value that it meets"),
	say(`type conversion error from 'string' to 'int'`, "the text holds no whole number; number(…) reads fractions too"),
	say(`type conversion error from .* to 'bool'`, "the text is neither true nor false"),
	say(`.*(?:timestamp|parsing time)`, `the text is no moment such as 2026-01-31T17:00:00Z; date("2026-01-31") reads a day`),
	say(`(?i).*duration`, `the text is no length of time such as "36h" or "90m"`),
	say(`optional\.none\(\) dereference`, "value() was asked for a value that is missing; orValue(…) says what counts then"),
	say(`.*range error|.*overflow`, "the number is too large"),
}

// site is what an error tells about the part of the expression that failed.
type site struct {
	line, column int
	field        string // of the record, that the part reads
}

// sites collects the places of an expression at which it can fail, by the ids
// of its nodes.
func sites(checked *ast.AST, source string) map[int64]site {
	all := map[int64]site{}
	ast.PreOrderVisit(checked.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.CallKind || e.Kind() == ast.SelectKind {
			at := place(&Error{}, checked.SourceInfo().GetStartLocation(e.ID()), source)
			all[e.ID()] = site{at.Line, at.Column, fieldBelow(e)}
		}
	}))
	return all
}

// fieldBelow is the record's field at the root of a chain of selections,
// indices and calls.
func fieldBelow(e ast.Expr) string {
	for {
		switch e.Kind() {
		case ast.SelectKind:
			if operand := e.AsSelect().Operand(); !isRecord(operand) {
				e = operand
				continue
			}
			return e.AsSelect().FieldName()
		case ast.CallKind:
			call := e.AsCall()
			switch {
			case call.FunctionName() == operators.OptSelect && isRecord(call.Args()[0]):
				field, _ := textLiteral(call.Args()[1])
				return field
			case call.IsMemberFunction():
				e = call.Target()
				continue
			case len(call.Args()) > 0:
				e = call.Args()[0]
				continue
			}
		}
		return ""
	}
}

// runtimeProblem puts an error of an evaluation in words.
func runtimeProblem(err error, places map[int64]site) *Error {
	var cancelled interpreter.EvalCancelledError
	if errors.As(err, &cancelled) && cancelled.Cause == interpreter.CostLimitExceeded {
		return tooCostly(stoppedMessage)
	}
	var at site
	if node := (*types.Err)(nil); errors.As(err, &node) {
		at = places[node.NodeID()]
	}
	problem := &Error{}
	if own := (*Error)(nil); errors.As(err, &own) {
		*problem = *own
	} else {
		problem = elsewhere(err.Error(), at)
	}
	if problem.Line == 0 {
		problem.Line, problem.Column = at.line, at.column
	}
	return problem
}

// elsewhere explains an error that is not of this package. A key or an
// element that is not there means that there is no value, as a missing field
// does.
func elsewhere(message string, at site) *Error {
	problem := failed("%s", translate(runtimePhrases, message, failedMessage))
	holder := "the value"
	if at.field != "" {
		holder = shorten(at.field)
	}
	if m := noSuchKey.FindStringSubmatch(message); m != nil {
		problem.Field, problem.Missing = at.field, true
		problem.Message = holder + " has no " + shorten(m[1])
	}
	if m := noSuchElement.FindStringSubmatch(message); m != nil {
		problem.Field, problem.Missing = at.field, true
		problem.Message = holder + " has nothing at position " + m[1] + "; the first is 0"
	}
	return problem
}

var (
	noSuchKey     = regexp.MustCompile(`(?s)^no such key: (.*)`)
	noSuchElement = regexp.MustCompile(`^index out of bounds: (-?\d{1,20})`)
)
