package mapping

import (
	"errors"
	"regexp"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// phoneLens sends telephone numbers in one form. What comes back is the CRM's
// number as it is.
type phoneLens struct {
	country string // ISO alpha-2: where a number without + is dialled; empty: nobody knows
	code    int    // its calling code
	format  phonenumbers.PhoneNumberFormat
}

func newPhone(o *options, _ target) lens {
	l := phoneLens{country: o.text("country", ""), format: phonenumbers.E164}
	if l.country != "" {
		if l.code = phonenumbers.GetCountryCodeForRegion(l.country); l.code == 0 {
			o.fault("option country: %s is no country; write its two letters, such as US", excerpt(l.country))
		}
	}
	switch o.choice("format", "e164", "e164", "international", "national") {
	case "international":
		l.format = phonenumbers.INTERNATIONAL
	case "national":
		if l.format = phonenumbers.NATIONAL; l.country == "" {
			o.fault("option format: national needs the option country, where the numbers are dialled")
		}
	}
	return l
}

// maxPhone bounds in bytes a text that is read as a number.
const maxPhone = 200

// words are the letters that a number is written with. All others would be
// read as the digits on a telephone's keys, and turn a remark into a number.
var (
	words   = regexp.MustCompile(`(?i)^tel:|(ext\.?|extension|x)\s*\.?\s*\d{1,7}$`)
	letters = regexp.MustCompile(`\p{L}`)
)

// forward refuses what cannot be a number anywhere. A number that could be
// one, but that nobody has been given, is sent with a warning; so is, as it
// was typed, one that cannot be told without knowing its country.
func (l phoneLens) forward(dst []byte, in *sources) ([]byte, *fault) {
	text, ok := textOf(in.values[0])
	if !ok {
		return dst, faulty(WrongType, "a telephone number is needed, but it is "+describe(in.values[0]))
	}
	written := strings.TrimSpace(text)
	if len(written) > maxPhone {
		return dst, faulty(InvalidPhone, excerpt(written)+" is no telephone number")
	}
	asTyped := func(why string) ([]byte, *fault) {
		return appendText(dst, text), &fault{InvalidPhone, excerpt(written) + " " + why + ", so it is sent as typed", true}
	}
	hasDigit := strings.ContainsAny(written, "0123456789")
	if rest := words.ReplaceAllString(written, ""); hasDigit && letters.MatchString(rest) {
		return asTyped("has letters beside the number")
	}
	number, err := phonenumbers.Parse(written, l.country)
	switch {
	case errors.Is(err, phonenumbers.ErrInvalidCountryCode) && l.country == "" && !strings.ContainsAny(written, "+＋"):
		return asTyped("does not say its country; write it with + and the country's code, or set the option country of the transform phone")
	case err != nil || !phonenumbers.IsPossibleNumber(number):
		return dst, faulty(InvalidPhone, excerpt(written)+" is no telephone number")
	}
	out := l.write(number)
	if again, err := phonenumbers.Parse(out, l.country); err != nil || l.write(again) != out {
		return asTyped("has no such form")
	}
	dst = appendText(dst, out)
	switch {
	case !phonenumbers.IsValidNumber(number):
		return dst, &fault{InvalidPhone, excerpt(written) + " has the length of a telephone number, but none that is in use", true}
	case l.format == phonenumbers.E164 && number.GetExtension() != "":
		return dst, &fault{InvalidPhone, "E.164 has no place for the extension of " + excerpt(written) + ", so it is sent in the international form", true}
	}
	return dst, nil
}

// write gives a number the form. One of another country has no national form
// that could be dialled, and E.164 no place for an extension.
func (l phoneLens) write(n *phonenumbers.PhoneNumber) string {
	format := l.format
	if format == phonenumbers.NATIONAL && int(n.GetCountryCode()) != l.code || format == phonenumbers.E164 && n.GetExtension() != "" {
		format = phonenumbers.INTERNATIONAL
	}
	return phonenumbers.Format(n, format)
}

func (phoneLens) backward(crm any, _ []any) ([]any, *fault) { return textBack(crm) }

// textBack gives the host a CRM's text as it is, for transforms that only
// choose among ways of writing one thing.
func textBack(crm any) ([]any, *fault) {
	text, ok := textOf(crm)
	if !ok {
		return nil, faulty(WrongType, "text is expected, but the CRM holds "+describe(crm))
	}
	return []any{text}, nil
}
