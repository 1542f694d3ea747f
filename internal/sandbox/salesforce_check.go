package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"unicode/utf8"
)

const salesforceText = 255 // characters that most text fields hold

// fields reads a body. Salesforce stops at the first field that it refuses.
func (f salesforce) fields(c *call) (map[string]any, *answer) {
	fields := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(c.body)) {
		value := c.body[name]
		if value == "" {
			value = nil
		}
		if refusal := f.checkField(c, name, value); refusal != nil {
			return nil, refusal
		}
		if value != nil && (c.object.Fields[name] == "string" || c.object.Fields[name] == "email") {
			value = text(value)
		}
		fields[name] = value
	}
	return fields, nil
}

func (f salesforce) checkField(c *call, name string, value any) *answer {
	kind := c.object.Fields[name]
	no := func(code, message string, fields []string) *answer {
		a := f.refusal(http.StatusBadRequest, code, message, fields)
		return &a
	}
	wrongType := func(want string) *answer {
		return no("JSON_PARSER_ERROR", "Cannot deserialize instance of "+want+" from "+name+" value "+text(value), nil)
	}
	_, isObject := value.(map[string]any)
	_, isList := value.([]any)
	switch {
	case kind == "":
		return no("INVALID_FIELD", "No such column '"+name+"' on sobject of type "+c.object.Native, nil)
	case slices.Contains(c.object.ReadOnly, name):
		return no("INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: "+name+". Please check the security settings "+
			"of this field and verify that it is read/write for your profile or permission set.", []string{name})
	case value == nil:
		return nil
	case isObject || isList:
		return wrongType(kind)
	}
	switch kind {
	case "email":
		if !isEmail(text(value)) {
			return no("INVALID_EMAIL_ADDRESS", "Email: invalid email address: "+text(value), []string{name})
		}
	case "number":
		if !f.number(value) {
			return wrongType("double")
		}
	case "integer":
		if !isDigits(text(value)) {
			return wrongType("int")
		}
	case "date":
		if !isDate(text(value)) {
			return wrongType("date")
		}
	case "account", "contact":
		object := map[string]string{"account": "company", "contact": "contact"}[kind]
		switch id := text(value); {
		case len(id) != 15 && len(id) != 18:
			return no("MALFORMED_ID", name+": id value of incorrect type: "+id, []string{name})
		case !c.has(object, longID(id)):
			return no("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", []string{})
		}
	}
	if utf8.RuneCountInString(text(value)) > salesforceText && name != "Description" {
		return no("STRING_TOO_LONG", name+": data value too large: (max length=255)", []string{name})
	}
	return nil
}
