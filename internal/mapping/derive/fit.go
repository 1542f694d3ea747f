package derive

import (
	"regexp"
	"slices"
	"strings"

	"sendtocrm/internal/mapping"
)

// fit is how a host field's values get into a field of the CRM.
type fit struct {
	factor    float64 // how well they suit it; 0: not at all
	transform string
	options   map[string]any
	values    map[string]any // the rule's value map
	says      string         // for the reason
}

// doubtful is a factor that lets nothing through.
const doubtful = .45

// suit chooses the transform between a host field and a target by their types.
func suit(host *mapping.Field, t *target) fit {
	if !formatFits(t.Format, host.Type) {
		return fit{}
	}
	if t.list != nil {
		return intoList(host, t)
	}
	if slices.Equal(t.Types, []string{"array"}) {
		return intoArray(host, t)
	}
	if slices.Equal(t.Types, []string{"object"}) {
		return fit{}
	}
	switch host.Type {
	case mapping.TypeReference:
		return suitReference(host, t)
	case mapping.TypeDate:
		return suitDate(t)
	case mapping.TypeDecimal, mapping.TypePercent, mapping.TypeInteger:
		return suitNumber(host, t)
	case mapping.TypeBoolean:
		return suitBoolean(t)
	case mapping.TypeList:
		return fit{}
	}
	return suitText(host, t)
}

func isText(kind mapping.FieldType) bool {
	switch kind {
	case mapping.TypeString, mapping.TypeEmail, mapping.TypePhone, mapping.TypeURL:
		return true
	}
	return false
}

// intoList sends a text as the one entry of a list.
func intoList(host *mapping.Field, t *target) fit {
	if !isText(host.Type) || !formatFits(t.list.value.Format, host.Type) {
		return fit{}
	}
	options := map[string]any{"key": t.list.key}
	if len(t.list.with) > 0 {
		options["with"] = t.list.with
	}
	return fit{factor: .98, transform: "list", options: options, says: "the CRM keeps a list of them, and it becomes the entry's " + shortened(t.list.key)}
}

func intoArray(host *mapping.Field, t *target) fit {
	switch {
	case len(t.Entry) > 0:
		return fit{}
	case host.Type == mapping.TypeList:
		return fit{factor: .95, transform: "copy", says: "both are lists"}
	case isText(host.Type) && (len(t.Items) == 0 || slices.Contains(t.Items, "string")):
		return fit{factor: .9, transform: "list", says: "the CRM keeps a list of them"}
	}
	return fit{}
}

func suitReference(host *mapping.Field, t *target) fit {
	says := "the CRM's id of the linked " + host.Object + " goes there"
	switch {
	case t.has("string") || len(t.Types) == 0:
		return fit{factor: 1, transform: "reference", options: map[string]any{"object": host.Object}, says: says}
	case t.has("integer") || t.has("number"):
		return fit{factor: 1, transform: "reference", options: map[string]any{"object": host.Object, "as": "integer"}, says: says + ", as a number"}
	}
	return fit{}
}

func suitDate(t *target) fit {
	hints := strings.ToLower(t.Format + " " + t.Title + " " + t.Description + " " + t.key)
	switch {
	case t.has("string") || len(t.Types) == 0:
		f := fit{factor: .96, transform: "date", says: "the date is sent as YYYY-MM-DD"}
		for _, written := range dateLayouts {
			if strings.Contains(hints, strings.ToLower(written.name)) {
				f.factor, f.says = 1, "the date is sent as "+written.name
				f.options = map[string]any{"layout": written.layout}
				return f
			}
		}
		switch t.Format {
		case "date":
			f.factor = 1
		case "date-time":
			f.factor, f.says = .98, "the date is sent as a time in UTC"
			f.options = map[string]any{"layout": "2006-01-02T15:04:05Z07:00"}
		}
		return f
	case !t.has("integer") && !t.has("number") || strings.Contains(hints, "milli"):
		return fit{}
	case strings.Contains(hints, "unix") || strings.Contains(hints, "second") || strings.Contains(hints, "epoch"):
		return fit{factor: 1, transform: "unix_seconds", says: "the date is sent as seconds since 1970"}
	}
	return fit{factor: .75, transform: "unix_seconds", says: "the CRM takes a number, so the date is sent as seconds since 1970; check that it means those"}
}

