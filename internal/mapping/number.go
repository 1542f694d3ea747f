package mapping

import (
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// Bounds of a number that is sent: every amount of money that a CRM can hold
// lies within, and an exponent cannot make the arithmetic grow.
const (
	maxNumberText = 64 // bytes of a literal
	maxDigits     = 18 // before the point; 1e18 itself is allowed
	maxDecimals   = 9  // behind the point, trailing zeros not counted
)

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// numberPrefix is the length of the JSON number at the start of s, 0 if none.
func numberPrefix(s string) int {
	i := 0
	digits := func() bool {
		start := i
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		return i > start
	}
	if i < len(s) && s[i] == '-' {
		i++
	}
	if i < len(s) && s[i] == '0' {
		i++
	} else if !digits() {
		return 0
	}
	if i < len(s) && s[i] == '.' {
		i++
		if !digits() {
			return 0
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if !digits() {
			return 0
		}
	}
	return i
}

// canonicalNumber checks a number and gives it its one plain text: no
// exponent, no trailing zeros behind the point, no negative zero. One amount
// thus has one form, whatever the host wrote.
func canonicalNumber(s string) (string, *fault) { return canonical(s, maxDigits) }

// canonical is canonicalNumber with up to 10^digits as the bound.
func canonical(s string, digits int) (string, *fault) {
	s = strings.TrimSpace(s)
	if s == "" || numberPrefix(s) != len(s) {
		return "", faulty(InvalidNumber, excerpt(s)+" is not a number; write it without separators or units, such as 75000.50")
	}
	if len(s) > maxNumberText {
		return "", faulty(OutOfRange, shorten(s)+" has too many digits")
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		exponent, err := strconv.Atoi(s[i+1:])
		if err != nil || exponent > 100 || exponent < -100 {
			return "", faulty(OutOfRange, shorten(s)+" is too large or too small to be sent")
		}
		d, err := decimal.NewFromString(s)
		if err != nil {
			return "", faulty(InvalidNumber, excerpt(s)+" is not a number")
		}
		s = d.String()
	}
	whole, fraction, _ := strings.Cut(s, ".")
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > maxDecimals {
		return "", faulty(OutOfRange, shorten(s)+" has more than "+strconv.Itoa(maxDecimals)+" decimals")
	}
	if fraction != "" {
		s = s[:len(whole)+1+len(fraction)]
	} else {
		s = whole
	}
	if beyond(strings.TrimPrefix(whole, "-"), fraction, digits) {
		return "", faulty(OutOfRange, shorten(s)+" is larger than 1e"+strconv.Itoa(digits))
	}
	if s == "-0" {
		s = "0"
	}
	return s, nil
}

// beyond reports whether an amount is larger than 10^digits.
func beyond(whole, fraction string, digits int) bool {
	if len(whole) != digits+1 {
		return len(whole) > digits
	}
	return whole[0] != '1' || strings.Trim(whole[1:], "0") != "" || fraction != ""
}

// number reads v, a number or the text of one, into its canonical text.
func number(v any) (string, *fault) {
	text, ok := v.(string)
	if !ok {
		text, ok = numberText(v)
	}
	if !ok {
		return "", faulty(InvalidNumber, "a number is needed, but it is "+describe(v))
	}
	return canonicalNumber(text)
}

// wholeNumber is number, without a fraction.
func wholeNumber(v any) (string, *fault) {
	text, f := number(v)
	if f != nil {
		return "", f
	}
	if strings.IndexByte(text, '.') >= 0 {
		return "", faulty(InvalidNumber, shorten(text)+" is not a whole number")
	}
	return text, nil
}
