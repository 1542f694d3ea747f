package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// copper is the developer API v1: ids are whole numbers, types are strict, people are unique by e-mail address,
// answers hold every field, empty ones as null.
//
// https://developer.copper.com
type copper struct{}

// copperStage is a stage of the account's pipelines. The seed document's 123456 is one of them.
type copperStage struct {
	ID, Pipeline, Probability int
	Name                      string
}

var copperStages = []copperStage{
	{123456, 213, 10, "Qualified"}, {123457, 213, 40, "Presentation"}, {123458, 213, 70, "Contract sent"},
	{123501, 214, 20, "First meeting"}, {123502, 214, 60, "Due diligence"},
}

var copperPipelines = map[int]string{213: "Sales", 214: "Partnerships"}

func (p copper) create(c *call) answer {
	fields, faults := p.fields(c)
	for _, name := range c.object.Required {
		if value, given := c.body[name]; !given || value == nil || value == "" {
			faults = append(faults, name+": is required")
		}
	}
	if c.object.name == "deal" && c.settings.CopperOpportunities == "vendor" && c.body["primary_contact_id"] == nil {
		faults = append(faults, "primary_contact_id: is required")
	}
	if len(faults) > 0 {
		return p.invalid(faults)
	}
	r := c.insert(copperID, fields)
	return answer{status: http.StatusOK, body: p.show(c, r), recordID: r.ID, applied: true}
}

func (p copper) update(c *call) answer {
	r := c.target()
	if r == nil {
		return p.gone()
	}
	fields, faults := p.fields(c)
	for _, name := range c.object.Required {
		if value, given := c.body[name]; given && (value == nil || value == "") {
			faults = append(faults, name+": can't be blank")
		}
	}
	if len(faults) > 0 {
		return p.invalid(faults)
	}
	r = c.change(r, fields)
	return answer{status: http.StatusOK, body: p.show(c, r), recordID: r.ID, applied: true}
}

func (p copper) get(c *call) answer {
	r := c.target()
	if r == nil {
		return p.gone()
	}
	a := success(p.show(c, r))
	a.recordID = r.ID
	return a
}

func (p copper) remove(c *call) answer {
	r := c.target()
	if r == nil {
		return p.gone()
	}
	c.table().remove(r.ID)
	body := map[string]any{"id": idNumber(r.ID), "is_deleted": true}
	return answer{status: http.StatusOK, body: body, recordID: r.ID, applied: true}
}

// list is a search without conditions.
func (p copper) list(c *call) answer { return p.search(c) }

func (p copper) search(c *call) answer {
	var found []*record
	emails := list(c.body["emails"])
	email := ""
	if len(emails) == 1 {
		email = text(emails[0])
	}
	for _, r := range c.indexed(email) {
		if p.matches(c, r) {
			found = append(found, r)
		}
	}
	by, descending := text(c.body["sort_by"]), text(c.body["sort_direction"]) == "desc"
	sortRecords(found, func(r *record) string {
		switch by {
		case "date_modified":
			return sortable(strconv.FormatInt(r.Updated.Unix(), 10))
		case "date_created":
			return sortable(strconv.FormatInt(r.Created.Unix(), 10))
		default:
			return sortable(text(r.Fields[by]))
		}
	}, descending)
	size, number := 20, 1
	if n, err := strconv.Atoi(text(c.body["page_size"])); err == nil {
		size = n
	}
	if n, err := strconv.Atoi(text(c.body["page_number"])); err == nil {
		number = n
	}
	if size < 1 || size > 200 || number < 1 || number*size > 100_000 {
		return p.invalid([]string{"page_size: has to be 1 to 200, page_number at least 1"})
	}
	found, _ = page(found, (number-1)*size, size)
	shown := make([]any, len(found))
	for i, r := range found {
		shown[i] = p.show(c, r)
	}
	return success(shown)
}

