package sandbox

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// executeKeys are the members of an execute body that Alloy knows. Others are ignored, and noted in the ledger.
var executeKeys = []string{"credentialId", "requestBody", "queryParameters", "pathParams", "additionalHeaders"}

// POST /connectors/{connector}/actions/{action}/execute
func (s *Server) execute(w http.ResponseWriter, _ *http.Request, x *exchange) {
	var in map[string]json.RawMessage
	if p := x.decode(&in); p != nil {
		x.fail(w, p)
		return
	}
	var ignored []string
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if !slices.Contains(executeKeys, name) {
			ignored = append(ignored, name)
		}
	}
	execution := s.mint.next(s.now())
	s.ledger.change(x.entry, func(e *entry) { e.Ignored, e.Execution = ignored, execution })
	if p := s.checkCredential(x, in["credentialId"]); p != nil {
		x.fail(w, p)
		return
	}
	c, p := s.newCall(x, in)
	if p != nil {
		x.fail(w, p)
		return
	}
	a := s.perform(c)
	s.ledger.change(x.entry, func(e *entry) { e.Applied, e.RecordID = a.applied, a.recordID })
	if a.applied {
		s.changed()
	}
	x.respond(w, a, execution)
}

// checkCredential says the same for a credential of nobody, of another user and of another connector.
func (s *Server) checkCredential(x *exchange, raw json.RawMessage) *problem {
	var id string
	_ = json.Unmarshal(raw, &id) // anything but a text is as good as absent
	c, ok := s.people.credential(id)
	switch {
	case x.connector == nil:
		return notFound("Connector")
	case x.action == nil:
		return notFound("Action")
	case id == "":
		return invalidInput("Credential ID required")
	case !isObjectID(id):
		return invalidInput("credentialId must be a valid ObjectId")
	case !ok || c.UserID != x.user.ID || c.Connector != x.connector.ID:
		return credentialUnknown()
	case c.Revoked:
		return credentialRevoked()
	}
	return nil
}

// newCall translates the execute body into what the CRM gets.
func (s *Server) newCall(x *exchange, in map[string]json.RawMessage) (*call, *problem) {
	c := &call{
		action: x.action, connector: x.connector, settings: x.settings, now: s.now(),
		object: x.connector.Objects[x.action.Object],
		params: map[string]string{}, query: map[string]string{}, headers: map[string]string{}, body: map[string]any{},
		account: s.books.open(accountKey{x.user.ID, x.connector.ID}, x.connector),
		next:    func() uint64 { return s.books.seq.Add(1) },
	}
	c.link = func(object, id string) string { return s.url(recordPath(c.account.key, object, id)) }
	if p := objectIn(in["requestBody"], "requestBody", &c.body); p != nil {
		return nil, p
	}
	for name, into := range map[string]map[string]string{
		"pathParams": c.params, "queryParameters": c.query, "additionalHeaders": c.headers,
	} {
		var members map[string]any
		if p := objectIn(in[name], name, &members); p != nil {
			return nil, p
		}
		for key, value := range members {
			if name == "additionalHeaders" {
				key = strings.ToLower(key)
			}
			into[key] = flat(value)
		}
	}
	for _, name := range x.action.params {
		if c.params[name] == "" {
			return nil, invalidField("pathParams."+name, "is required")
		}
	}
	if x.settings.StrictSchema {
		if path := missing(s.liveSchema(x.connector, x.action, x.settings), c.body, ""); path != "" {
			return nil, invalidField(path, "is required")
		}
	}
	return c, nil
}

// objectIn decodes a member that has to be an object where it is there at all.
func objectIn(raw json.RawMessage, name string, into *map[string]any) *problem {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	if err := decodeNumbers(raw, into); err != nil || *into == nil {
		return invalidField(name, "has to be an object")
	}
	return nil
}

// flat is a parameter as it goes into a URL: a list with commas.
func flat(value any) string {
	list, ok := value.([]any)
	if !ok {
		return text(value)
	}
	items := make([]string, len(list))
	for i, item := range list {
		items[i] = text(item)
	}
	return strings.Join(items, ",")
}

// perform lets the CRM do it, under its account's lock.
func (s *Server) perform(c *call) answer {
	d, ok := s.dialects[c.connector.ID]
	if !ok {
		return success(map[string]any{"ok": true})
	}
	if !c.account.admit(c.now, c.settings.RateLimits[c.connector.ID]) {
		return d.throttled()
	}
	if c.writes() {
		c.account.mu.Lock()
		defer c.account.mu.Unlock()
	} else {
		c.account.mu.RLock()
		defer c.account.mu.RUnlock()
	}
	return c.run(d)
}

func recordPath(key accountKey, object, id string) string {
	return "/crm/" + key.Connector + "/" + object + "/" + url.PathEscape(id) + "?account=" + key.User
}

// missing is the path of the first field that the schema requires and the value lacks; "": none.
func missing(raw schema, value any, at string) string {
	var s struct {
		Required   []string          `json:"required"`
		Properties map[string]schema `json:"properties"`
		Items      schema            `json:"items"`
	}
	if len(raw) == 0 || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	switch v := value.(type) {
	case map[string]any:
		for _, name := range s.Required {
			if v[name] == nil || v[name] == "" {
				return at + name
			}
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if path := missing(s.Properties[name], v[name], at+name+"."); path != "" {
				return path
			}
		}
	case []any:
		for _, item := range v {
			if path := missing(s.Items, item, at); path != "" {
				return path
			}
		}
	}
	return ""
}
