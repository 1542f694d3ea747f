package sandbox

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
)

const pageRows = 200 // records shown per object

// objectOrder is the order of tables on a page.
var objectOrder = []string{"contact", "company", "deal"}

// GET /crm
func (s *Server) accountsPage(w http.ResponseWriter, _ *http.Request) {
	type row struct {
		Connector *connector
		Account   string
		Records   int
	}
	var rows []row
	for _, a := range s.books.all() {
		c := s.catalog.byID[a.key.Connector]
		if n := len(a.records("")); c.isCRM() {
			rows = append(rows, row{c, s.accountName(a.key), n})
		}
	}
	s.render(w, http.StatusOK, "accounts", map[string]any{"Rows": rows, "Connectors": s.catalog.crms()})
}

func (c *catalog) crms() (crms []*connector) {
	for _, one := range c.connectors {
		if one.isCRM() {
			crms = append(crms, one)
		}
	}
	return crms
}

// accountName is how a person tells accounts apart.
func (s *Server) accountName(key accountKey) string {
	u, _ := s.people.user(key.User)
	return cmp.Or(u.FullName, u.Username, "user "+key.User)
}

// GET /crm/{connector}: what arrived, newest first, of one account or of all.
func (s *Server) crmPage(w http.ResponseWriter, r *http.Request) {
	c := s.catalog.byID[param(r, "connector")]
	if c == nil || !c.isCRM() {
		s.apologise(w, apology{http.StatusNotFound, "No such CRM", "The sandbox has no CRM of this name."})
		return
	}
	type row struct {
		Path, Title, Account, When string
		Cells                      []string
	}
	type section struct {
		Label   string
		Columns []string
		Rows    []row
		More    int
	}
	only := r.URL.Query().Get("account")
	var sections []section
	for _, name := range objectOrder {
		o := c.Objects[name]
		one := section{Label: o.Label, Columns: o.Columns}
		type held struct {
			key accountKey
			*record
		}
		var all []held
		for _, a := range s.books.all() {
			if a.key.Connector == c.ID && (only == "" || only == a.key.User) {
				for _, rec := range a.records(name) {
					all = append(all, held{a.key, rec})
				}
			}
		}
		slices.SortFunc(all, func(a, b held) int { return cmp.Compare(b.Seq, a.Seq) })
		one.More = max(0, len(all)-pageRows)
		for _, h := range all[:len(all)-one.More] {
			cells := make([]string, len(o.Columns))
			for i, column := range o.Columns {
				cells[i] = words(h.Fields[column])
			}
			one.Rows = append(one.Rows, row{
				recordPath(h.key, name, h.ID), o.headline(h.record), s.accountName(h.key), h.Updated.Format("15:04:05"), cells,
			})
		}
		sections = append(sections, one)
	}
	s.render(w, http.StatusOK, "crm", map[string]any{"Connector": c, "Sections": sections, "Refresh": 5})
}

// GET /crm/{connector}/{object}/{record}
func (s *Server) recordPage(w http.ResponseWriter, r *http.Request) {
	c := s.catalog.byID[param(r, "connector")]
	a, found := s.holderOf(param(r, "connector"), param(r, "object"), param(r, "record"))
	if user := r.URL.Query().Get("account"); found != nil && user != "" && user != a.key.User {
		found = nil
	}
	if c == nil || found == nil {
		s.apologise(w, apology{http.StatusNotFound, "No such record", "It was deleted, or it was never here."})
		return
	}
	type field struct{ Name, Value string }
	var fields []field
	for _, name := range slices.Sorted(maps.Keys(found.Fields)) {
		fields = append(fields, field{name, words(found.Fields[name])})
	}
	o := c.Objects[found.Object]
	s.render(w, http.StatusOK, "record", map[string]any{
		"Connector": c, "Label": o.Label, "Title": o.headline(found), "ID": found.ID, "Fields": fields,
		"Account": s.accountName(a.key), "Created": found.Created.Format("2006-01-02 15:04:05"),
		"Updated": found.Updated.Format("2006-01-02 15:04:05"),
	})
}

func (o *object) headline(r *record) string {
	var parts []string
	for _, name := range o.Title {
		if v := words(r.Fields[name]); v != "" {
			parts = append(parts, v)
		}
	}
	return cmp.Or(strings.Join(parts, " "), "(no name)")
}

// words is a value for a person: the values of lists and objects, without their keys and labels.
func words(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []any:
		var parts []string
		for _, item := range v {
			parts = append(parts, words(item))
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		for _, key := range []string{"email", "number", "url", "value", "name"} {
			if s := text(v[key]); s != "" {
				return s
			}
		}
		var parts []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if s := words(v[key]); s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, ", ")
	}
	return text(v)
}
