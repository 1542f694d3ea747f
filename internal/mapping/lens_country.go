package mapping

import (
	"strings"

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
	code := countries.ByName(strings.TrimSpace(text))
	if code == countries.Unknown || code > lastCountry {
		return appendText(dst, text), &fault{InvalidCountry, excerpt(text) + " is no country that is known, so it is sent as typed", true}
	}
	return appendText(dst, l.write(code)), nil
}

func (countryLens) backward(crm any, _ []any) ([]any, *fault) { return textBack(crm) }
