package sandbox

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// acorn is Acorn CRM, which does not exist: a CRM that no client has heard of, with words of its own for everything. It
// stands for the dozens of CRMs that Alloy offers and nobody has described. Its rules can only be learned from the
// schemas of its actions.
type acorn struct{}

var acornPhases = []any{"sprout", "sapling", "oak", "felled"}

func (n acorn) create(c *call) answer {
	complaints := n.check(c)
	for _, name := range c.object.Required {
		if value := c.body[name]; value == nil || value == "" {
			complaints = append(complaints, complaint(name, "is missing"))
		}
	}
	if len(complaints) > 0 {
		return n.invalid(complaints)
	}
	r := c.insert(acornID, maps.Clone(c.body))
	return answer{status: http.StatusCreated, body: map[string]any{"record": n.show(c, r)}, recordID: r.ID, applied: true}
}

func (n acorn) update(c *call) answer {
	r := c.target()
	if r == nil {
		return n.gone(c)
	}
	if complaints := n.check(c); len(complaints) > 0 {
		return n.invalid(complaints)
	}
	r = c.change(r, c.body)
	return answer{status: http.StatusOK, body: map[string]any{"record": n.show(c, r)}, recordID: r.ID, applied: true}
}

func (n acorn) get(c *call) answer {
	r := c.target()
	if r == nil {
		return n.gone(c)
	}
	a := success(map[string]any{"record": n.show(c, r)})
	a.recordID = r.ID
	return a
}

func (n acorn) remove(c *call) answer {
	r := c.target()
	if r == nil {
		return n.gone(c)
	}
	c.table().remove(r.ID)
	return answer{status: http.StatusOK, body: map[string]any{"removed": r.ID}, recordID: r.ID, applied: true}
}

// list gives the last changed first.
func (n acorn) list(c *call) answer {
	records := c.table().all()
	if after := c.query["changed_after"]; after != "" {
		at, err := time.Parse(time.RFC3339, after)
		if err != nil {
			return n.invalid([]any{complaint("changed_after", "is no RFC 3339 time")})
		}
		records = slices.DeleteFunc(records, func(r *record) bool { return !r.Updated.After(at) })
	}
	sortRecords(records, func(r *record) string { return r.Updated.UTC().Format("20060102150405.000000000") }, true)
	return n.page(c, records, c.query["page_token"], c.number("page_size", 25, 100))
}

// search wants every field of "where" to be exactly as given.
func (n acorn) search(c *call) answer {
	where, _ := c.body["where"].(map[string]any)
	var found []*record
	for _, r := range c.indexed(text(where["email_address"])) {
		matches := true
		for name, wanted := range where {
			matches = matches && strings.EqualFold(text(r.Fields[name]), text(wanted))
		}
		if matches {
			found = append(found, r)
		}
	}
	size := 25
	if asked := atoi(text(c.body["page_size"])); asked > 0 {
		size = min(asked, 100)
	}
	return n.page(c, found, text(c.body["page_token"]), size)
}

func (n acorn) page(c *call, records []*record, token string, size int) answer {
	records, next := page(records, atoi(strings.TrimPrefix(token, "leaf-")), size)
	shown := make([]any, len(records))
	for i, r := range records {
		shown[i] = n.show(c, r)
	}
	body := map[string]any{"records": shown, "next_page_token": nil}
	if next > 0 {
		body["next_page_token"] = fmt.Sprintf("leaf-%d", next)
	}
	return success(body)
}

// check refuses unknown fields and wrong types, all at once.
func (acorn) check(c *call) (complaints []any) {
	for _, name := range slices.Sorted(maps.Keys(c.body)) {
		value, kind := c.body[name], c.object.Fields[name]
		switch {
		case kind == "":
			complaints = append(complaints, complaint(name, "is not a field of this record"))
		case value == nil:
		case wrongType(kind, value) != "":
			complaints = append(complaints, complaint(name, "has to be "+wrongType(kind, value)))
		case kind == "phase" && !slices.Contains(acornPhases, value):
			complaints = append(complaints, complaint(name, "has to be one of sprout, sapling, oak, felled"))
		case (kind == "company" || kind == "contact") && !c.has(kind, value):
			complaints = append(complaints, complaint(name, "refers to no record"))
		}
	}
	return complaints
}

func complaint(name, what string) any { return map[string]any{"field": name, "complaint": what} }

func (acorn) show(c *call, r *record) map[string]any {
	shown := maps.Clone(r.Fields)
	shown["record_id"], shown["web_link"] = r.ID, c.link(c.object.name, r.ID)
	shown["planted_at"], shown["changed_at"] = timestamp(r.Created), timestamp(r.Updated)
	return shown
}

func (acorn) other(c *call) answer { return acorn{}.gone(c) }

func (n acorn) gone(c *call) answer {
	return n.refusal(http.StatusNotFound, "no_such_record", "There is no record "+c.id(), nil)
}

func (n acorn) invalid(complaints []any) answer {
	first, _ := complaints[0].(map[string]any)
	message := "The record does not fit: " + text(first["field"]) + " " + text(first["complaint"])
	return n.refusal(http.StatusUnprocessableEntity, "does_not_fit", message, complaints)
}

func (n acorn) throttled() answer {
	return n.refusal(http.StatusTooManyRequests, "too_fast", "Too many calls", nil)
}

func (acorn) refusal(status int, reason, message string, complaints []any) answer {
	problem := map[string]any{"reason": reason, "message": message}
	if complaints != nil {
		problem["fields"] = complaints
	}
	return answer{status: status, message: message, body: map[string]any{"problem": problem}}
}
