package expr

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

// visitRecordCall rewrites the operators that stand for the selection of a
// field or a test for it, and reports whether e was one.
func (r *rewriter) visitRecordCall(e ast.Expr, function string, args []ast.Expr) bool {
	if len(args) != 2 {
		return false
	}
	holder, name := args[0], args[1]
	if function == operators.In {
		holder, name = name, holder
	}
	switch function {
	case operators.Index, operators.OptIndex, operators.OptSelect, operators.In:
		if !r.isRecord(holder) {
			return false
		}
		field, ok := textLiteral(name)
		if !ok {
			r.fail(name, CodeType, `a field of the record must be named by a text in quotes, such as record["contact_email"]`)
			return true
		}
		switch function {
		case operators.Index:
			e.SetKindCase(r.NewSelect(e.ID(), holder, field))
		case operators.OptIndex:
			e.SetKindCase(r.NewCall(e.ID(), operators.OptSelect, holder, name))
		case operators.In:
			e.SetKindCase(r.NewPresenceTest(e.ID(), holder, field))
		}
		return true
	case operators.Equals, operators.NotEquals:
		if isNull(args[0]) {
			holder, name = name, holder
		}
		if !isNull(name) {
			return false
		}
		r.visitRecordIndex(holder)
		if holder.Kind() != ast.SelectKind || holder.AsSelect().IsTestOnly() || !r.isRecord(holder.AsSelect().Operand()) {
			return false
		}
		test := r.NewPresenceTest(holder.ID(), holder.AsSelect().Operand(), holder.AsSelect().FieldName())
		if function == operators.NotEquals {
			e.SetKindCase(test)
			return true
		}
		e.SetKindCase(r.NewCall(e.ID(), operators.LogicalNot, test))
		return true
	}
	return false
}

// visitRecordIndex turns record["x"] into record.x before a comparison looks
// at it.
func (r *rewriter) visitRecordIndex(e ast.Expr) {
	if e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.Index {
		r.visitRecordCall(e, operators.Index, e.AsCall().Args())
	}
}
