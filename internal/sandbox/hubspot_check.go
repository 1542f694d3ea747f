package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// properties reads the properties of a create or an update: every value becomes a text, null and "" clear it. An
// unknown property, or a value that its property does not take, is refused with all others.
func (h hubspot) properties(c *call) (map[string]any, *answer) {
	given, ok := c.body["properties"].(map[string]any)
	if !ok || len(given) == 0 {
		message := "Invalid input JSON: properties has to be an object with at least one property"
		a := h.refusal(http.StatusBadRequest, "VALIDATION_ERROR", message, nil)
		return nil, &a
	}
	properties, faults := map[string]any{}, []fault{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		value := text(given[name])
		switch given[name].(type) {
		case map[string]any, []any:
			faults = append(faults, fault{name, "INVALID_VALUE", name + " has to be a single value"})
			continue
		}
		if properties[name] = value; value == "" {
			properties[name] = nil
		}
		if f := h.checkProperty(c, name, value); f != nil {
			faults = append(faults, *f)
		}
	}
	if len(faults) > 0 {
		a := h.invalid(faults)
		return nil, &a
	}
	return properties, nil
}

func (h hubspot) checkProperty(c *call, name, value string) *fault {
	kind := c.object.Fields[name]
	switch {
	case kind == "":
		return &fault{name, "PROPERTY_DOESNT_EXIST", "Property " + strconv.Quote(name) + " does not exist"}
	case slices.Contains(c.object.ReadOnly, name):
		return &fault{name, "READ_ONLY_VALUE", strconv.Quote(name) + " is a read only property; its value cannot be set."}
	case value == "":
		return nil
	case name == "email" && !isEmail(value):
		return &fault{name, "INVALID_EMAIL", "Email address " + value + " is invalid"}
	case kind == "number":
		if _, err := strconv.ParseFloat(value, 64); err != nil {
			return &fault{name, "INVALID_NUMBER", value + " was not a valid number."}
		}
	case kind == "datetime":
		if _, ok := hubspotTime(value); !ok {
			return &fault{name, "INVALID_DATE", value + " was not a valid date."}
		}
	case kind == "stage":
		if stages := h.stages(c.settings); !slices.Contains(stages, value) {
			return &fault{name, "INVALID_OPTION", value + " was not one of the allowed options: [" + strings.Join(stages, ", ") + "]"}
		}
	case kind == "pipeline" && value != "default":
		return &fault{name, "INVALID_OPTION", value + " was not one of the allowed options: [default]"}
	}
	return nil
}

// incomplete says what a new record lacks. HubSpot itself wants less than Alloy's schema of the action does.
func (h hubspot) incomplete(c *call, properties map[string]any) *answer {
	oneOf := map[string][]string{
		"contact": {"email", "firstname", "lastname"}, "company": {"name", "domain"}, "deal": {"dealname"},
	}[c.object.name]
	for _, name := range oneOf {
		if properties[name] != nil {
			return nil
		}
	}
	message := "At least one of these properties has to be set: " + strings.Join(oneOf, ", ")
	a := h.refusal(http.StatusBadRequest, "VALIDATION_ERROR", message, nil)
	return &a
}
