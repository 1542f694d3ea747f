package alloy

import (
	"encoding/json"
	"regexp"
)

// noSuchColumn is the field in Salesforce's sentence about one that it does not have; "fields" is empty then.
var noSuchColumn = regexp.MustCompile(`No such column '([A-Za-z0-9_.]{1,80})'`)

// salesforceError reads
//
//	[{"message": …, "errorCode": "REQUIRED_FIELD_MISSING", "fields": ["LastName"]}]
//	{"id": null, "success": false, "errors": [{"statusCode": "DUPLICATE_VALUE", "message": …, "fields": […]}]}
//
// https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm
func salesforceError(d document) (complaint, bool) {
	items, codeKey := d.items, "errorCode"
	if string(d.keys["success"]) == "false" {
		items, codeKey = elements(d.keys["errors"]), "statusCode"
	}
	var c complaint
	for i, item := range items {
		fault := object(item)
		code, message := text(fault[codeKey]), text(fault["message"])
		if code == "" || message == "" {
			return complaint{}, false
		}
		named := elements(fault["fields"])
		for _, field := range named {
			c.fields = append(c.fields, fieldError(text(field), code, message))
		}
		if match := noSuchColumn.FindStringSubmatch(message); match != nil && len(named) == 0 {
			c.fields = append(c.fields, fieldError(match[1], code, message))
		}
		if i == 0 {
			c.code, c.message = code, message
			c.class = salesforceClass(code, len(named))
			if c.class == duplicate {
				c.existingID = existingIDIn(message)
			}
			if id := salesforceMatch(fault); id != "" && c.class == duplicate {
				c.existingID = id
			}
		}
	}
	return c, len(items) > 0
}

// salesforceClass takes the number of fields named: with one, a deleted entity is what the field refers to, and not the
// record itself.
func salesforceClass(code string, fields int) class {
	switch code {
	case "INVALID_SESSION_ID", "INVALID_AUTH_HEADER":
		return unauthenticated
	case "REQUEST_LIMIT_EXCEEDED":
		return throttled
	case "UNABLE_TO_LOCK_ROW":
		return busy
	case "DUPLICATES_DETECTED", "DUPLICATE_VALUE":
		return duplicate
	case "NOT_FOUND", "ENTITY_IS_DELETED":
		if fields == 0 {
			return gone
		}
		return rejected
	case "REQUIRED_FIELD_MISSING", "INVALID_FIELD", "INVALID_TYPE_ON_FIELD_IN_RECORD", "INVALID_EMAIL_ADDRESS", "STRING_TOO_LONG",
		"MALFORMED_ID", "JSON_PARSER_ERROR", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "FIELD_CUSTOM_VALIDATION_EXCEPTION":
		return rejected
	case "UNKNOWN_EXCEPTION", "SERVER_UNAVAILABLE", "QUERY_TIMEOUT":
		return unclassified
	}
	return presumed
}

// salesforceMatch is the record that a duplicate rule has found, if it is exactly one.
func salesforceMatch(fault map[string]json.RawMessage) string {
	var ids []string
	for _, result := range elements(object(fault["duplicateResult"])["matchResults"]) {
		for _, match := range elements(object(result)["matchRecords"]) {
			ids = append(ids, firstText(object(object(match)["record"]), "Id", "id"))
		}
	}
	if len(ids) == 1 {
		return ids[0]
	}
	return ""
}
