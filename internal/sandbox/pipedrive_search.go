package sandbox

import (
	"slices"
	"strings"
	"time"
)

func pipedriveTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// list reads a page, by id unless sorted otherwise.
func (p pipedrive) list(c *call) answer {
	records := c.table().all()
	for name, keep := range map[string]func(r *record, at time.Time) bool{
		"updated_since": func(r *record, at time.Time) bool { return !r.Updated.Before(at) },
		"updated_until": func(r *record, at time.Time) bool { return r.Updated.Before(at) },
	} {
		if c.query[name] == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, c.query[name])
		if err != nil {
			return p.invalid(name + ": has to be an RFC 3339 time")
		}
		records = slices.DeleteFunc(records, func(r *record) bool { return !keep(r, at) })
	}
	descending := c.query["sort_direction"] == "desc"
	sortRecords(records, func(r *record) string {
		switch c.query["sort_by"] {
		case "update_time":
			return r.Updated.UTC().Format("20060102150405.000000000")
		case "add_time":
			return r.Created.UTC().Format("20060102150405.000000000")
		default:
			return sortable(r.ID)
		}
	}, descending)
	records, next := page(records, pipedriveFrom(c.query["cursor"]), c.number("limit", 100, 500))
	shown := make([]any, len(records))
	for i, r := range records {
		shown[i] = p.show(c, r)
	}
	body := p.wrap(shown)
	body["additional_data"] = map[string]any{"next_cursor": pipedriveCursor(next)}
	return success(body)
}

// search looks for a term in the fields named, in all by default.
func (p pipedrive) search(c *call) answer {
	term, exact := strings.ToLower(c.query["term"]), c.query["exact_match"] == "true"
	if len(term) < 2 && (!exact || term == "") {
		return p.invalid("term: has to have 2 characters, or 1 with exact_match")
	}
	fields := []string{}
	if c.query["fields"] != "" {
		fields = strings.Split(c.query["fields"], ",")
	}
	email := ""
	if exact && slices.Equal(fields, []string{"email"}) {
		email = term
	}
	var found []*record
	for _, r := range c.indexed(email) {
		if slices.ContainsFunc(p.searchable(r, fields), func(v string) bool {
			v = strings.ToLower(v)
			return v == term || !exact && strings.Contains(v, term)
		}) {
			found = append(found, r)
		}
	}
	found, next := page(found, pipedriveFrom(c.query["cursor"]), c.number("limit", 100, 500))
	items := make([]any, len(found))
	for i, r := range found {
		items[i] = map[string]any{"result_score": 0.5, "item": p.item(c, r)}
	}
	body := p.wrap(map[string]any{"items": items})
	body["additional_data"] = map[string]any{"next_cursor": pipedriveCursor(next)}
	return success(body)
}

func (pipedrive) searchable(r *record, fields []string) (values []string) {
	for name, paths := range map[string][]string{
		"email": {"emails.value"}, "phone": {"phones.value"}, "name": {"name"}, "title": {"title"},
		"address": {"address.value"}, "custom_fields": nil,
	} {
		if len(fields) > 0 && !slices.Contains(fields, name) {
			continue
		}
		for _, path := range paths {
			values = append(values, pluck(r.Fields, path)...)
		}
	}
	return values
}

// item is shorter than the record, and flat.
func (pipedrive) item(c *call, r *record) map[string]any {
	item := map[string]any{"id": idNumber(r.ID), "type": strings.ToLower(pipedriveNames[c.object.name])}
	switch c.object.name {
	case "contact":
		item["name"] = r.Fields["name"]
		item["emails"], item["phones"] = orNone(pluck(r.Fields, "emails.value")), orNone(pluck(r.Fields, "phones.value"))
		item["organization"] = nil
		if company := c.account.tables["company"].byID[text(r.Fields["org_id"])]; company != nil {
			item["organization"] = map[string]any{"id": idNumber(company.ID), "name": company.Fields["name"]}
		}
	case "deal":
		for _, name := range []string{"title", "value", "currency", "status"} {
			item[name] = r.Fields[name]
		}
	default:
		item["name"] = r.Fields["name"]
	}
	return item
}

func orNone(values []string) []string {
	if values == nil {
		return []string{}
	}
	return values
}
