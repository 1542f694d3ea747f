package sandbox

import (
	"net/http"
	"strconv"
	"strings"
)

// salesforce is the sObjects API: a create echoes nothing but the id, an update answers nothing, refusals are lists.
//
// https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/using_resources_working_with_records.htm
type salesforce struct{}

var salesforcePrefixes = map[string]string{"contact": "003", "company": "001", "deal": "006"}

func (f salesforce) create(c *call) answer {
	fields, refusal := f.fields(c)
	if refusal != nil {
		return *refusal
	}
	var absent []string
	for _, name := range c.object.Required {
		if fields[name] == nil {
			absent = append(absent, name)
		}
	}
	if len(absent) > 0 {
		return f.incomplete(absent)
	}
	if c.settings.SalesforceDuplicate {
		if holder := c.table().holder(text(fields["Email"]), ""); holder != nil {
			return f.duplicate(c, holder)
		}
	}
	r := c.insert(func(seq uint64) string { return salesforceID(salesforcePrefixes[c.object.name], seq) }, fields)
	return answer{
		status: http.StatusCreated, body: map[string]any{"id": r.ID, "success": true, "errors": []any{}},
		recordID: r.ID, applied: true,
	}
}

func (f salesforce) update(c *call) answer {
	r := f.find(c)
	if r == nil {
		return f.gone()
	}
	fields, refusal := f.fields(c)
	if refusal != nil {
		return *refusal
	}
	for _, name := range c.object.Required {
		if value, given := fields[name]; given && value == nil {
			return f.incomplete([]string{name})
		}
	}
	c.change(r, fields)
	return answer{status: http.StatusNoContent, recordID: r.ID, applied: true}
}

func (f salesforce) get(c *call) answer {
	r := f.find(c)
	if r == nil {
		return f.gone()
	}
	var names []string
	if asked := c.query["fields"]; asked != "" {
		names = strings.Split(asked, ",")
	}
	a := success(f.show(c.object, r, names))
	a.recordID = r.ID
	return a
}

func (f salesforce) remove(c *call) answer {
	r := f.find(c)
	if r == nil {
		return f.gone()
	}
	c.table().remove(r.ID)
	return answer{status: http.StatusNoContent, recordID: r.ID, applied: true}
}

// find takes the id with its suffix of three or without.
func (salesforce) find(c *call) *record { return c.table().byID[longID(c.id())] }

func longID(id string) string {
	if len(id) == 15 {
		return id + salesforceSuffix(id)
	}
	return id
}

// list runs SOQL.
func (f salesforce) list(c *call) answer {
	q, err := parseSOQL(c.query["q"])
	if err != nil {
		return f.refusal(http.StatusBadRequest, "MALFORMED_QUERY", err.Error(), nil)
	}
	for _, o := range c.connector.Objects {
		if strings.EqualFold(o.Native, q.from) && (c.object == nil || c.object == o) {
			return f.query(c, o, q)
		}
	}
	return f.refusal(http.StatusBadRequest, "INVALID_TYPE", "sObject type '"+q.from+"' is not supported.", nil)
}

func (f salesforce) query(c *call, o *object, q *soql) answer {
	for _, name := range q.names() {
		if f.fieldType(o, name) == "" {
			return f.refusal(http.StatusBadRequest, "INVALID_FIELD", "No such column '"+name+"' on entity '"+o.Native+"'.", nil)
		}
	}
	var found []*record
	for _, r := range c.account.tables[o.name].all() {
		if q.matches(func(name string) any { return f.value(r, name) }) {
			found = append(found, r)
		}
	}
	if q.count {
		return success(map[string]any{"totalSize": len(found), "done": true, "records": []any{}})
	}
	if q.orderBy != "" {
		sortRecords(found, func(r *record) string { return sortable(text(f.value(r, q.orderBy))) }, q.descending)
	}
	found, _ = page(found, q.offset, q.limit)
	shown := make([]any, len(found))
	for i, r := range found {
		shown[i] = f.show(o, r, q.fields)
	}
	return success(map[string]any{"totalSize": len(found), "done": true, "records": shown})
}

