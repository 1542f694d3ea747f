package expr

import (
	"regexp"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
)

var numberText = regexp.MustCompile(`^-?[0-9]*\.?[0-9]*(?:[eE][+-]?[0-9]+)?`)

func (r *rewriter) visitLiteral(e ast.Expr) {
	switch v := e.AsLiteral().(type) {
	case types.Int:
		if v > maxWhole || v < -maxWhole {
			r.fail(e, CodeType, "%d is larger than 1e18", v)
		}
	case types.Uint:
		r.fail(e, CodeType, "write %d without the u", v)
	case types.Bytes:
		r.fail(e, CodeType, "write the text without the b before its quotes")
	case types.Double:
		n, problem := parseNumber(r.writtenNumber(e, float64(v)))
		if problem != "" {
			r.fail(e, CodeType, "%s %s", strconv.FormatFloat(float64(v), 'g', -1, 64), problem)
			return
		}
		e.SetKindCase(r.NewLiteral(e.ID(), n))
	}
}

// writtenNumber is the source of a literal, from which the parser has made
// the float f. Its digits count, of which a float keeps only about 16.
func (r *rewriter) writtenNumber(e ast.Expr, f float64) string {
	characters := []rune(r.source)
	if at, ok := r.info.GetOffsetRange(e.ID()); ok && int(at.Start) < len(characters) {
		text := numberText.FindString(string(characters[at.Start:min(int(at.Start)+2*maxNumberText, len(characters))]))
		whole, sign := strings.TrimPrefix(text, "-"), ""
		if f < 0 {
			sign = "-"
		}
		if g, err := strconv.ParseFloat(sign+whole, 64); err == nil && g == f {
			whole = strings.TrimLeft(whole, "0")
			if whole == "" || whole[0] < '0' || whole[0] > '9' {
				whole = "0" + whole // the form of JSON
			}
			return sign + whole
		}
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// visitArguments checks what can be checked of a call before there is a
// record: literal dates, lengths of time and patterns, which it compiles.
func (r *rewriter) visitArguments(e ast.Expr, call ast.CallExpr) {
	args := call.Args()
	if r.err != nil || len(args) == 0 {
		return
	}
	last := args[len(args)-1]
	text, isText := textLiteral(last)
	switch call.FunctionName() {
	case overloads.Matches:
		if !isText {
			r.fail(last, CodeType, "matches needs its pattern as a text in quotes")
			return
		}
		p, problem := compilePattern(text)
		if problem != "" {
			r.fail(last, CodeType, "%s", problem)
			return
		}
		last.SetKindCase(r.NewLiteral(last.ID(), p))
	case "date", overloads.TypeConvertTimestamp:
		if _, problem := parseDate(text); isText && problem != "" {
			r.fail(last, CodeType, "%s %s", quote(text), problem)
		}
	case "orValue":
		if t := call.Target(); call.IsMemberFunction() && t.Kind() == ast.SelectKind && isRecord(t.AsSelect().Operand()) {
			r.fail(e, CodeType, "orValue() needs a question mark before the field's name, as in record.?contact_title.orValue(…)")
		}
	case overloads.TypeConvertDuration:
		if isText && types.IsError(types.String(text).ConvertToType(types.DurationType)) {
			r.fail(last, CodeType, `%s is not a length of time; write it as "36h" or "90m"`, quote(text))
		}
	}
}

func textLiteral(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	text, ok := e.AsLiteral().(types.String)
	return string(text), ok
}

func isNull(e ast.Expr) bool {
	return e.Kind() == ast.LiteralKind && e.AsLiteral() == types.NullValue
}
