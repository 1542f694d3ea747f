package tailor

import (
	"fmt"
	"strings"
	"unicode"

	"sendtocrm/internal/mapping"
)

// pair proposes a value map: each value that the host declares for the rule's field, with the CRM's value of the same
// name. Names that say the same in other words are left to a person.
func (m *Mappings) pair(object string, rule mapping.Rule, values []mapping.CRMChoice) map[string]any {
	if len(rule.From) != 1 {
		return nil
	}
	field, ok := m.library.Catalogue().Field(object, rule.From[0])
	if !ok {
		return nil
	}
	out := map[string]any{}
	for _, declared := range field.Choices {
		host := fmt.Sprint(declared.Value)
		var found []any
		for _, value := range values {
			same := plain(value.Label) == plain(host) || plain(value.Label) == plain(declared.Label) || plain(fmt.Sprint(value.Value)) == plain(host)
			if same && plain(host) != "" {
				found = append(found, value.Value)
			}
		}
		if len(found) == 1 { // two pipelines may both have a stage of that name
			out[host] = found[0]
		}
	}
	return out
}

// plain is a name without case, blanks and punctuation.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}