// search is a parameterized search: a word in any text, or in the e-mail addresses or names only.
func (f salesforce) search(c *call) answer {
	word := strings.ToLower(strings.Trim(strings.ReplaceAll(c.query["q"], `\`, ""), `"{} `))
	if len(word) < 2 {
		const message = "No search term found. The search term must be at least 2 characters long."
		return f.refusal(http.StatusBadRequest, "MALFORMED_SEARCH", message, nil)
	}
	names := []string{"Id"}
	if asked := c.query["fields"]; asked != "" {
		names = strings.Split(asked, ",")
	}
	email := ""
	if strings.EqualFold(c.query["in"], "EMAIL") {
		email = word
	}
	shown := []any{}
	for _, r := range c.indexed(email) {
		if len(shown) < c.number("overallLimit", 2000, 2000) && f.contains(c, r, word) {
			shown = append(shown, f.show(c.object, r, names))
		}
	}
	return success(map[string]any{"searchRecords": shown})
}

func (f salesforce) contains(c *call, r *record, word string) bool {
	for name := range c.object.Fields {
		switch in := strings.ToUpper(c.query["in"]); {
		case in == "EMAIL" && name != "Email", in == "NAME" && !strings.HasSuffix(name, "Name"),
			in == "PHONE" && !strings.Contains(name, "Phone"):
			continue
		}
		if strings.Contains(strings.ToLower(text(f.value(r, name))), word) {
			return true
		}
	}
	return false
}

// other describes an sObject.
func (f salesforce) other(c *call) answer {
	if c.action.Does == "describe" {
		return f.describe(c)
	}
	return f.refusal(http.StatusNotFound, "NOT_FOUND", "The requested resource does not exist", nil)
}

func (f salesforce) incomplete(absent []string) answer {
	message := "Required fields are missing: [" + strings.Join(absent, ", ") + "]"
	return f.refusal(http.StatusBadRequest, "REQUIRED_FIELD_MISSING", message, absent)
}

func (f salesforce) gone() answer {
	return f.refusal(http.StatusNotFound, "NOT_FOUND", "The requested resource does not exist", nil)
}

// throttled is no 429 here.
func (f salesforce) throttled() answer {
	return f.refusal(http.StatusForbidden, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", nil)
}

// duplicate is what a duplicate rule with the action "block" says.
func (f salesforce) duplicate(c *call, holder *record) answer {
	message := "You're creating a duplicate record. We recommend you use an existing record instead."
	return answer{status: http.StatusBadRequest, message: message, body: []any{map[string]any{
		"message": message, "errorCode": "DUPLICATES_DETECTED", "duplicateResult": map[string]any{
			"allowSave": false, "duplicateRule": "Standard_Contact_Duplicate_Rule", "matchResults": []any{map[string]any{
				"entityType": c.object.Native, "matchRecords": []any{map[string]any{
					"matchConfidence": 100, "record": map[string]any{"Id": holder.ID, "attributes": f.attributes(c.object, holder)},
				}},
			}},
		},
	}}}
}

// refusal is a list with one entry.
func (salesforce) refusal(status int, code, message string, fields []string) answer {
	entry := map[string]any{"message": message, "errorCode": code}
	if fields != nil {
		entry["fields"] = fields
	}
	return answer{status: status, body: []any{entry}, message: message}
}

// show renders a record with the fields named; nil: all.
func (f salesforce) show(o *object, r *record, names []string) map[string]any {
	shown := map[string]any{"attributes": f.attributes(o, r)}
	if names == nil {
		for name := range o.Fields {
			names = append(names, name)
		}
	}
	for _, name := range names {
		for known := range o.Fields { // the case of a name does not count
			if strings.EqualFold(known, strings.TrimSpace(name)) {
				shown[known] = f.value(r, known)
			}
		}
	}
	return shown
}

func (salesforce) attributes(o *object, r *record) map[string]any {
	return map[string]any{"type": o.Native, "url": "/services/data/v60.0/sobjects/" + o.Native + "/" + r.ID}
}

func (salesforce) fieldType(o *object, name string) string {
	for known, kind := range o.Fields {
		if strings.EqualFold(known, name) {
			return kind
		}
	}
	return ""
}

// value is a field as reads and queries see it; nil: empty.
func (f salesforce) value(r *record, name string) any {
	switch strings.ToLower(name) {
	case "id":
		return r.ID
	case "createddate":
		return salesforceTime(r.Created.UTC().Format("2006-01-02T15:04:05.000"))
	case "lastmodifieddate", "systemmodstamp":
		return salesforceTime(r.Updated.UTC().Format("2006-01-02T15:04:05.000"))
	case "name":
		if r.Object == "contact" {
			return strings.TrimSpace(text(r.Fields["FirstName"]) + " " + text(r.Fields["LastName"]))
		}
	}
	for known, value := range r.Fields {
		if strings.EqualFold(known, name) {
			return value
		}
	}
	return nil
}

func salesforceTime(s string) string { return s + "+0000" }

// number reads what a number field takes: a JSON number, or a text that is one.
func (salesforce) number(v any) bool {
	_, err := strconv.ParseFloat(text(v), 64)
	return err == nil
}
