package alloy

import (
	"bytes"
	"encoding/json"
	"strings"
)

// zohoError reads a refusal of the whole request, and that of one record, which comes with a status of success:
//
//	{"code": "INVALID_TOKEN", "details": {}, "message": …, "status": "error"}
//	{"data": [{"code": "DUPLICATE_DATA", "details": {"api_name": "Email", "id": "…"}, "message": …, "status": "error"}]}
//
// https://www.zoho.com/crm/developer/docs/api/v8/status-codes.html
func zohoError(d document) (complaint, bool) {
	records := elements(d.keys["data"])
	if d.items != nil { // data, with the object around it taken off
		records = d.items
	}
	for _, record := range records {
		if !bytes.Contains(record, []byte(`"error"`)) {
			continue // a record of a long list, spared the decoding
		}
		if c, ok := zohoRecord(object(record)); ok {
			return c, true
		}
	}
	return zohoRecord(d.keys)
}

func zohoRecord(keys map[string]json.RawMessage) (complaint, bool) {
	c := complaint{code: text(keys["code"]), message: text(keys["message"])}
	if text(keys["status"]) != "error" || c.code == "" || keys["details"] == nil {
		return complaint{}, false
	}
	details := object(keys["details"])
	if name := text(details["api_name"]); name != "" {
		c.fields = append(c.fields, fieldError(name, c.code, c.message))
	}
	switch c.code {
	case "DUPLICATE_DATA":
		c.class = duplicate
		c.existingID = firstText(details, "id")
		if c.existingID == "" {
			c.existingID = text(object(details["duplicate_record"])["id"])
		}
	case "INVALID_TOKEN", "AUTHENTICATION_FAILURE":
		c.class = unauthenticated
	case "TOO_MANY_REQUESTS":
		c.class = throttled
	case "RESOURCE_NOT_FOUND", "ID_ALREADY_DELETED":
		c.class = gone
	case "INTERNAL_ERROR", "INTERNAL_SERVER_ERROR":
		c.class = unclassified
	case "INVALID_DATA":
		c.class = rejected
		if strings.Contains(strings.ToLower(c.message), "the id given seems to be invalid") {
			c.class = gone
		}
	case "MANDATORY_NOT_FOUND":
		c.class = rejected
	default:
		c.class = presumed
	}
	return c, true
}
