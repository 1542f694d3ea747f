package derive

import (
	"slices"
	"strconv"

	"sendtocrm/internal/mapping"
)

// match says how surely a field of the schema means a field of the host.
type match struct {
	weight float64
	as     string // how the name was read, for the reason
	whole  bool   // the name says "address", not which part of it
}

// Weights of the places in which a name can stand.
const (
	titleWeight = .95
	taleWeight  = .85
	disputed    = .7 // the key says so, the title does not
)

// means compares a field's names with a meaning.
func (s sense) means(t *target) match {
	best := s.read(t.all, t.leaf)
	if t.title != nil {
		titled := s.read(t.title, t.title)
		switch {
		case titled.weight == 0 && !slices.Equal(t.title, t.all):
			best.weight *= disputed
		case titled.weight*titleWeight > best.weight:
			best = match{weight: titled.weight * titleWeight, as: " (" + quoted(t.Title) + ")", whole: titled.whole}
		}
	}
	if t.tale != nil {
		if told := s.read(t.tale, t.tale); told.weight*taleWeight > best.weight {
			best = match{weight: told.weight * taleWeight, as: " (" + quoted(t.Description) + ")", whole: told.whole}
		}
	}
	return best
}

// read finds the phrase that explains every word of a name.
func (s sense) read(all, leaf []string) match {
	if len(all) == 0 || len(leaf) == 0 {
		return match{}
	}
	if len(s.needs) > 0 && !slices.ContainsFunc(all, func(word string) bool { return s.needs[word] }) {
		return match{}
	}
	for _, never := range s.never {
		if len(never) == len(leaf) && slices.Equal(never, slices.Sorted(slices.Values(leaf))) {
			return match{}
		}
	}
	var best match
	for _, p := range s.phrases {
		if weight := p.explains(all, s.fillers); weight > best.weight {
			best = match{weight: weight, whole: len(p.words) == 1 && p.words[0] == "address"}
		}
	}
	return best
}

// explains is the phrase's weight where it and the fillers make up the whole
// name, a little less for each filler; else 0.
func (p phrase) explains(name []string, fillers map[string]bool) float64 {
	for _, word := range p.words {
		if !slices.Contains(name, word) {
			return 0
		}
	}
	weight := p.weight
	for _, word := range name {
		if slices.Contains(p.words, word) {
			continue
		}
		if !fillers[word] {
			return 0
		}
		weight *= .99
	}
	return weight
}

// quoted is a text for people: cut, and free of what does not print.
func quoted(text string) string { return strconv.Quote(shortened(text)) }

// shortened keeps the beginning of a long text.
func shortened(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	cut := most
	for cut > 0 && text[cut]&0xC0 == 0x80 {
		cut--
	}
	return text[:cut] + "…"
}

// formats that a schema gives to values of some types only.
func formatFits(format string, kind mapping.FieldType) bool {
	switch format {
	case "email":
		return kind == mapping.TypeEmail
	case "date", "date-time":
		return kind == mapping.TypeDate
	case "uri", "url", "uri-reference", "iri":
		return kind == mapping.TypeURL || kind == mapping.TypeString
	case "hostname", "idn-hostname":
		return kind == mapping.TypeURL || kind == mapping.TypeString
	case "uuid":
		return kind == mapping.TypeReference
	case "time", "ipv4", "ipv6", "byte", "binary", "password":
		return false
	}
	return true
}
