package expr

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/types/ref"
	"github.com/shopspring/decimal"
)

// parseNumber reads the text of a JSON number. The problem, where there is
// one, continues a sentence that begins with the text.
func parseNumber(text string) (v ref.Val, problem string) {
	if len(text) > 4*maxNumberText {
		return nil, "is not a number"
	}
	text = strings.TrimSpace(text)
	if d, ok := parseSimple(text); ok {
		return d.value(), ""
	}
	if text == "" || !json.Valid([]byte(text)) || !strings.ContainsRune("-0123456789", rune(text[0])) {
		return nil, "is not a number; write it without separators or units, such as 75000.50"
	}
	if len(text) > maxNumberText {
		return nil, "has too many digits"
	}
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		if e, err := strconv.Atoi(text[i+1:]); err != nil || e > 100 || e < -100 {
			return nil, "is too large or too small a number"
		}
	}
	x, err := decimal.NewFromString(text)
	switch {
	case err != nil:
		return nil, "is not a number"
	case x.Abs().GreaterThan(limit):
		return nil, "is larger than 1e18"
	case !x.Equal(x.Truncate(places)):
		return nil, "has more than 9 decimals"
	}
	return rounded(x), ""
}

// parseSimple reads what nearly all numbers look like: up to 18 digits, and
// up to 9 more behind a point.
func parseSimple(text string) (amount, bool) {
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	if whole == "" || len(whole) > 18 || (whole[0] == '0' && len(whole) > 1) || point != (fraction != "") || len(fraction) > places {
		return amount{}, false
	}
	var d amount
	for _, c := range []byte(whole) {
		if c < '0' || c > '9' {
			return amount{}, false
		}
		d.whole = d.whole*10 + int64(c-'0')
	}
	for i := range places {
		c := byte('0')
		if i < len(fraction) {
			c = fraction[i]
		}
		if c < '0' || c > '9' {
			return amount{}, false
		}
		d.nanos = d.nanos*10 + int32(c-'0')
	}
	if negative {
		d.whole, d.nanos = -d.whole, -d.nanos
	}
	return d, true
}

// fromFloat takes a binary float for the shortest decimal that it stands for.
func fromFloat(f float64) (ref.Val, string) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, "is not a number"
	}
	return parseNumber(strconv.FormatFloat(f, 'g', -1, 64))
}
