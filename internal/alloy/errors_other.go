package alloy

import "encoding/json"

// plainRefusal reports whether a CRM that nobody has described clearly says no: {"success": false}, or an error in place
// of a record. It is asked about what Alloy has marked as a CRM's body, because Alloy's own errors look the same.
func plainRefusal(data json.RawMessage) bool {
	keys := object(data)
	_, hasID := keys["id"]
	return string(keys["success"]) == "false" || !hasID && present(keys["error"])
}

// otherComplaint reads whatever such a body has of the usual keys.
func otherComplaint(keys map[string]json.RawMessage) complaint {
	if inner := object(keys["error"]); inner != nil {
		keys = inner
	}
	c := complaint{
		code:    firstText(keys, "code", "errorCode", "type"),
		message: firstText(keys, "message", "error_description", "detail", "error", "title", "reason"),
		status:  max(number(keys["status"]), number(keys["statusCode"])),
	}
	for _, key := range []string{"errors", "details", "fields"} {
		c.fields = append(c.fields, fieldErrors(keys[key])...)
	}
	if c.message == "" && len(c.fields) > 0 {
		c.message = c.fields[0].Message
	}
	return c
}
