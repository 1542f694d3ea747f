package sandbox

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// pipedrive is the API v2: answers under "data" beside "success", whole-number ids, strict types, no uniqueness at all.
//
// https://pipedrive.readme.io/docs/pipedrive-api-v2
type pipedrive struct{}

var pipedriveStages = []string{"Qualified", "Contact Made", "Demo Scheduled", "Proposal Made", "Negotiations Started"}

var pipedriveNames = map[string]string{"contact": "Person", "company": "Organization", "deal": "Deal"}

func (p pipedrive) create(c *call) answer {
	if wrong := p.check(c); wrong != "" {
		return p.invalid(wrong)
	}
	for _, name := range c.object.Required {
		if value, _ := c.body[name].(string); strings.TrimSpace(value) == "" {
			return p.invalid(name + ": Required")
		}
	}
	r := c.insert(pipedriveID, p.stored(c))
	return answer{status: http.StatusCreated, body: p.wrap(p.show(c, r)), recordID: r.ID, applied: true}
}

func (p pipedrive) update(c *call) answer {
	r := c.target()
	if r == nil {
		return p.gone(c)
	}
	if wrong := p.check(c); wrong != "" {
		return p.invalid(wrong)
	}
	r = c.change(r, p.stored(c))
	return answer{status: http.StatusOK, body: p.wrap(p.show(c, r)), recordID: r.ID, applied: true}
}

func (p pipedrive) get(c *call) answer {
	r := c.target()
	if r == nil {
		return p.gone(c)
	}
	a := success(p.wrap(p.show(c, r)))
	a.recordID = r.ID
	return a
}

func (p pipedrive) remove(c *call) answer {
	r := c.target()
	if r == nil {
		return p.gone(c)
	}
	c.table().remove(r.ID)
	return answer{status: http.StatusOK, body: p.wrap(map[string]any{"id": idNumber(r.ID)}), recordID: r.ID, applied: true}
}

// check names the first field that is wrong; "": none. Members that Pipedrive does not know are ignored.
func (p pipedrive) check(c *call) string {
	for _, name := range slices.Sorted(maps.Keys(c.body)) {
		value, kind := c.body[name], c.object.Fields[name]
		if kind == "" || value == nil || slices.Contains(c.object.ReadOnly, name) {
			continue
		}
		if want := wrongType(kind, value); want != "" {
			return name + ": has to be " + want
		}
		if wrong := p.checkKind(c, kind, value); wrong != "" {
			return name + ": " + wrong
		}
	}
	return ""
}

func (p pipedrive) checkKind(c *call, kind string, value any) string {
	switch kind {
	case "emails", "phones":
		items, ok := entries(value)
		for _, item := range items {
			_, isText := item["value"].(string)
			ok = ok && isText
		}
		if !ok {
			return "has to be an array of objects with a value"
		}
	case "company", "contact", "stage", "pipeline":
		switch {
		case !whole(value):
			return "has to be an integer"
		case kind == "stage" && (atoi(text(value)) < 1 || atoi(text(value)) > len(pipedriveStages)),
			kind == "pipeline" && text(value) != "1",
			(kind == "company" || kind == "contact") && !c.has(kind, value):
			return "does not exist"
		}
	case "currency":
		if s, ok := value.(string); !ok || len(s) != 3 || s != strings.ToUpper(s) {
			return "has to be a currency code of 3 letters"
		}
	case "status":
		if !slices.Contains([]any{"open", "won", "lost"}, value) {
			return "has to be one of open, won, lost"
		}
	}
	return ""
}

// stored keeps the members that the object has, and fills in what Pipedrive fills in itself.
func (pipedrive) stored(c *call) map[string]any {
	kept := map[string]any{}
	for name, value := range c.body {
		if c.object.Fields[name] != "" && !slices.Contains(c.object.ReadOnly, name) {
			kept[name] = value
		}
	}
	if c.action.Does == "create" && c.object.name == "deal" {
		for name, value := range map[string]any{
			"stage_id": json.Number("1"), "pipeline_id": json.Number("1"), "status": "open", "currency": "USD", "value": json.Number("0"),
		} {
			if kept[name] == nil {
				kept[name] = value
			}
		}
	}
	return kept
}

func (pipedrive) show(c *call, r *record) map[string]any {
	shown := map[string]any{}
	for name, kind := range c.object.Fields {
		value := r.Fields[name]
		if value == nil && slices.Contains([]string{"emails", "phones", "array"}, kind) {
			value = []any{}
		}
		shown[name] = value
	}
	shown["id"], shown["add_time"], shown["update_time"] = idNumber(r.ID), pipedriveTime(r.Created), pipedriveTime(r.Updated)
	return shown
}

func (pipedrive) wrap(data any) map[string]any { return map[string]any{"success": true, "data": data} }

func (p pipedrive) other(c *call) answer {
	if c.action.Does == "pipelines" {
		return success(p.wrap([]any{map[string]any{"id": 1, "name": "Pipeline", "order_nr": 1}}))
	}
	stages := make([]any, len(pipedriveStages))
	for i, name := range pipedriveStages {
		stages[i] = map[string]any{"id": i + 1, "order_nr": i + 1, "name": name, "pipeline_id": 1, "deal_probability": 100}
	}
	return success(p.wrap(stages))
}

func (p pipedrive) gone(c *call) answer {
	return p.refusal(http.StatusNotFound, "ERR_NOT_FOUND", pipedriveNames[c.object.name]+" not found")
}

func (p pipedrive) invalid(wrong string) answer {
	return p.refusal(http.StatusBadRequest, "ERR_SCHEMA_VALIDATION_FAILED", "Validation failed: "+wrong)
}

func (p pipedrive) throttled() answer {
	return p.refusal(http.StatusTooManyRequests, "ERR_TOO_MANY_REQUESTS", "request over limit")
}

func (pipedrive) refusal(status int, code, message string) answer {
	return answer{status: status, message: message, body: map[string]any{
		"success": false, "error": message, "error_info": "Please check developers.pipedrive.com for more information.",
		"code": code, "errorCode": status, "data": nil, "additional_data": nil,
	}}
}

// cursor is opaque to clients.
func pipedriveCursor(next int) any {
	if next == 0 {
		return nil
	}
	return "c" + strconv.FormatInt(int64(next), 36)
}

func pipedriveFrom(cursor string) int {
	n, err := strconv.ParseInt(strings.TrimPrefix(cursor, "c"), 36, 32)
	if err != nil {
		return 0
	}
	return int(n)
}
