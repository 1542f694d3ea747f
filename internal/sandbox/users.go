package sandbox

import "net/http"

// POST /users
func (s *Server) createUser(w http.ResponseWriter, _ *http.Request, x *exchange) {
	var in struct{ Username, FullName string }
	if p := x.decode(&in); p != nil {
		x.fail(w, p)
		return
	}
	if in.Username == "" {
		x.fail(w, invalidInput("username is required"))
		return
	}
	u := user{ID: s.mint.next(s.now()), FullName: in.FullName, Username: in.Username}
	if !s.people.addUser(u) {
		x.fail(w, &problem{status: http.StatusConflict, code: "VALIDATION_ERROR", message: "Username already exists"})
		return
	}
	s.changed()
	writeJSON(w, http.StatusOK, map[string]string{"userId": u.ID})
}

// GET /users
func (s *Server) listUsers(w http.ResponseWriter, _ *http.Request, _ *exchange) {
	writeJSON(w, http.StatusOK, map[string]any{"data": s.people.allUsers()})
}

// pathUser is the user that the path names by id or by username.
func (s *Server) pathUser(r *http.Request) (user, *problem) {
	u, ok := s.people.find(param(r, "user"))
	if !ok {
		return user{}, notFound("User")
	}
	return u, nil
}

// GET /users/{idOrUsername}
func (s *Server) getUser(w http.ResponseWriter, r *http.Request, x *exchange) {
	u, p := s.pathUser(r)
	if p != nil {
		x.fail(w, p)
		return
	}
	writeJSON(w, http.StatusOK, u)
}

// PUT /users/{idOrUsername}. The guide says that a username cannot change, and the reference shows one in the body: it
// has to be the same.
func (s *Server) updateUser(w http.ResponseWriter, r *http.Request, x *exchange) {
	u, p := s.pathUser(r)
	if p != nil {
		x.fail(w, p)
		return
	}
	var in struct{ Username, FullName *string }
	if p := x.decode(&in); p != nil {
		x.fail(w, p)
		return
	}
	if in.Username != nil && *in.Username != u.Username {
		x.fail(w, invalidInput("username cannot be changed"))
		return
	}
	if in.FullName != nil {
		u.FullName = *in.FullName
		s.people.rename(u.ID, u.FullName)
		s.changed()
	}
	writeJSON(w, http.StatusOK, u)
}

// DELETE /users/{idOrUsername}. The user's credentials go along; what is in the CRMs stays there.
func (s *Server) deleteUser(w http.ResponseWriter, r *http.Request, x *exchange) {
	u, p := s.pathUser(r)
	switch {
	case p != nil:
		x.fail(w, p)
		return
	case u.ID == s.people.keyOwner().ID:
		x.fail(w, invalidInput("The API key's own user cannot be deleted"))
		return
	}
	s.people.removeUser(u.ID)
	s.changed()
	writeJSON(w, http.StatusOK, map[string]bool{"success": true})
}