// dateLayouts are ways to write a date, as descriptions name them.
var dateLayouts = []struct{ name, layout string }{
	{"MM/DD/YYYY", "01/02/2006"}, {"DD/MM/YYYY", "02/01/2006"}, {"DD.MM.YYYY", "02.01.2006"}, {"MM-DD-YYYY", "01-02-2006"},
	{"DD-MM-YYYY", "02-01-2006"}, {"YYYY/MM/DD", "2006/01/02"}, {"YYYYMMDD", "20060102"},
}

func suitNumber(host *mapping.Field, t *target) fit {
	hints := strings.ToLower(t.Title + " " + t.Description + " " + t.key)
	if host.Type == mapping.TypePercent && asFraction.MatchString(hints) {
		return fit{} // no transform divides
	}
	if host.Type == mapping.TypePercent && t.Maximum != "" {
		if most, err := t.Maximum.Float64(); err == nil && most <= 1 {
			return fit{factor: doubtful, transform: "number", says: "the CRM takes 1 at most, so that it counts in fractions"}
		}
	}
	whole := t.has("integer") && !t.has("number")
	switch {
	case !t.has("integer") && !t.has("number") && !t.has("string") && len(t.Types) > 0:
		return fit{}
	case host.Type == mapping.TypeDecimal && inCents(hints):
		return fit{factor: .98, transform: "cents", says: "the CRM counts in the currency's smallest unit"}
	case t.has("string") && !t.has("number") && !t.has("integer"):
		if len(t.Enum) > 0 {
			return fit{} // ranges such as 11-50
		}
		return fit{factor: .95, transform: "decimal_string", says: "the number is sent as text"}
	case whole && host.Type == mapping.TypeDecimal:
		return fit{factor: .7, transform: "integer", says: "the CRM takes whole numbers only; check that it does not count in cents"}
	case whole || host.Type == mapping.TypeInteger:
		return fit{factor: 1, transform: "integer", says: "it is sent as a whole number"}
	}
	return fit{factor: 1, transform: "number", says: "both are numbers"}
}

// asFraction finds descriptions of a probability between 0 and 1.
var asFraction = regexp.MustCompile(`fraction|\b0(\.0+)? ?(to|and|-) ?1(\.0+)?\b[^0-9]*$`)

// inCents reports whether a description says so.
func inCents(hints string) bool {
	for _, word := range cut(hints) {
		if word == "cents" || word == "cent" || word == "minor" || word == "pennies" || word == "smallest" {
			return true
		}
	}
	return false
}

func suitBoolean(t *target) fit {
	switch {
	case t.has("boolean") || len(t.Types) == 0:
		return fit{factor: 1, transform: "copy", says: "both are true or false"}
	case t.has("string") && len(t.Enum) == 0:
		return fit{factor: .8, transform: "copy", says: "it is sent as the text true or false"}
	}
	return fit{}
}

func suitText(host *mapping.Field, t *target) fit {
	switch {
	case len(t.Types) == 0:
		return choose(host, t, fit{factor: .95, transform: "copy", says: "the CRM does not say what it takes"})
	case t.has("string"):
		return choose(host, t, fit{factor: 1, transform: "copy", says: "both are text"})
	case host.Type == mapping.TypeString && (t.has("integer") || t.has("number")):
		return choose(host, t, fit{factor: .62, transform: "integer", says: "the CRM wants a number there; give the rule a value map from your values to the CRM's numbers"})
	}
	return fit{}
}
