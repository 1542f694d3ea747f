package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// zoho is Zoho CRM's API v8: bodies are lists under "data", every record has a verdict of its own inside an answer that
// is a success, empty lists are answered with 204.
//
// https://www.zoho.com/crm/developer/docs/api/v8/insert-records.html
type zoho struct{}

const zohoBatch = 100 // records in one call

// zohoTypes are Zoho's words for the catalogue's types.
var zohoTypes = map[string]string{"string": "text", "email": "email", "number": "double", "integer": "integer", "date": "date"}

func (z zoho) create(c *call) answer {
	return z.each(c, http.StatusCreated, func(fields map[string]any) (map[string]any, *record) {
		if wrong := z.check(c, fields, ""); wrong != nil {
			return wrong, nil
		}
		for _, name := range c.object.Required {
			if fields[name] == nil || fields[name] == "" {
				return zohoFault("MANDATORY_NOT_FOUND", "required field not found", zohoPlace(name)), nil
			}
		}
		r := c.insert(zohoID, z.stored(c, fields))
		return z.verdict(r, "record added"), r
	})
}

func (z zoho) update(c *call) answer {
	r := c.target()
	if r == nil {
		return z.gone(c)
	}
	return z.each(c, http.StatusOK, func(fields map[string]any) (map[string]any, *record) {
		if wrong := z.check(c, fields, r.ID); wrong != nil {
			return wrong, nil
		}
		changed := c.change(r, z.stored(c, fields))
		return z.verdict(changed, "record updated"), changed
	})
}

// each applies one to every record of the body. All well: the status given; none: 202; some: 207.
func (z zoho) each(c *call, status int, one func(map[string]any) (map[string]any, *record)) answer {
	items, ok := entries(c.body["data"])
	most := zohoBatch
	if c.action.Does == "update" {
		most = 1 // the path names the record
	}
	switch {
	case !ok, len(items) == 0:
		details := map[string]any{"api_name": "data", "json_path": "$.data"}
		return z.refusal(http.StatusBadRequest, "MANDATORY_NOT_FOUND", "required field not found", details)
	case len(items) > most:
		return z.refusal(http.StatusBadRequest, "LIMIT_EXCEEDED", "too many records", map[string]any{"limit": most})
	}
	var a answer
	verdicts, good := []any{}, 0
	for _, fields := range items {
		verdict, r := one(fields)
		verdicts = append(verdicts, verdict)
		if r != nil {
			good++
			a.recordID, a.applied = r.ID, true
		} else if a.message == "" {
			a.message = text(verdict["message"])
		}
	}
	switch a.status = status; {
	case good == 0:
		a.status = http.StatusAccepted
	case good < len(items):
		a.status = http.StatusMultiStatus
	}
	a.body = map[string]any{"data": verdicts}
	return a
}

// check refuses the first field that it dislikes. Members that Zoho does not know are ignored.
func (z zoho) check(c *call, fields map[string]any, id string) map[string]any {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value, kind := fields[name], c.object.Fields[name]
		if kind == "" || slices.Contains(c.object.ReadOnly, name) || value == nil {
			continue
		}
		want := ""
		switch kind {
		case "company", "contact":
			if ref, isObject := value.(map[string]any); !isObject {
				want = "jsonobject"
			} else if given := text(ref["id"]); given != "" && !c.has(kind, given) {
				details := zohoPlace(name + ".id")
				details["api_name"] = "id"
				return zohoFault("INVALID_DATA", "the id given seems to be invalid", details)
			}
		default:
			if wrongType(kind, value) != "" {
				want = zohoTypes[kind]
			}
		}
		if want != "" {
			details := zohoPlace(name)
			details["expected_data_type"] = want
			return zohoFault("INVALID_DATA", "invalid data", details)
		}
	}
	if email := text(fields["Email"]); email != "" && c.object.Email != "" {
		if holder := c.table().holder(email, id); holder != nil {
			details := zohoPlace("Email")
			details["id"] = holder.ID
			return zohoFault("DUPLICATE_DATA", "duplicate data", details)
		}
	}
	return nil
}

