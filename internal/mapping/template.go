package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// template is a text of a question with its placeholders: {contact_email}
// for a key's value, {contact_email|soql} for one that is quoted for a query
// language, {fields} for the names of the fields that the rules fill.
type template []piece

// piece is literal text, or a placeholder where field is not empty.
type piece struct {
	literal, field, filter string
}

const (
	allFields   = "fields"  // the placeholder for the names of fields
	listDomains = "domains" // the filter that makes a list of a domain's forms
)

var placeholder = regexp.MustCompile(`\{([A-Za-z0-9_]+)(?:\|([a-z]+))?\}`)

// parseTemplate refuses what could let a value out of its place: a value
// that stands within a longer text without the name of the text's language.
func parseTemplate(text string) (template, error) {
	var t template
	rest := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		if m[0] > rest {
			t = append(t, piece{literal: text[rest:m[0]]})
		}
		p := piece{field: text[m[2]:m[3]]}
		if m[4] >= 0 {
			p.filter = text[m[4]:m[5]]
		}
		t = append(t, p)
		rest = m[1]
	}
	if rest < len(text) {
		t = append(t, piece{literal: text[rest:]})
	}
	for _, p := range t {
		switch {
		case strings.ContainsAny(p.literal, "{}"):
			return nil, errors.New("a brace belongs to no placeholder; those are {name} and {name|filter}")
		case p.field == "":
		case p.field == allFields:
			if p.filter != "" {
				return nil, errors.New("{fields} takes no filter")
			}
		case p.filter == "" || p.filter == listDomains:
			if len(t) > 1 {
				return nil, fmt.Errorf("{%s} stands inside a longer text; name the text's language, such as {%[1]s|soql}", p.field)
			}
		case languages[p.filter] == nil:
			return nil, fmt.Errorf("unknown filter %s; known are domains, %s", excerpt(p.filter), strings.Join(slices.Sorted(maps.Keys(languages)), ", "))
		}
	}
	return t, nil
}

// fill puts the values in. The result is a text, or a list where the whole
// text is a placeholder for one. ok is false where a value cannot be quoted.
func (t template) fill(keys map[string]key, names []string) (v any, ok bool) {
	if len(t) == 1 && t[0].field != "" {
		switch p := t[0]; {
		case p.field == allFields:
			list := make([]any, len(names))
			for i, name := range names {
				list[i] = name
			}
			return list, true
		case p.filter == listDomains:
			return keys[p.field].domains(), true
		}
	}
	var b strings.Builder
	for _, p := range t {
		switch {
		case p.field == "":
			b.WriteString(p.literal)
		case p.field == allFields:
			b.WriteString(strings.Join(names, ","))
		case p.filter == "":
			b.WriteString(keys[p.field].asked)
		default:
			quoted, ok := languages[p.filter](keys[p.field].asked)
			if !ok {
				return nil, false
			}
			b.WriteString(quoted)
		}
	}
	return b.String(), true
}

// fillAll puts the values into every text of v.
func fillAll(v any, keys map[string]key, names []string) (any, bool) {
	switch t := v.(type) {
	case string:
		parsed, err := parseTemplate(t)
		if err != nil {
			return nil, false
		}
		return parsed.fill(keys, names)
	case []any:
		out := make([]any, len(t))
		for i, item := range t {
			filled, ok := fillAll(item, keys, names)
			if !ok {
				return nil, false
			}
			out[i] = filled
		}
		return out, true
	case map[string]any:
		out := make(map[string]any, len(t))
		for name, item := range t {
			filled, ok := fillAll(item, keys, names)
			if !ok {
				return nil, false
			}
			out[name] = filled
		}
		return out, true
	case json.Number, bool:
		return v, true
	}
	return nil, false
}
