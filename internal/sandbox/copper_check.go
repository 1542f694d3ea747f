package sandbox

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// copperCategories are the categories of the entries in a list, and the key of their value.
var copperCategories = map[string]struct {
	key        string
	categories []string
}{
	"emails":   {"email", []string{"work", "personal", "other"}},
	"numbers":  {"number", []string{"mobile", "work", "home", "other"}},
	"websites": {"url", []string{"work", "personal", "other"}},
}

// fields reads a body. Members that Copper does not know are ignored, wrong types are refused.
func (p copper) fields(c *call) (fields map[string]any, faults []string) {
	fields = map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(c.body)) {
		kind, value := c.object.Fields[name], c.body[name]
		if kind == "" {
			continue
		}
		if wrong := p.checkField(c, kind, value); wrong != "" {
			faults = append(faults, name+": "+wrong)
		}
		if fields[name] = value; value == "" {
			fields[name] = nil
		}
	}
	if stage, ok := p.stage(fields["pipeline_stage_id"]); ok && c.object.name == "deal" {
		fields["pipeline_id"] = json.Number(strconv.Itoa(stage.Pipeline))
	}
	if id := fields["company_id"]; id != nil && c.object.name == "contact" && len(faults) == 0 {
		fields["company_name"] = p.companyName(c, id)
	}
	if c.object.name == "deal" && c.action.Does == "create" && fields["status"] == nil {
		fields["status"] = "Open"
	}
	return fields, faults
}

func (p copper) checkField(c *call, kind string, value any) string {
	if value == nil {
		return ""
	}
	if want := wrongType(kind, value); want != "" {
		return "must be " + want
	}
	switch kind {
	case "emails", "numbers", "websites":
		return p.checkList(c, kind, value)
	case "closeDate":
		return p.checkCloseDate(c, value)
	case "money":
		if n, ok := value.(json.Number); !ok || c.settings.CopperOpportunities == "seed" && !whole(n) {
			return "must be " + map[string]string{"seed": "an integer", "vendor": "a number"}[c.settings.CopperOpportunities]
		}
	case "company", "contact":
		switch {
		case !whole(value):
			return "must be an integer"
		case !c.has(kind, value):
			return "does not exist"
		}
	case "stage":
		switch _, ok := p.stage(value); {
		case !whole(value):
			return "must be an integer"
		case !ok:
			return "is not a stage of this account"
		}
	case "pipeline":
		if _, ok := copperPipelines[atoi(text(value))]; !whole(value) || !ok {
			return "is not a pipeline of this account"
		}
	case "string":
		if len(text(value)) > 10_000 {
			return "is too long"
		}
	}
	return ""
}

// checkCloseDate knows the two forms: the seed's Unix seconds and the vendor's text.
func (copper) checkCloseDate(c *call, value any) string {
	if c.settings.CopperOpportunities == "seed" {
		if !whole(value) {
			return "must be a number of seconds since 1970"
		}
		return ""
	}
	s, isText := value.(string)
	if _, err := time.Parse("01/02/2006", s); !isText || err != nil {
		return "must be a date (MM/DD/YYYY)"
	}
	return ""
}

// checkList checks the entries, and that nobody else has one of the e-mail addresses.
func (copper) checkList(c *call, kind string, value any) string {
	want := copperCategories[kind]
	items, ok := entries(value)
	if !ok {
		return "must be an array of objects"
	}
	for _, item := range items {
		v, isText := item[want.key].(string)
		category, _ := item["category"].(string)
		switch {
		case !isText || v == "":
			return want.key + " must be a string"
		case !slices.Contains(want.categories, category):
			return "category must be one of " + strings.Join(want.categories, ", ")
		case kind == "emails" && !isEmail(v):
			return v + " is invalid"
		case kind == "emails" && c.table().holder(v, c.id()) != nil:
			return v + " is already in use"
		}
	}
	return ""
}
