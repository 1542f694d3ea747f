package expr

import (
	"reflect"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"github.com/shopspring/decimal"
)

// Bounds of a number, those of the mapping.
const (
	maxWhole      = 1_000_000_000_000_000_000 // 1e18, itself allowed
	places        = 9                         // behind the point
	nano          = 1_000_000_000             // 10^places
	maxNumberText = 64                        // bytes of a literal
)

// amount is a number with a fraction: whole + nanos/1e9, both of one sign,
// nanos never 0. A number without one is a types.Int, so that each number has
// one form, equality is that of the forms, and library functions that take a
// position or a count get the integer that they expect.
//
// To the type checker both are "int", the only type of number there is here.
type amount struct {
	whole int64
	nanos int32
}

// parts splits a number of either form.
func parts(v ref.Val) (amount, bool) {
	switch n := v.(type) {
	case types.Int:
		return amount{whole: int64(n)}, true
	case amount:
		return n, true
	}
	return amount{}, false
}

// value gives d its one form, or an error value beyond the bounds.
func (d amount) value() ref.Val {
	if d.whole > maxWhole || d.whole < -maxWhole ||
		(d.whole == maxWhole && d.nanos > 0) || (d.whole == -maxWhole && d.nanos < 0) {
		return types.WrapErr(failed("the result is larger than 1e18"))
	}
	if d.nanos == 0 {
		return types.Int(d.whole)
	}
	return d
}

// exact is d for the operations that need more than 64 bits.
func (d amount) exact() decimal.Decimal {
	return decimal.New(d.whole, 0).Add(decimal.New(int64(d.nanos), -places))
}

var limit = decimal.New(1, 18)

// rounded gives an amount its form, rounded to 9 places, half away from zero.
func rounded(x decimal.Decimal) ref.Val {
	x = x.Round(places)
	if x.Abs().GreaterThan(limit) {
		return types.WrapErr(failed("the result is larger than 1e18"))
	}
	whole := x.IntPart()
	return amount{whole, int32(x.Sub(decimal.New(whole, 0)).Shift(places).IntPart())}.value()
}

// String is the plain text of the number: no exponent, no trailing zeros.
func (d amount) String() string {
	sign, whole, nanos := "", d.whole, int64(d.nanos)
	if whole < 0 || nanos < 0 {
		sign, whole, nanos = "-", -whole, -nanos
	}
	fraction := strconv.FormatInt(nano+nanos, 10)[1:]
	return sign + strconv.FormatInt(whole, 10) + "." + strings.TrimRight(fraction, "0")
}

// Equal implements ref.Val. An integer is never equal, having no fraction.
func (d amount) Equal(other ref.Val) ref.Val {
	o, ok := other.(amount)
	return types.Bool(ok && o == d)
}

// Type implements ref.Val.
func (d amount) Type() ref.Type { return types.IntType }

// Value implements ref.Val.
func (d amount) Value() any { return d }

// ConvertToNative implements ref.Val; no native type holds an amount.
func (d amount) ConvertToNative(t reflect.Type) (any, error) {
	return nil, failed("%s is not a whole number", d)
}

// ConvertToType implements ref.Val: to text, and to a whole number towards 0.
func (d amount) ConvertToType(t ref.Type) ref.Val {
	switch t {
	case types.StringType:
		return types.String(d.String())
	case types.IntType:
		return types.Int(d.whole)
	}
	return types.WrapErr(failed("a number cannot be turned into %s", kindOfType(t.TypeName())))
}
