package expr

import (
	"cmp"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// Functions that guardKeys puts into a checked expression. No source can write
// their names.
const (
	inOrder = "@in_order" // of an object, its keys in order; any other value as it is
	asKey   = "@as_key"   // its operand; a call, so that the length of a key counts
)

// keyFunctions declares them.
func keyFunctions() []cel.EnvOption {
	overload := func(id string) cel.FunctionOpt { return cel.Overload(id, []*cel.Type{cel.DynType}, cel.DynType) }
	return []cel.EnvOption{
		cel.Function(inOrder, overload(inOrder), cel.SingletonUnaryBinding(func(v ref.Val) ref.Val {
			object, ok := v.(traits.Mapper)
			if !ok {
				return v
			}
			keys, problem := sortedKeys(object)
			if problem != nil {
				return types.WrapErr(problem)
			}
			return types.NewRefValList(adapter{}, keys)
		})),
		cel.Function(asKey, overload(asKey), cel.SingletonUnaryBinding(func(v ref.Val) ref.Val { return v })),
	}
}

// guardKeys changes a checked expression in place:
//
//	object.map(k, …)         loops over @in_order(object), as Go's maps have no order of their own
//	{text: 1}, object[text]  use @as_key(text), as hashing a key takes as long as it is
//
// It comes after the check, so that lists and literal keys, known by then, are
// left alone and no message speaks of these functions.
func guardKeys(checked *ast.AST) {
	g := keyGuard{ast.NewExprFactory(), checked, ast.MaxID(checked)}
	ast.PostOrderVisit(checked.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.ComprehensionKind:
			loop := e.AsComprehension()
			if g.mayBe(loop.IterRange(), types.MapKind) {
				g.wrap(inOrder, loop.IterRange())
			}
		case ast.MapKind:
			for _, entry := range e.AsMap().Entries() {
				g.key(entry.AsMapEntry().Key())
			}
		case ast.CallKind:
			call := e.AsCall()
			if name := call.FunctionName(); name == operators.Index || name == operators.OptIndex {
				g.key(call.Args()[1])
			}
		}
	}))
}

type keyGuard struct {
	ast.ExprFactory
	checked *ast.AST
	lastID  int64 // given to a node
}

// mayBe reports whether e is of a kind, or of one known only with the record.
func (g *keyGuard) mayBe(e ast.Expr, kind types.Kind) bool {
	k := g.checked.GetType(e.ID()).Kind()
	return k == kind || k == types.DynKind || k == types.TypeParamKind
}

func (g *keyGuard) key(e ast.Expr) {
	if e.Kind() != ast.LiteralKind && g.mayBe(e, types.StringKind) {
		g.wrap(asKey, e)
	}
}

// wrap makes e a call of function on what it was, which moves to a new id with
// its type, its reference and its place.
func (g *keyGuard) wrap(function string, e ast.Expr) {
	g.lastID++
	inner := g.NewUnspecifiedExpr(g.lastID)
	inner.SetKindCase(e)
	g.checked.SetType(inner.ID(), g.checked.GetType(e.ID()))
	if reference, ok := g.checked.ReferenceMap()[e.ID()]; ok {
		g.checked.SetReference(inner.ID(), reference)
	}
	if at, ok := g.checked.SourceInfo().GetOffsetRange(e.ID()); ok {
		g.checked.SourceInfo().SetOffsetRange(inner.ID(), at)
	}
	e.SetKindCase(g.NewCall(e.ID(), function, inner))
	g.checked.SetType(e.ID(), types.DynType)
	g.checked.SetReference(e.ID(), ast.NewFunctionReference(function))
}

// sortedKeys are the keys of an object: true and false, then numbers, then
// texts, each kind in its order.
func sortedKeys(object traits.Mapper) ([]ref.Val, *Error) {
	keys := make([]ref.Val, 0, length(object))
	for it := object.Iterator(); it.HasNext() == types.True; {
		key := it.Next()
		if rank(key) == 0 {
			return nil, failed("the keys of an object must be texts")
		}
		keys = append(keys, key)
	}
	slices.SortFunc(keys, compareKeys)
	return keys, nil
}

func compareKeys(a, b ref.Val) int {
	if order := cmp.Compare(rank(a), rank(b)); order != 0 {
		return order
	}
	switch x := a.(type) {
	case types.String:
		return cmp.Compare(x, b.(types.String))
	case types.Bool:
		return int(x.Compare(b).(types.Int))
	}
	x, _ := parts(a)
	y, _ := parts(b)
	return compare(x, y)
}

// rank orders the kinds of keys; 0 for one that has no order.
func rank(key ref.Val) int {
	switch key.(type) {
	case types.Bool:
		return 1
	case types.Int, amount:
		return 2
	case types.String:
		return 3
	}
	return 0
}