// matches holds a record against all conditions of a search that it knows.
func (copper) matches(c *call, r *record) bool {
	oneOf := func(wanted []any, have ...string) bool {
		return len(wanted) == 0 || slices.ContainsFunc(wanted, func(w any) bool {
			return slices.ContainsFunc(have, func(h string) bool { return strings.EqualFold(h, text(w)) })
		})
	}
	seconds := func(name string) (int64, bool) {
		n, err := strconv.ParseInt(text(c.body[name]), 10, 64)
		return n, err == nil
	}
	if least, ok := seconds("minimum_modified_date"); ok && r.Updated.Unix() < least {
		return false
	}
	if most, ok := seconds("maximum_modified_date"); ok && r.Updated.Unix() > most {
		return false
	}
	if phone := text(c.body["phone_number"]); phone != "" && !slices.Contains(pluck(r.Fields, "phone_numbers.number"), phone) {
		return false
	}
	name := strings.ToLower(text(c.body["name"]))
	return strings.Contains(strings.ToLower(text(r.Fields["name"])), name) &&
		oneOf(list(c.body["emails"]), pluck(r.Fields, "emails.email")...) &&
		oneOf(list(c.body["email_domains"]), text(r.Fields["email_domain"])) &&
		oneOf(list(c.body["pipeline_ids"]), text(r.Fields["pipeline_id"])) &&
		oneOf(list(c.body["primary_contact_ids"]), text(r.Fields["primary_contact_id"]))
}

// other fetches a person by e-mail address, or lists pipelines and stages.
func (p copper) other(c *call) answer {
	switch c.action.Does {
	case "lookup":
		if r := c.table().holder(text(c.body["email"]), ""); r != nil {
			return success(p.show(c, r))
		}
		return p.gone()
	case "pipelines":
		pipelines := []any{}
		for _, id := range []int{213, 214} {
			pipelines = append(pipelines, map[string]any{"id": id, "name": copperPipelines[id], "stages": p.stages(id)})
		}
		return success(pipelines)
	default:
		return success(append(p.stages(213), p.stages(214)...))
	}
}

func (copper) stages(pipeline int) []any {
	stages := []any{}
	for _, s := range copperStages {
		if s.Pipeline == pipeline {
			stages = append(stages, map[string]any{
				"id": s.ID, "name": s.Name, "pipeline_id": s.Pipeline, "win_probability": s.Probability,
			})
		}
	}
	return stages
}

func (copper) show(c *call, r *record) map[string]any {
	shown := map[string]any{
		"id": idNumber(r.ID), "date_created": r.Created.Unix(), "date_modified": r.Updated.Unix(), "interaction_count": 0,
	}
	for name, kind := range c.object.Fields {
		value := r.Fields[name]
		if value == nil && slices.Contains([]string{"array", "emails", "numbers", "websites"}, kind) {
			value = []any{}
		}
		shown[name] = value
	}
	return shown
}

func (p copper) gone() answer { return p.refusal(http.StatusNotFound, "Resource not found") }

func (p copper) throttled() answer {
	return p.refusal(http.StatusTooManyRequests, "Too many requests. Please try again later.")
}

func (p copper) invalid(faults []string) answer {
	slices.Sort(faults)
	return p.refusal(http.StatusUnprocessableEntity, "Invalid input: Validation errors: "+strings.Join(faults, ", "))
}

func (copper) refusal(status int, message string) answer {
	return answer{status: status, message: message, body: map[string]any{"success": false, "status": status, "message": message}}
}

// stage is the stage with the id.
func (copper) stage(id any) (copperStage, bool) {
	for _, s := range copperStages {
		if n, ok := id.(json.Number); ok && n.String() == strconv.Itoa(s.ID) {
			return s, true
		}
	}
	return copperStage{}, false
}

// companyName is the name that a person has from its company.
func (copper) companyName(c *call, id any) any {
	if r := c.account.tables["company"].byID[text(id)]; r != nil {
		return r.Fields["name"]
	}
	return fmt.Sprintf("Company %s", text(id))
}
