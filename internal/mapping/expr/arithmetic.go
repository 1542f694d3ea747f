package expr

import (
	"math/bits"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

func add(a, b amount) ref.Val {
	if beyond(a) || beyond(b) {
		return a.outOfBounds()
	}
	whole, nanos := a.whole+b.whole, int64(a.nanos)+int64(b.nanos)
	whole, nanos = whole+nanos/nano, nanos%nano
	switch {
	case whole > 0 && nanos < 0:
		whole, nanos = whole-1, nanos+nano
	case whole < 0 && nanos > 0:
		whole, nanos = whole+1, nanos-nano
	}
	return amount{whole, int32(nanos)}.value()
}

func subtract(a, b amount) ref.Val {
	if beyond(b) {
		return b.outOfBounds()
	}
	return add(a, amount{-b.whole, -b.nanos})
}

func multiply(a, b amount) ref.Val {
	if a.nanos == 0 && b.nanos == 0 {
		if high, low := bits.Mul64(magnitude(a.whole), magnitude(b.whole)); high != 0 || low > maxWhole {
			return a.outOfBounds()
		}
		return types.Int(a.whole * b.whole)
	}
	return rounded(a.exact().Mul(b.exact()))
}

func divide(a, b amount) ref.Val {
	if b == (amount{}) {
		return types.WrapErr(failed("a division by zero has no result"))
	}
	return rounded(a.exact().DivRound(b.exact(), places))
}

func modulo(a, b amount) ref.Val {
	switch {
	case b == (amount{}):
		return types.WrapErr(failed("a division by zero has no remainder"))
	case a.nanos != 0 || b.nanos != 0:
		return types.WrapErr(failed("\"%%\" needs whole numbers"))
	}
	return types.Int(a.whole % b.whole)
}

func compare(a, b amount) int {
	switch {
	case a == b:
		return 0
	case a.whole < b.whole, a.whole == b.whole && a.nanos < b.nanos:
		return -1
	}
	return 1
}

func beyond(d amount) bool { return magnitude(d.whole) > maxWhole }

func (d amount) outOfBounds() ref.Val { return amount{whole: maxWhole, nanos: 1}.value() }

func magnitude(i int64) uint64 {
	if i < 0 {
		return -uint64(i)
	}
	return uint64(i)
}
