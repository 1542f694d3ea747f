package expr

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/ext"
)

// Bounds of work on texts.
const (
	maxText         = 64 << 10 // bytes of a result, and of what replace and join make
	maxInstructions = 1000     // of a compiled pattern
	maxMatchSteps   = 1 << 20  // instructions times bytes of one match
)

// texts declares the functions on texts: the library's first version, which
// has none that formats, with replace and join bound by what they would make,
// and matches with a pattern that is compiled once.
func texts() []cel.EnvOption {
	text := cel.StringType
	match := cel.SingletonBinaryBinding(matches)
	return []cel.EnvOption{
		ext.Strings(ext.StringsVersion(0)),
		cel.Function("replace",
			cel.MemberOverload("string_replace_string_string", []*cel.Type{text, text, text}, text,
				cel.FunctionBinding(func(args ...ref.Val) ref.Val { return replace(args, -1) })),
			cel.MemberOverload("string_replace_string_string_int", []*cel.Type{text, text, text, cel.IntType}, text,
				cel.FunctionBinding(func(args ...ref.Val) ref.Val {
					n, ok := args[3].(types.Int)
					if !ok {
						return types.WrapErr(failed("replace needs a whole number as its last value"))
					}
					return replace(args, int(max(n, -1)))
				}))),
		cel.Function("join",
			cel.MemberOverload("list_join", []*cel.Type{cel.ListType(text)}, text,
				cel.UnaryBinding(func(list ref.Val) ref.Val { return join(list, "") })),
			cel.MemberOverload("list_join_string", []*cel.Type{cel.ListType(text), text}, text,
				cel.BinaryBinding(func(list, separator ref.Val) ref.Val {
					return join(list, string(separator.(types.String)))
				}))),
		cel.Function(overloads.Matches,
			cel.Overload(overloads.Matches, []*cel.Type{text, text}, cel.BoolType),
			cel.MemberOverload(overloads.MatchesString, []*cel.Type{text, text}, cel.BoolType),
			match),
	}
}

func replace(args []ref.Val, n int) ref.Val {
	s, old, with := string(args[0].(types.String)), string(args[1].(types.String)), string(args[2].(types.String))
	found := strings.Count(s, old)
	if n >= 0 {
		found = min(found, n)
	}
	if len(s)+found*(len(with)-len(old)) > max(maxText, len(s)) {
		return types.WrapErr(tooCostly("replace would make a text of more than 64 KiB"))
	}
	return types.String(strings.Replace(s, old, with, n))
}

func join(list ref.Val, separator string) ref.Val {
	l, ok := list.(traits.Lister)
	if !ok {
		return types.WrapErr(failed("join works on a list of texts, not on %s", kindOf(list)))
	}
	var b strings.Builder
	for it, first := l.Iterator(), true; it.HasNext() == types.True; first = false {
		v := it.Next()
		part, ok := v.(types.String)
		if types.IsError(v) {
			return v
		}
		if !ok {
			return types.WrapErr(failed("join needs a list of texts, but the list holds %s", kindOf(v)))
		}
		if !first {
			b.WriteString(separator)
		}
		if b.Len()+len(separator)+len(part) > maxText {
			return types.WrapErr(tooCostly("join would make a text of more than 64 KiB"))
		}
		b.WriteString(string(part))
	}
	return types.String(b.String())
}

// pattern is the literal second operand of matches, compiled. To the type
// checker it is the text that it was.
type pattern struct {
	ref.Val
	re           *regexp.Regexp
	instructions int
}

func compilePattern(source string) (*pattern, string) {
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		reason := ""
		if fault := (*syntax.Error)(nil); errors.As(err, &fault) {
			reason = ": " + fault.Code.String()
		}
		return nil, "the pattern " + quote(source) + " is not a regular expression" + reason
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil || len(program.Inst) > maxInstructions {
		return nil, "the pattern " + quote(source) + " repeats too much; use smaller counts in braces"
	}
	re, err := regexp.Compile(source)
	if err != nil {
		return nil, "the pattern " + quote(source) + " is not a regular expression"
	}
	return &pattern{types.String(source), re, len(program.Inst)}, ""
}

func matches(v, with ref.Val) ref.Val {
	s, isText := v.(types.String)
	p, ok := with.(*pattern)
	switch {
	case !isText || !ok:
		return types.WrapErr(failed("matches works on text, not on %s", kindOf(v)))
	case len(s)*p.instructions > maxMatchSteps:
		return types.WrapErr(tooCostly("the text is too long to be matched with this pattern"))
	case !utf8.ValidString(string(s)):
		return types.False
	}
	return types.Bool(p.re.MatchString(string(s)))
}
