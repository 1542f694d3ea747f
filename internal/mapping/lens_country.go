package mapping

import (
	"strings"
	"unicode"

	"github.com/biter777/countries"
)

// countryLens sends a country by one of its names in ISO 3166, whatever name
// or code the host uses. What comes back is the CRM's name as it is.
type countryLens struct {
	write func(countries.CountryCode) string
}

func newCountry(o *options, _ target) lens {
	switch o.choice("format", "alpha2", "alpha2", "alpha3", "name") {
	case "alpha3":
		return countryLens{countries.CountryCode.Alpha3}
	case "name":
		return countryLens{countries.CountryCode.String}
	}
	return countryLens{countries.CountryCode.Alpha2}
}

// lastCountry is the largest number of a country; beyond lie the library's
// stand-ins for none, international waters and the like.
const lastCountry = countries.XK

// forward sends what it does not know as it was typed, with a warning.
func (l countryLens) forward(dst []byte, in *sources) ([]byte, *fault) {
	text, ok := textOf(in.values[0])
	if !ok {
		return dst, faulty(WrongType, "a country is needed, but it is "+describe(in.values[0]))
	}
	code := countryOf(strings.TrimSpace(text))
	if code == countries.Unknown {
		return appendText(dst, text), &fault{InvalidCountry, excerpt(text) + " is no country that is known, so it is sent as typed", true}
	}
	return appendText(dst, l.write(code)), nil
}

// countryOf reads a name or code. The library passes over marks, which makes
// a country of "n/a" and the wrong one of "Congo (Kinshasa)": what stands in
// brackets counts only as part of the country's own name, or where the rest
// means the same without it.
func countryOf(text string) countries.CountryCode {
	code := countries.ByName(text)
	if code > lastCountry {
		return countries.Unknown
	}
	switch code.Alpha2() {
	case "AN", "BU", "CS", "DD", "FX", "NT", "SU", "TP", "YU", "ZR":
		return countries.Unknown // withdrawn
	}
	if strings.EqualFold(text, code.String()) {
		return code
	}
	rest, _, bracketed := strings.Cut(text, "(")
	switch plain := strings.ToLower(strings.Map(onlyLetters, rest)); {
	case strings.ContainsAny(text, `/\|;[]{}`), plain == "na" && text != "NA", plain == "korea", plain == "congo", plain == "ussr",
		bracketed && countries.ByName(rest) != code:
		return countries.Unknown // no answer, or no telling which
	}
	return code
}

func onlyLetters(r rune) rune {
	if unicode.IsLetter(r) {
		return r
	}
	return -1
}

func (countryLens) backward(crm any, _ []any) ([]any, *fault) { return textBack(crm) }
