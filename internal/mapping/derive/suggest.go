package derive

import (
	"fmt"
	"slices"
	"strings"

	"sendtocrm/internal/mapping"
)

// source says which host fields fill a target, where that is more than one.
type source struct {
	from      []string
	transform string
	options   map[string]any
	says      string
}

// sources are the host fields of a pairing: both names for a full name, the
// whole address for a field that takes it in one, and the domain for want of
// a website where the CRM has no field for domains. used are the host fields
// that fill something; what a source adds is used from then on.
func sources(object string, p *pairing, used map[string]bool) source {
	name := p.host.Name
	plain := source{from: []string{name}, transform: p.fit.transform, options: p.fit.options, says: p.fit.says}
	switch {
	case name == fullName:
		return source{from: []string{"contact_first_name", "contact_last_name"}, transform: "join", says: "the CRM has one field for both names"}
	case name == "company_website" && p.fit.transform == "copy" && !used["company_domain"]:
		used["company_domain"] = true
		return source{from: []string{name, "company_domain"}, transform: "first", says: "the domain stands in for a company without one, since the CRM has no field for it"}
	case strings.HasSuffix(name, "_address_country") && p.fit.transform == "copy" && p.wantsCode():
		plain.transform, plain.options = "country", map[string]any{"format": "alpha2"}
		plain.says = "the CRM takes the country's code, so the name is sent as its two letters"
	case p.match.whole && p.fit.transform == "copy":
		return wholeAddress(object, plain, used)
	}
	return plain
}

// wantsCode reports whether the target's name asks for a code.
func (p *pairing) wantsCode() bool {
	return slices.Contains(p.target.all, "code") || slices.Contains(p.target.all, "iso")
}

// wholeAddress joins the parts of an address that have no field of their own.
func wholeAddress(object string, street source, used map[string]bool) source {
	from := []string{object + "_address_street"}
	for _, place := range []string{"_address_city", "_address_state", "_address_postal", "_address_country"} {
		if name := object + place; !used[name] {
			from = append(from, name)
		}
	}
	if len(from) < 5 {
		return street
	}
	for _, name := range from {
		used[name] = true
	}
	return source{from: from, transform: "join", options: map[string]any{"separator": ", "}, says: "the CRM has one field for the whole address"}
}

func (p *pairing) suggestion(s source) Suggestion {
	t := p.target
	sentence := fmt.Sprintf("%s%s means %s; %s.", named(t.key), p.match.as, strings.ToLower(p.host.Label), s.says)
	if p.host.Label == "" {
		sentence = fmt.Sprintf("%s%s means %s; %s.", named(t.key), p.match.as, shortened(p.host.Name), s.says)
	}
	if t.Required {
		sentence += " The CRM requires it."
	}
	return Suggestion{
		Rule: mapping.Rule{
			To: t.Path, From: s.from, Transform: s.transform, Options: s.options, ValueMap: p.fit.values,
			OnCreate: mapping.Always, OnUpdate: mapping.Always, Required: t.Required, Enabled: true, Origin: mapping.OriginDerived,
		},
		Confidence: p.confidence, Reason: sentence,
	}
}

// named is a key as it is, or in quotes where it is no plain name.
func named(key string) string {
	for _, r := range key {
		if r != '_' && r != '-' && r != '.' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return quoted(key)
		}
	}
	return shortened(key)
}

// constants propose the one value that a required field can have.
func constants(all []target, filled map[string]bool) []Suggestion {
	var out []Suggestion
	for i := range all {
		t := &all[i]
		if !t.Required || filled[t.Path] || t.ReadOnly || len(t.Enum) != 1 || strings.TrimSpace(scalar(t.Enum[0])) == "" {
			continue
		}
		out = append(out, Suggestion{
			Rule: mapping.Rule{
				To: t.Path, From: []string{}, Transform: "copy", Default: t.Enum[0], OnCreate: mapping.Always, OnUpdate: mapping.Always,
				Required: true, Enabled: true, Origin: mapping.OriginDerived,
			},
			Confidence: .9,
			Reason:     fmt.Sprintf("%s can only be %s. The CRM requires it.", named(t.key), quoted(scalar(t.Enum[0]))),
		})
	}
	return slices.Clip(out)
}
