package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// hubspot is the CRM v3 objects API: all property values are texts, contacts are unique by e-mail address, searches lag.
//
// https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/guide
type hubspot struct{}

// lastModified is the name of a record's time of change, which differs between objects.
func (hubspot) lastModified(o *object) string {
	if o.name == "contact" {
		return "lastmodifieddate"
	}
	return "hs_lastmodifieddate"
}

func (h hubspot) create(c *call) answer {
	properties, refusal := h.properties(c)
	if refusal != nil {
		return *refusal
	}
	if p := h.incomplete(c, properties); p != nil {
		return *p
	}
	if holder := c.table().holder(text(properties["email"]), ""); holder != nil {
		return h.duplicate(holder.ID)
	}
	associations, refusal := h.associations(c)
	if refusal != nil {
		return *refusal
	}
	if c.object.name == "deal" && properties["pipeline"] == nil {
		properties["pipeline"] = "default"
	}
	r := c.insert(hubspotID, properties)
	r.Associations = associations
	return answer{status: http.StatusCreated, body: h.show(c, r, nil), recordID: r.ID, applied: true}
}

func (h hubspot) update(c *call) answer {
	r := h.find(c)
	if r == nil {
		return h.gone()
	}
	properties, refusal := h.properties(c)
	if refusal != nil {
		return *refusal
	}
	if holder := c.table().holder(text(properties["email"]), r.ID); holder != nil {
		return h.duplicate(holder.ID)
	}
	r = c.change(r, properties)
	names := []string{}
	for name := range properties {
		names = append(names, name)
	}
	return answer{status: http.StatusOK, body: h.show(c, r, names), recordID: r.ID, applied: true}
}

func (h hubspot) get(c *call) answer {
	r := h.find(c)
	if r == nil {
		return h.gone()
	}
	a := success(h.show(c, r, h.wanted(c, c.query["properties"])))
	a.recordID = r.ID
	return a
}

func (h hubspot) remove(c *call) answer {
	r := h.find(c)
	if r == nil {
		return h.gone()
	}
	c.table().remove(r.ID)
	return answer{status: http.StatusNoContent, recordID: r.ID, applied: true}
}

// list reads a page by age; "after" is where the page before has ended.
func (h hubspot) list(c *call) answer {
	from, _ := strconv.Atoi(c.query["after"])
	records, next := page(c.table().all(), from, c.number("limit", 10, 100))
	body := map[string]any{"results": h.showAll(c, records, h.wanted(c, c.query["properties"]))}
	if next > 0 {
		after := strconv.Itoa(next)
		body["paging"] = map[string]any{"next": map[string]any{"after": after, "link": c.action.Path + "?after=" + after}}
	}
	return success(body)
}

// find is the record that the path names, by its id or by another unique property.
func (hubspot) find(c *call) *record {
	if property := c.query["idProperty"]; property == "email" && c.object.Email == "email" {
		return c.table().holder(c.id(), "")
	}
	return c.target()
}

// wanted are the properties that a read shows: the object's defaults, or those asked for.
func (hubspot) wanted(c *call, asked string) []string {
	if asked == "" {
		return c.object.Defaults
	}
	return strings.Split(asked, ",")
}

// show renders a record with the properties named; nil: all.
func (h hubspot) show(c *call, r *record, names []string) map[string]any {
	properties := map[string]any{
		"hs_object_id": r.ID, "createdate": timestamp(r.Created), h.lastModified(c.object): timestamp(r.Updated),
	}
	for name, value := range r.Fields {
		if names == nil || slices.Contains(names, name) {
			properties[name] = value
		}
	}
	for _, name := range names {
		if _, ok := properties[name]; !ok && c.object.Fields[name] != "" {
			properties[name] = nil
		}
	}
	return map[string]any{
		"id": r.ID, "properties": properties, "createdAt": timestamp(r.Created), "updatedAt": timestamp(r.Updated),
		"archived": false, "url": c.link(c.object.name, r.ID),
	}
}

func (h hubspot) showAll(c *call, records []*record, names []string) []any {
	shown := make([]any, len(records))
	for i, r := range records {
		shown[i] = h.show(c, r, names)
	}
	return shown
}

// other lists the pipelines of deals.
func (h hubspot) other(c *call) answer {
	stages := []any{}
	for i, id := range h.stages(c.settings) {
		stages = append(stages, map[string]any{"id": id, "label": id, "displayOrder": i, "archived": false})
	}
	return success(map[string]any{"results": []any{
		map[string]any{"id": "default", "label": "Sales Pipeline", "displayOrder": 0, "archived": false, "stages": stages},
	}})
}

// stages are the internal ids of a stock account, and those that the account is set to have besides.
func (hubspot) stages(s *settings) []string {
	return append([]string{
		"appointmentscheduled", "qualifiedtobuy", "presentationscheduled", "decisionmakerboughtin", "contractsent",
		"closedwon", "closedlost",
	}, s.HubspotDealStages...)
}

func (h hubspot) duplicate(id string) answer {
	return h.refusal(http.StatusConflict, "CONFLICT", "Contact already exists. Existing ID: "+id, nil)
}

func (h hubspot) gone() answer {
	return h.refusal(http.StatusNotFound, "OBJECT_NOT_FOUND", "resource not found", nil)
}

func (h hubspot) throttled() answer {
	return h.refusal(http.StatusTooManyRequests, "RATE_LIMITS", "You have reached your secondly limit.", map[string]any{
		"policyName": "SECONDLY", "errorType": "RATE_LIMIT",
	})
}

// refusal is HubSpot's one form of an error.
func (hubspot) refusal(status int, category, message string, more map[string]any) answer {
	body := map[string]any{"status": "error", "message": message, "correlationId": correlationID(), "category": category}
	for name, value := range more {
		body[name] = value
	}
	return answer{status: status, body: body, message: message}
}

// fault is one property that HubSpot refuses.
type fault struct{ name, code, message string }

// invalid names the properties twice, as HubSpot does: inside the message, and in errors.
func (h hubspot) invalid(faults []fault) answer {
	inMessage, errors := []any{}, []any{}
	for _, f := range faults {
		inMessage = append(inMessage, map[string]any{"isValid": false, "message": f.message, "error": f.code, "name": f.name})
		errors = append(errors, map[string]any{
			"message": f.message, "code": f.code, "context": map[string]any{"propertyName": []string{f.name}},
		})
	}
	list, _ := json.Marshal(inMessage) // texts only
	message := "Property values were not valid: " + string(list)
	return h.refusal(http.StatusBadRequest, "VALIDATION_ERROR", message, map[string]any{"errors": errors})
}

// hubspotTime reads what a datetime property takes: milliseconds since 1970, a date, or a date with a time.
func hubspotTime(value string) (time.Time, bool) {
	if ms, err := strconv.ParseInt(value, 10, 64); err == nil {
		return time.UnixMilli(ms), true
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, value); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
