package alloy

import (
	"encoding/json"
	"strings"

	"sendtocrm/internal/crm"
)

// hubspotError reads
//
//	{"status": "error", "category": "VALIDATION_ERROR", "message": …, "correlationId": …,
//	 "errors": [{"message", "code"?, "in"?, "context": {"propertyName": ["email"]}}], "context": {…}}
//
// https://developers.hubspot.com/docs/api-reference/error-handling
func hubspotError(d document) (complaint, bool) {
	category := text(d.keys["category"])
	if text(d.keys["status"]) != "error" || (category == "" && text(d.keys["correlationId"]) == "") {
		return complaint{}, false
	}
	c := complaint{code: category, message: text(d.keys["message"])}
	c.existingID = existingIDIn(c.message)
	switch category {
	case "VALIDATION_ERROR":
		c.class = rejected
	case "CONFLICT":
		c.class = rejected
		if c.existingID != "" || sameRecord.MatchString(c.message) {
			c.class = duplicate
		}
	case "OBJECT_NOT_FOUND":
		c.class = gone
	case "RATE_LIMITS", "RATE_LIMIT":
		c.class = throttled
	case "INVALID_AUTHENTICATION", "EXPIRED_AUTHENTICATION":
		c.class = unauthenticated
	case "MISSING_SCOPES", "BANNED":
		c.class = rejected
	}
	for _, item := range elements(d.keys["errors"]) {
		fault := object(item)
		for _, property := range hubspotProperties(fault) {
			c.fields = append(c.fields, fieldError(property, text(fault["code"]), text(fault["message"])))
		}
	}
	// The message may hold the same list once more, as JSON: good for its details, not for a person.
	if inside := hubspotInvalid(c.message); len(inside) > 0 {
		if len(c.fields) == 0 {
			c.fields = inside
		}
		sentence, _, _ := strings.Cut(c.message, ": [")
		c.message = sentence + "."
	}
	return c, true
}

// hubspotProperties are the properties that an entry of errors is about.
func hubspotProperties(fault map[string]json.RawMessage) []string {
	var names []string
	context := object(fault["context"])
	for _, key := range []string{"propertyName", "name", "properties"} {
		for _, item := range elements(context[key]) {
			names = append(names, text(item))
		}
	}
	if in := text(fault["in"]); len(names) == 0 && in != "" {
		names = append(names, in)
	}
	return names
}

// hubspotInvalid reads the list that stands inside the message: "Property values were not valid: [{"name": "email",
// "error": "INVALID_EMAIL", "message": …}]".
func hubspotInvalid(message string) []crm.FieldError {
	var faults []crm.FieldError
	for _, list := range embedded(message) {
		for _, item := range elements(list) {
			fault := object(item)
			if name, reason := text(fault["name"]), text(fault["message"]); name != "" && reason != "" {
				faults = append(faults, fieldError(name, text(fault["error"]), reason))
			}
		}
	}
	return faults
}
