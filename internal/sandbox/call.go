package sandbox

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// call is one action on one CRM account, as the CRM gets it. The account's lock is held: for writing if the action may
// write, else for reading.
type call struct {
	action    *action
	object    *object // nil where the action has none
	connector *connector
	account   *account
	settings  *settings
	params    map[string]string // path
	query     map[string]string
	headers   map[string]string // lower-case names
	body      map[string]any    // numbers are json.Number
	now       time.Time
	next      func() uint64                  // draws from the sequence of record ids
	link      func(object, id string) string // a record's page
}

// answer is what a CRM answers.
type answer struct {
	status   int
	body     any    // nil: none
	message  string // of a refusal, in words
	recordID string // that was written, or read by id
	applied  bool   // the account was changed
}

// dialect is how one CRM speaks. A method that the catalogue has no action for is never called.
type dialect interface {
	create(*call) answer
	update(*call) answer
	get(*call) answer
	list(*call) answer
	search(*call) answer
	remove(*call) answer
	other(*call) answer // pipelines, stages and what else the CRM has
	throttled() answer  // over its rate limit
}

func dialects() map[string]dialect {
	return map[string]dialect{
		"hubspot": hubspot{}, "salesforceCRM": salesforce{}, "copper": copper{}, "zohoCRM": zoho{},
		"pipedrive": pipedrive{}, "acornCRM": acorn{},
	}
}

func (c *call) writes() bool {
	return c.action.Does == "create" || c.action.Does == "update" || c.action.Does == "delete"
}

// run does the action.
func (c *call) run(d dialect) answer {
	switch c.action.Does {
	case "create":
		return d.create(c)
	case "update":
		return d.update(c)
	case "get":
		return d.get(c)
	case "list":
		return d.list(c)
	case "search":
		return d.search(c)
	case "delete":
		return d.remove(c)
	default:
		return d.other(c)
	}
}

func (c *call) table() *table { return c.account.tables[c.object.name] }

// id is the record's id in the path.
func (c *call) id() string {
	if len(c.action.params) == 0 {
		return ""
	}
	return c.params[c.action.params[0]]
}

// target is the record that the path names; nil: there is none.
func (c *call) target() *record { return c.table().byID[c.id()] }

// insert stores a new record.
func (c *call) insert(id func(seq uint64) string, fields map[string]any) *record {
	seq := c.next()
	maps.DeleteFunc(fields, func(_ string, value any) bool { return value == nil })
	r := &record{ID: id(seq), Object: c.object.name, Seq: seq, Fields: fields, Created: c.now, Updated: c.now}
	c.table().insert(r)
	return r
}

// change replaces the fields given. A nil value takes the field away.
func (c *call) change(old *record, fields map[string]any) *record {
	r := old.with(fields, c.now)
	c.table().replace(r)
	return r
}

// has reports whether the account has the record; ids may be texts or numbers.
func (c *call) has(object string, id any) bool {
	return c.account.tables[object].byID[text(id)] != nil
}

// indexed are the records that a search may find.
func (c *call) indexed(email string) []*record {
	lag := time.Duration(c.settings.SearchLagMs[c.connector.ID]) * time.Millisecond
	return c.table().indexed(c.now, lag, email)
}

// number is a query parameter between 1 and most, or its default.
func (c *call) number(name string, fallback, most int) int {
	n, err := strconv.Atoi(c.query[name])
	if err != nil || n < 1 {
		return fallback
	}
	return min(n, most)
}

// sort orders records by a text each, then by age.
func sortRecords(records []*record, key func(*record) string, descending bool) {
	slices.SortStableFunc(records, func(a, b *record) int {
		order := cmp.Or(cmp.Compare(key(a), key(b)), cmp.Compare(a.Seq, b.Seq))
		if descending {
			return -order
		}
		return order
	})
}

// page cuts records [from, from+size) and reports where the next page begins; 0: there is none.
func page(records []*record, from, size int) (cut []*record, next int) {
	from = min(max(from, 0), len(records))
	end := min(from+size, len(records))
	if end < len(records) {
		next = end
	}
	return records[from:end], next
}

// text is a scalar as a text; anything else and null are "".
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// whole reports whether the value is a JSON number without fraction or exponent.
func whole(v any) bool {
	n, ok := v.(json.Number)
	if !ok {
		return false
	}
	_, err := n.Int64()
	return err == nil
}

// idNumber is an id as the JSON number that some CRMs write.
func idNumber(id string) json.Number { return json.Number(id) }

// isEmail is as strict as the CRMs are: something, an @, and a domain with a dot.
func isEmail(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && strings.Contains(strings.Trim(domain, "."), ".") && !strings.ContainsAny(s, " \t\r\n,;<>")
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func success(body any) answer { return answer{status: http.StatusOK, body: body} }
