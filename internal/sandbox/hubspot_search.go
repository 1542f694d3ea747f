package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// hubspotQuery is the body of a search.
type hubspotQuery struct {
	groups     [][]hubspotFilter // any of the groups, all of a group's filters
	sortBy     string
	descending bool
	limit      int
	after      int
	properties []string
}

type hubspotFilter struct {
	property, operator, value, high string
	values                          []string
}

var hubspotOperators = []string{
	"EQ", "NEQ", "LT", "LTE", "GT", "GTE", "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY", "CONTAINS_TOKEN",
}

const hubspotReach = 10_000 // results that a search can page through

func (h hubspot) search(c *call) answer {
	q, wrong := h.query(c)
	if wrong != "" {
		return h.refusal(http.StatusBadRequest, "VALIDATION_ERROR", wrong, nil)
	}
	var found []*record
	for _, r := range c.indexed(q.email()) {
		if q.matches(c, r) {
			found = append(found, r)
		}
	}
	sortBy := q.sortBy
	if sortBy == "" {
		sortBy = "createdate"
	}
	sortRecords(found, func(r *record) string { return sortable(h.value(c, r, sortBy)) }, q.descending)
	total := len(found)
	records, next := page(found, q.after, q.limit)
	body := map[string]any{"total": total, "results": h.showAll(c, records, q.properties)}
	if next > 0 {
		body["paging"] = map[string]any{"next": map[string]any{"after": strconv.Itoa(next)}}
	}
	return success(body)
}

func (h hubspot) query(c *call) (q hubspotQuery, wrong string) {
	q.limit, q.properties = 10, c.object.Defaults
	if n, err := strconv.Atoi(text(c.body["limit"])); err == nil {
		q.limit = n
	}
	q.after, _ = strconv.Atoi(text(c.body["after"]))
	if q.limit < 1 || q.limit > 200 || q.after+q.limit > hubspotReach {
		return q, "limit has to be 1 to 200, and a search reaches 10000 results"
	}
	if names, ok := c.body["properties"].([]any); ok && len(names) > 0 {
		q.properties = nil
		for _, name := range names {
			q.properties = append(q.properties, text(name))
		}
	}
	for _, item := range list(c.body["sorts"]) {
		if q.sortBy = text(item); q.sortBy == "" {
			sort, _ := item.(map[string]any)
			q.sortBy, q.descending = text(sort["propertyName"]), text(sort["direction"]) == "DESCENDING"
		}
	}
	groups := list(c.body["filterGroups"])
	if len(groups) > 5 {
		return q, "there can be 5 filterGroups at most"
	}
	for _, item := range groups {
		group, _ := item.(map[string]any)
		var filters []hubspotFilter
		for _, one := range list(group["filters"]) {
			m, _ := one.(map[string]any)
			f := hubspotFilter{
				property: text(m["propertyName"]), operator: text(m["operator"]), value: text(m["value"]), high: text(m["highValue"]),
			}
			for _, v := range list(m["values"]) {
				f.values = append(f.values, text(v))
			}
			if c.object.Fields[f.property] == "" {
				return q, "There was a problem with the request: property " + strconv.Quote(f.property) + " does not exist"
			}
			if !slices.Contains(hubspotOperators, f.operator) {
				return q, "Invalid input JSON: operator " + strconv.Quote(f.operator) + " is not known"
			}
			filters = append(filters, f)
		}
		if len(filters) == 0 || len(filters) > 6 {
			return q, "a filter group has 1 to 6 filters"
		}
		q.groups = append(q.groups, filters)
	}
	return q, ""
}

// email is the address that the search is for, if it is for nothing else.
func (q hubspotQuery) email() string {
	if len(q.groups) == 1 {
		for _, f := range q.groups[0] {
			if f.property == "email" && f.operator == "EQ" {
				return f.value
			}
		}
	}
	return ""
}

func (q hubspotQuery) matches(c *call, r *record) bool {
	for _, group := range q.groups {
		all := true
		for _, f := range group {
			all = all && f.matches(hubspot{}.value(c, r, f.property))
		}
		if all {
			return true
		}
	}
	return len(q.groups) == 0
}

// value is a property as searches see it, times in milliseconds.
func (h hubspot) value(c *call, r *record, property string) string {
	switch property {
	case "hs_object_id":
		return r.ID
	case "createdate":
		return strconv.FormatInt(r.Created.UnixMilli(), 10)
	case h.lastModified(c.object):
		return strconv.FormatInt(r.Updated.UnixMilli(), 10)
	}
	value := text(r.Fields[property])
	if t, ok := hubspotTime(value); ok && c.object.Fields[property] == "datetime" {
		return strconv.FormatInt(t.UnixMilli(), 10)
	}
	return value
}

func (f hubspotFilter) matches(value string) bool {
	equal := func(other string) bool { return compare(value, other) == 0 }
	switch f.operator {
	case "HAS_PROPERTY":
		return value != ""
	case "NOT_HAS_PROPERTY":
		return value == ""
	case "NEQ":
		return !equal(f.value)
	case "IN", "NOT_IN":
		in := false
		for _, v := range f.values {
			in = in || equal(v)
		}
		return in == (f.operator == "IN")
	}
	if value == "" {
		return false
	}
	switch f.operator {
	case "EQ":
		return equal(f.value)
	case "LT":
		return compare(value, f.value) < 0
	case "LTE":
		return compare(value, f.value) <= 0
	case "GT":
		return compare(value, f.value) > 0
	case "GTE":
		return compare(value, f.value) >= 0
	case "BETWEEN":
		return compare(value, f.value) >= 0 && compare(value, f.high) <= 0
	default: // CONTAINS_TOKEN
		return strings.Contains(strings.ToLower(value), strings.ToLower(strings.Trim(f.value, "*")))
	}
}
