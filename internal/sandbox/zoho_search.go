package sandbox

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// list reads a page, by age unless sorted otherwise.
func (z zoho) list(c *call) answer {
	records := c.table().all()
	if since, err := time.Parse(time.RFC3339, c.headers["if-modified-since"]); err == nil {
		kept := records[:0]
		for _, r := range records {
			if !r.Updated.Before(since) {
				kept = append(kept, r)
			}
		}
		records = kept
	}
	if by := c.query["sort_by"]; by != "" {
		sortRecords(records, func(r *record) string { return sortable(text(zohoValue(r, by))) }, c.query["sort_order"] != "asc")
	}
	return z.page(c, records)
}

// page answers 204 where there is nothing.
func (z zoho) page(c *call, records []*record) answer {
	size, number := c.number("per_page", 200, 200), c.number("page", 1, 1000)
	records, next := page(records, (number-1)*size, size)
	if len(records) == 0 {
		return answer{status: http.StatusNoContent}
	}
	shown := make([]any, len(records))
	for i, r := range records {
		shown[i] = z.show(c, r)
	}
	return success(map[string]any{"data": shown, "info": map[string]any{
		"per_page": size, "count": len(shown), "page": number, "more_records": next > 0,
	}})
}

// search takes exactly one of criteria, email, phone and word.
func (z zoho) search(c *call) answer {
	match, email, wrong := z.condition(c)
	if wrong != "" {
		return z.refusal(http.StatusBadRequest, "INVALID_QUERY", wrong, map[string]any{"api_name": "criteria"})
	}
	var found []*record
	for _, r := range c.indexed(email) {
		if match(r) {
			found = append(found, r)
		}
	}
	return z.page(c, found)
}

func (zoho) condition(c *call) (match func(*record) bool, email, wrong string) {
	contains := func(wanted string, kinds ...string) func(*record) bool {
		return func(r *record) bool {
			for name := range c.object.Fields {
				for _, kind := range kinds {
					if strings.Contains(name, kind) && strings.Contains(strings.ToLower(text(zohoValue(r, name))), strings.ToLower(wanted)) {
						return true
					}
				}
			}
			return false
		}
	}
	switch q := c.query; {
	case q["criteria"] != "":
		return zohoCriteria(q["criteria"])
	case q["email"] != "":
		return func(r *record) bool { return strings.EqualFold(text(r.Fields["Email"]), q["email"]) }, q["email"], ""
	case q["phone"] != "":
		return contains(q["phone"], "Phone", "Mobile"), "", ""
	case len(q["word"]) >= 2:
		return contains(q["word"], ""), "", ""
	}
	return nil, "", "one of criteria, email, phone and word is needed"
}

var zohoOperators = []string{
	"equals", "not_equal", "starts_with", "in", "greater_than", "greater_equal", "less_than", "less_equal",
}

// zohoTerm is (Field:operator:value); a backslash protects the next character of the value.
var zohoTerm = regexp.MustCompile(`\(([A-Za-z_]+):([a-z_]+):((?:\\.|[^()\\])*)\)`)

var zohoEscape = regexp.MustCompile(`\\(.)`)

// zohoCriteria reads terms joined by "and", or by "or"; both at once is more than the sandbox understands.
func zohoCriteria(criteria string) (match func(*record) bool, email, wrong string) {
	const malformed = "Invalid query formed"
	joints := strings.ToLower(strings.Trim(zohoTerm.ReplaceAllString(criteria, " "), "() "))
	terms := zohoTerm.FindAllStringSubmatch(criteria, -1)
	joint := ""
	for _, word := range strings.Fields(joints) {
		if word != "and" && word != "or" || joint != "" && word != joint {
			return nil, "", malformed
		}
		joint = word
	}
	if len(terms) == 0 || len(strings.Fields(joints)) != len(terms)-1 {
		return nil, "", malformed
	}
	for _, term := range terms {
		term[3] = zohoEscape.ReplaceAllString(term[3], "$1")
		if !slices.Contains(zohoOperators, term[2]) {
			return nil, "", malformed
		}
		if term[1] == "Email" && term[2] == "equals" && joint != "or" {
			email = term[3]
		}
	}
	return func(r *record) bool {
		for _, term := range terms {
			if zohoMatches(text(zohoValue(r, term[1])), term[2], term[3]) == (joint == "or") {
				return joint == "or"
			}
		}
		return joint != "or"
	}, email, ""
}

func zohoMatches(value, operator, wanted string) bool {
	order := compare(value, wanted)
	switch operator {
	case "equals":
		return order == 0
	case "not_equal":
		return order != 0
	case "starts_with":
		return strings.HasPrefix(strings.ToLower(value), strings.ToLower(wanted))
	case "in":
		for _, one := range strings.Split(wanted, ",") {
			if compare(value, one) == 0 {
				return true
			}
		}
		return false
	case "greater_than":
		return value != "" && order > 0
	case "greater_equal":
		return value != "" && order >= 0
	case "less_than":
		return value != "" && order < 0
	default: // less_equal
		return value != "" && order <= 0
	}
}
