package sandbox

import "encoding/json"

// wrongType says what a value has to be instead, for the plain types of the catalogue; "": it is right, or its type is
// the dialect's own affair. Null is right everywhere: it clears a field.
func wrongType(kind string, value any) (want string) {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		switch kind {
		case "string":
			return ""
		case "email":
			if isEmail(v) {
				return ""
			}
			return "a valid e-mail address"
		case "date":
			if isDate(v) {
				return ""
			}
			return "a date (YYYY-MM-DD)"
		}
	case json.Number:
		if kind == "number" || kind == "integer" && whole(v) {
			return ""
		}
	case []any:
		if kind == "array" {
			return ""
		}
	case map[string]any:
		if kind == "object" {
			return ""
		}
	}
	switch kind {
	case "string", "email", "date":
		return "a string"
	case "number":
		return "a number"
	case "integer":
		return "an integer"
	case "array":
		return "an array"
	case "object":
		return "an object"
	}
	return ""
}

// entries are the items of a list of objects; ok is false where the value is none.
func entries(value any) (items []map[string]any, ok bool) {
	if value == nil {
		return nil, true
	}
	if _, isList := value.([]any); !isList {
		return nil, false
	}
	for _, item := range list(value) {
		entry, isObject := item.(map[string]any)
		if !isObject {
			return nil, false
		}
		items = append(items, entry)
	}
	return items, true
}
