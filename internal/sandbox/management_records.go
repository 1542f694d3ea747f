package sandbox

import (
	"net/http"
	"time"
)

// recordView is a record as the management port shows it.
type recordView struct {
	Connector string         `json:"connector"`
	Object    string         `json:"object"`
	UserID    string         `json:"userId"`
	ID        string         `json:"id"`
	URL       string         `json:"url"`
	Fields    map[string]any `json:"fields"`
	CreatedAt time.Time      `json:"createdAt"`
	UpdatedAt time.Time      `json:"updatedAt"`

	Associations []association `json:"associations,omitempty"`
}

func (s *Server) view(a *account, r *record) recordView {
	return recordView{
		a.key.Connector, r.Object, a.key.User, r.ID, s.url(recordPath(a.key, r.Object, r.ID)), r.Fields, r.Created, r.Updated,
		r.Associations,
	}
}

// GET /records
func (s *Server) listRecords(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	views := []recordView{}
	for _, a := range s.books.all() {
		if c := query.Get("connector"); c != "" && c != a.key.Connector {
			continue
		}
		if u := query.Get("userId"); u != "" && u != a.key.User {
			continue
		}
		for _, one := range a.records(query.Get("object")) {
			views = append(views, s.view(a, one))
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"records": views})
}

// holderOf finds the account that has the record: ids are unique over all accounts.
func (s *Server) holderOf(connector, object, id string) (*account, *record) {
	for _, a := range s.books.all() {
		if a.key.Connector == connector {
			if r := a.record(object, id); r != nil {
				return a, r
			}
		}
	}
	return nil, nil
}

func (s *Server) pathRecord(w http.ResponseWriter, r *http.Request) *account {
	a, found := s.holderOf(param(r, "connector"), param(r, "object"), param(r, "record"))
	if found == nil {
		refuse(w, http.StatusNotFound, "there is no such record; GET /records lists them")
		return nil
	}
	return a
}

// PUT /records/{connector}/{object}/{record} with the fields to change. It is a person at the CRM: nothing is checked.
func (s *Server) changeRecord(w http.ResponseWriter, r *http.Request) {
	a := s.pathRecord(w, r)
	var fields map[string]any
	if a == nil || !decodeManagement(w, r, &fields) {
		return
	}
	a.mu.Lock()
	t := a.tables[param(r, "object")]
	old := t.byID[param(r, "record")]
	if old == nil {
		a.mu.Unlock()
		refuse(w, http.StatusNotFound, "the record has just been deleted")
		return
	}
	changed := old.with(fields, s.now())
	t.replace(changed)
	a.mu.Unlock()
	s.changed()
	writeJSON(w, http.StatusOK, s.view(a, changed))
}

// DELETE /records/{connector}/{object}/{record}
func (s *Server) dropRecord(w http.ResponseWriter, r *http.Request) {
	a := s.pathRecord(w, r)
	if a == nil {
		return
	}
	a.mu.Lock()
	t, id := a.tables[param(r, "object")], param(r, "record")
	if t.byID[id] != nil {
		t.remove(id)
	}
	a.mu.Unlock()
	s.changed()
	w.WriteHeader(http.StatusNoContent)
}
