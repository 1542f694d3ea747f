package expr

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
)

// Type is the kind of a record's field.
type Type string

// The kinds of fields, and how they appear in an expression.
const (
	String  Type = "string"  // text
	Number  Type = "number"  // an exact decimal; text that holds one counts
	Integer Type = "integer" // the same, without a fraction
	Bool    Type = "bool"    // true or false, or their text
	Date    Type = "date"    // a moment; from 2026-01-31 or RFC 3339
	List    Type = "list"    // a list of anything
	Dyn     Type = "dyn"     // whatever the record holds
)

// Bounds of a source.
const (
	MaxSource  = 4096 // bytes
	maxNesting = 250  // brackets, calls and operands of + within each other
	maxNodes   = 2000 // of the syntax tree, expanded macros included
)

// Env compiles expressions over records with certain fields. It is immutable
// and safe for concurrent use. Making one takes milliseconds: make it once.
type Env struct{ env *cel.Env }

// New makes an Env for records with these fields. Every other field name is
// allowed in expressions too, and is Dyn. The error is an *Error with the
// code "type" for a type that is not one of the above.
func New(fields map[string]Type) (*Env, error) {
	provider, problem := newProvider(fields)
	if problem != nil {
		return nil, problem
	}
	options := []cel.EnvOption{
		cel.CustomTypeProvider(provider),
		cel.CustomTypeAdapter(adapter{}),
		cel.StdLib(cel.StdLibSubset(replaced())),
		cel.OptionalTypes(),
		cel.EnableHiddenAccumulatorName(true),
		cel.EnableIdentifierEscapeSyntax(),
		cel.ParserErrorRecoveryLimit(1),
		cel.ParserRecursionLimit(maxNesting),
		cel.ParserExpressionSizeLimit(MaxSource),
		cel.ExpressionNodeLimit(maxNodes),
		cel.Variable("record", cel.ObjectType(recordType)),
		cel.Variable("id", cel.StringType),
	}
	options = append(options, operations()...)
	options = append(options, dates()...)
	options = append(options, texts()...)
	options = append(options, conversions()...)
	options = append(options, keyFunctions()...)
	e, err := cel.NewCustomEnv(options...)
	if err != nil {
		return nil, failed("the expression language cannot be set up: %v", err)
	}
	return &Env{e}, nil
}

// replaced names what is left out of the standard library: what is declared
// anew for numbers, texts and dates, size, whose errors the library shares
// between evaluations, binary floats, unsigned numbers and bytes, which no
// record holds, types as values, and clock times in named zones, whose rules
// change with the machine.
func replaced() *env.LibrarySubset {
	var out []*env.Function
	for _, name := range []string{
		operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Modulo, operators.Negate,
		operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals,
		overloads.Size, overloads.Matches, overloads.TypeConvertDouble, overloads.TypeConvertUint, overloads.TypeConvertBytes, overloads.TypeConvertType,
	} {
		out = append(out, env.NewFunction(name))
	}
	for name, zoned := range map[string]string{
		overloads.TimeGetFullYear:     overloads.TimestampToYearWithTz,
		overloads.TimeGetMonth:        overloads.TimestampToMonthWithTz,
		overloads.TimeGetDayOfYear:    overloads.TimestampToDayOfYearWithTz,
		overloads.TimeGetDayOfMonth:   overloads.TimestampToDayOfMonthZeroBasedWithTz,
		overloads.TimeGetDate:         overloads.TimestampToDayOfMonthOneBasedWithTz,
		overloads.TimeGetDayOfWeek:    overloads.TimestampToDayOfWeekWithTz,
		overloads.TimeGetHours:        overloads.TimestampToHoursWithTz,
		overloads.TimeGetMinutes:      overloads.TimestampToMinutesWithTz,
		overloads.TimeGetSeconds:      overloads.TimestampToSecondsWithTz,
		overloads.TimeGetMilliseconds: overloads.TimestampToMillisecondsWithTz,
	} {
		out = append(out, env.NewFunction(name, env.NewOverload(zoned, nil, nil)))
	}
	out = append(out, env.NewFunction(overloads.TypeConvertString, env.NewOverload(overloads.TimestampToString, nil, nil)))
	return env.NewLibrarySubset().AddExcludedFunctions(out...)
}