// zohoPlace says where in a record a fault is.
func zohoPlace(name string) map[string]any {
	return map[string]any{"api_name": name, "json_path": "$.data[0]." + name}
}

// stored keeps the members that the module has, and gives lookups the name of what they refer to.
func (zoho) stored(c *call, fields map[string]any) map[string]any {
	kept := map[string]any{}
	for name, value := range fields {
		kind := c.object.Fields[name]
		if kind == "" || slices.Contains(c.object.ReadOnly, name) {
			continue
		}
		if ref, ok := value.(map[string]any); ok && (kind == "company" || kind == "contact") {
			named := maps.Clone(ref)
			if r := c.account.tables[kind].byID[text(ref["id"])]; r != nil {
				named["name"] = zohoName(r)
			}
			value = named
		}
		if kept[name] = value; value == "" {
			kept[name] = nil
		}
	}
	return kept
}

func zohoName(r *record) string {
	if name := text(r.Fields["Account_Name"]); r.Object == "company" {
		return name
	}
	return strings.TrimSpace(text(r.Fields["First_Name"]) + " " + text(r.Fields["Last_Name"]))
}

func (z zoho) get(c *call) answer {
	r := c.target()
	if r == nil {
		return z.gone(c)
	}
	a := success(map[string]any{"data": []any{z.show(c, r)}})
	a.recordID = r.ID
	return a
}

func (z zoho) remove(c *call) answer {
	r := c.target()
	if r == nil {
		return z.gone(c)
	}
	c.table().remove(r.ID)
	return answer{status: http.StatusOK, recordID: r.ID, applied: true, body: map[string]any{"data": []any{
		map[string]any{"code": "SUCCESS", "details": map[string]any{"id": r.ID}, "message": "record deleted", "status": "success"},
	}}}
}

// show renders a record, with the fields asked for if there are any.
func (zoho) show(c *call, r *record) map[string]any {
	shown := map[string]any{"id": r.ID, "Created_Time": zohoTime(r.Created), "Modified_Time": zohoTime(r.Updated)}
	asked := strings.Split(c.query["fields"], ",")
	for name := range c.object.Fields {
		if c.query["fields"] == "" || slices.Contains(asked, name) {
			shown[name] = zohoValue(r, name)
		}
	}
	return shown
}

// zohoValue is a field as reads see it; nil: empty.
func zohoValue(r *record, name string) any {
	switch name {
	case "id":
		return r.ID
	case "Full_Name":
		return zohoName(r)
	case "Created_Time":
		return zohoTime(r.Created)
	case "Modified_Time":
		return zohoTime(r.Updated)
	}
	return r.Fields[name]
}

func zohoTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05+00:00") }

func (z zoho) verdict(r *record, message string) map[string]any {
	return map[string]any{"code": "SUCCESS", "message": message, "status": "success", "details": map[string]any{
		"id": r.ID, "Created_Time": zohoTime(r.Created), "Modified_Time": zohoTime(r.Updated),
	}}
}

func zohoFault(code, message string, details map[string]any) map[string]any {
	return map[string]any{"code": code, "details": details, "message": message, "status": "error"}
}

// gone is what Zoho says of an id that it does not have: no 404.
func (zoho) gone(c *call) answer {
	const message = "the id given seems to be invalid"
	return answer{status: http.StatusBadRequest, message: message, body: map[string]any{
		"data": []any{zohoFault("INVALID_DATA", message, map[string]any{"id": c.id()})},
	}}
}

func (z zoho) throttled() answer {
	return z.refusal(http.StatusTooManyRequests, "TOO_MANY_REQUESTS", "too many requests fired in a minute", map[string]any{})
}

func (zoho) refusal(status int, code, message string, details map[string]any) answer {
	return answer{status: status, message: message, body: zohoFault(code, message, details)}
}

// other lists the fields of a module.
func (z zoho) other(c *call) answer {
	if c.action.Does == "describe" {
		return z.describe(c)
	}
	const message = "Please check if the URL trying to access is a correct one"
	return z.refusal(http.StatusNotFound, "INVALID_URL_PATTERN", message, map[string]any{})
}
