package sandbox

import (
	"fmt"
	"net/http"
	"strings"
)

// POST /schemas
func (s *Server) changeSchema(w http.ResponseWriter, r *http.Request) {
	var c schemaChange
	if !decodeManagement(w, r, &c) {
		return
	}
	owner := s.catalog.byID[c.Connector]
	switch {
	case owner == nil:
		refuse(w, http.StatusBadRequest, fmt.Sprintf("there is no connector %q; the connectors are %s", c.Connector, strings.Join(order[:], ", ")))
		return
	case owner.actions[c.Action] == nil:
		refuse(w, http.StatusBadRequest, fmt.Sprintf("%s has no action %q", c.Connector, c.Action))
		return
	}
	err := c.check()
	if err == nil {
		_, err = c.apply(s.liveSchema(owner, owner.actions[c.Action], s.settings.current()))
	}
	if err == nil {
		c, err = s.schemas.add(c)
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	writeJSON(w, http.StatusCreated, c)
}

// GET /schemas
func (s *Server) listSchemaChanges(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"changes": s.schemas.all()})
}

// DELETE /schemas
func (s *Server) restoreSchemas(w http.ResponseWriter, _ *http.Request) {
	s.schemas.remove("")
	w.WriteHeader(http.StatusNoContent)
}

// DELETE /schemas/{change}
func (s *Server) restoreSchema(w http.ResponseWriter, r *http.Request) {
	if !s.schemas.remove(param(r, "change")) {
		refuse(w, http.StatusNotFound, "there is no such change; GET /schemas lists them")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
