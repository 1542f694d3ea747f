package alloy

import (
	"encoding/json"
	"strings"

	"sendtocrm/internal/crm"
)

// complaint is an error body of whatever form, reduced to what the verdict needs. Texts are as the other side sent them.
type complaint struct {
	class      class
	code       string // its own word for it
	message    string
	status     int // the HTTP status that the body itself states; 0: none
	fields     []crm.FieldError
	existingID string
}

// class is what a CRM's own code says about the request.
type class int

const (
	unclassified class = iota // its code says nothing definite
	rejected
	presumed // a code nobody has listed, in a family whose codes are refusals: rejected, but not against a 5xx
	duplicate
	gone
	unauthenticated
	throttled
	busy // turned away at the door, good to be repeated
)

// alloyComplaint reads Alloy's own words. Four forms are known:
//
//	{"error": {"code": …, "message": …, "details": "…" or {"field": …, "reason": …}}}
//	{"error": {"code": "INVALID_INPUT", "message": "Credential not found"}}
//	{"code": "AUTHENTICATION_NOT_FOUND", "message": …}
//	{"error": "Unauthorized", "message": "Invalid API key"}
func alloyComplaint(e envelope) complaint {
	said := e.keys
	c := complaint{}
	if inner := object(said["error"]); inner != nil {
		said = inner
	} else {
		c.code = text(said["error"])
	}
	if code := text(said["code"]); code != "" {
		c.code = code
	}
	c.message = text(said["message"])
	if c.message == "" {
		c.message = text(said["details"])
	}
	if c.message == "" {
		c.message = c.code
	}
	c.code = constant(c.code)
	c.status = max(number(said["status"]), number(said["statusCode"]))
	for _, key := range []string{"details", "errors", "fields"} {
		c.fields = append(c.fields, fieldErrors(said[key])...)
	}
	return c
}

// constant is a code as it is compared: "Too Many Requests" is TOO_MANY_REQUESTS.
func constant(code string) string {
	return strings.ToUpper(strings.Join(strings.FieldsFunc(code, func(r rune) bool { return r == ' ' || r == '-' || r == '_' }), "_"))
}

// searchDepth is how deep a CRM's body may be buried in Alloy's.
const searchDepth = 4

// burials are the keys, by likelihood, under which a CRM's body is found inside Alloy's.
var burials = []string{"responseData", "result", "data", "error", "details", "response", "body", "cause", "message"}

// crmComplaint finds the CRM's own error in an answer that reports a failure. false: it is not certain that a CRM has
// answered at all, though what stands under Alloy's details may well be its words.
func crmComplaint(e envelope, status int) (complaint, bool) {
	data, answered := e.keys["responseData"]
	if !answered {
		data, answered = e.keys["result"]
	}
	answered = answered || status < 400 && e.statusCode() >= 400
	details := object(object(e.keys["error"])["details"])
	if c, ok := search(e.body, searchDepth); ok {
		return c, true
	}
	if members := object(data); members != nil {
		return otherComplaint(members), true
	}
	if details != nil && details["field"] == nil { // with a field they are Alloy's own
		return otherComplaint(details), answered
	}
	return complaint{}, answered
}

func search(raw json.RawMessage, depth int) (complaint, bool) {
	if c, ok := recognise(raw); ok || depth == 0 || len(raw) == 0 {
		return c, ok
	}
	if raw[0] == '"' {
		for _, inner := range embedded(text(raw)) {
			if c, ok := search(inner, depth-1); ok {
				return c, true
			}
		}
		return complaint{}, false
	}
	members := object(raw)
	for _, key := range burials {
		if c, ok := search(members[key], depth-1); ok {
			return c, true
		}
	}
	return complaint{}, false
}

// embedded are the JSON objects and arrays that begin inside a text, such as "Request failed: [{…}]". Few places are
// tried: an error message is no haystack.
func embedded(s string) []json.RawMessage {
	var found []json.RawMessage
	for range 4 {
		start := strings.IndexAny(s, "{[")
		if start < 0 {
			break
		}
		s = s[start:]
		var raw json.RawMessage
		decoder := json.NewDecoder(strings.NewReader(s))
		if decoder.Decode(&raw) != nil {
			s = s[1:]
			continue
		}
		found = append(found, raw)
		s = s[decoder.InputOffset():]
	}
	return found
}

// fieldErrors reads faults by field from an object or an array of objects, as far as they name a field.
func fieldErrors(raw json.RawMessage) []crm.FieldError {
	items := []json.RawMessage{raw}
	if len(raw) > 0 && raw[0] == '[' {
		items = elements(raw)
	}
	var faults []crm.FieldError
	for _, item := range items {
		members := object(item)
		field := firstText(members, "field", "property", "propertyName", "name", "api_name", "path")
		reason := firstText(members, "reason", "message", "detail", "error")
		if field != "" && reason != "" {
			faults = append(faults, fieldError(field, firstText(members, "code", "errorCode"), reason))
		}
	}
	return faults
}

// fieldError uses the other side's code, in the form of ours, or "invalid".
func fieldError(field, code, message string) crm.FieldError {
	if code == "" {
		code = "invalid"
	}
	return crm.FieldError{Field: field, Code: strings.ToLower(constant(code)), Message: message}
}

func firstText(members map[string]json.RawMessage, keys ...string) string {
	for _, key := range keys {
		if s := text(members[key]); s != "" {
			return s
		}
	}
	return ""
}

// elements are the members of a JSON array; nil for anything else.
func elements(raw json.RawMessage) []json.RawMessage {
	if len(raw) == 0 || raw[0] != '[' {
		return nil
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return nil
	}
	return items
}
