package mapping

import (
	"encoding/json"

	"github.com/shopspring/decimal"
)

// numberLens sends an exact decimal in its canonical form.
type numberLens struct {
	whole  bool // refuse a fraction
	quoted bool // as text, for CRMs whose values are all texts
}

func newNumber(*options, target) lens        { return numberLens{} }
func newInteger(*options, target) lens       { return numberLens{whole: true} }
func newDecimalString(*options, target) lens { return numberLens{quoted: true} }

func (l numberLens) read(v any) (string, *fault) {
	if l.whole {
		return wholeNumber(v)
	}
	return number(v)
}

func (l numberLens) forward(dst []byte, in *sources) ([]byte, *fault) {
	text, f := l.read(in.values[0])
	if f != nil {
		return dst, f
	}
	if l.quoted {
		return appendText(dst, text), nil
	}
	return append(dst, text...), nil
}

func (l numberLens) backward(crm any, current []any) ([]any, *fault) {
	text, f := l.read(crm)
	if f != nil {
		return nil, f
	}
	return []any{hostNumber(text, current[0])}, nil
}

// hostNumber is a number in the form that the host uses for the field: text
// where it was text before, else a JSON number.
func hostNumber(text string, current any) any {
	if _, ok := current.(string); ok {
		return text
	}
	return json.Number(text)
}

// centsLens sends an amount as a count of the currency's smallest unit, half
// a unit rounded away from zero.
type centsLens struct {
	places int
}

func newCents(o *options, _ target) lens { return centsLens{o.whole("places", 2, 0, 4)} }

func (l centsLens) forward(dst []byte, in *sources) ([]byte, *fault) {
	text, f := number(in.values[0])
	if f != nil {
		return dst, f
	}
	amount, err := decimal.NewFromString(text)
	if err != nil {
		return dst, faulty(InvalidNumber, excerpt(text)+" is not a number")
	}
	return append(dst, amount.Shift(int32(l.places)).Round(0).String()...), nil
}

func (l centsLens) backward(crm any, current []any) ([]any, *fault) {
	text, ok := textOf(crm)
	if !ok {
		return nil, faulty(InvalidNumber, "a number is expected, but the CRM holds "+describe(crm))
	}
	text, f := canonical(text, maxDigits+l.places)
	if f != nil {
		return nil, f
	}
	amount, err := decimal.NewFromString(text)
	if err != nil || !amount.IsInteger() {
		return nil, faulty(InvalidNumber, shorten(text)+" is not a whole number of the smallest unit")
	}
	return []any{hostNumber(amount.Shift(int32(-l.places)).String(), current[0])}, nil
}
