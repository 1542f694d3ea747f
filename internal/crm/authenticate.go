package crm

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// authenticate makes a credential at Alloy with the method: at once from inputs, or through the user's consent. open
// stores the waiting connection, with the flow if there is one; it runs after Alloy has agreed, so that a refusal
// leaves nothing behind.
func (c *Connections) authenticate(
	ctx context.Context, connection Connection, method AuthMethod, inputs json.RawMessage, returnURL string,
	listed []Credential, open func(*Flow) (Connection, error),
) (Started, error) {
	request := NewCredential{
		UserID: connection.User.AlloyID, Connector: connection.Connector, Type: method.Type, Inputs: inputs,
	}
	var flow *Flow
	if method.Redirect {
		var state string
		state, flow = c.newFlow(returnURL, listed)
		request.RedirectURI = c.config.PublicURL + "/oauth/callback/" + state
	}
	made, err := c.vault.CreateCredential(ctx, request)
	if err != nil {
		return Started{}, inputFault(err)
	}
	if made.AuthorizationURL != "" {
		if flow == nil {
			return Started{}, Errorf(UpstreamUnavailable, "Alloy asks for consent where its metadata promised none.")
		}
		opened, err := open(flow)
		return Started{Connection: opened, AuthorizationURL: made.AuthorizationURL}, err
	}
	credential, err := c.fresh(ctx, connection, made.CredentialID, listed)
	if err != nil {
		return Started{}, err
	}
	opened, err := open(nil)
	if err != nil {
		return Started{}, err
	}
	active, err := c.store.Activate(ctx, opened, nil, credential)
	return Started{Connection: active}, err
}

// fresh finds the credential that Alloy has just made: by the id it gave, else as the one that was not listed before.
func (c *Connections) fresh(ctx context.Context, connection Connection, id string, before []Credential) (Credential, error) {
	now, err := c.vault.Credentials(ctx, connection.User.AlloyID, connection.Connector)
	if err != nil {
		if id != "" {
			return Credential{ID: id}, nil
		}
		return Credential{}, err
	}
	for _, credential := range slices.Backward(now) {
		if credential.ID == id || (id == "" && !hasCredential(before, credential.ID)) {
			return credential, nil
		}
	}
	if id != "" {
		return Credential{ID: id}, nil
	}
	return Credential{}, Errorf(UpstreamUnavailable, "Alloy took the credential but does not list it; try again in a moment.")
}

// newFlow draws a state of 256 bits. Only its hash is kept.
func (c *Connections) newFlow(returnURL string, listed []Credential) (state string, f *Flow) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails: it ends the process instead
	state = base64.RawURLEncoding.EncodeToString(raw)
	now := c.config.Now()
	f = &Flow{
		ID: uuid.Must(uuid.NewV7()), StateHash: hashState(state), ReturnURL: returnURL, Known: []string{},
		CreatedAt: now, ExpiresAt: now.Add(c.config.StateTTL),
	}
	for _, l := range listed {
		f.Known = append(f.Known, l.ID)
	}
	return state, f
}

func hashState(state string) []byte {
	sum := sha256.Sum256([]byte(state))
	return sum[:]
}

// choose picks the way to authenticate: the one asked for; else, with inputs at hand, one that takes them; else one
// that leads through consent, where the user has least to do.
func choose(methods []AuthMethod, wanted string, haveInputs bool) (AuthMethod, error) {
	if len(methods) == 0 {
		return AuthMethod{}, Errorf(MappingIncomplete, "Alloy names no way to authenticate at this CRM.")
	}
	if wanted != "" {
		var offered []string
		for _, m := range methods {
			if m.Type == wanted {
				return m, nil
			}
			offered = append(offered, m.Type)
		}
		return AuthMethod{}, &Error{
			Code:   InvalidRequest,
			Detail: "This CRM does not offer that authentication type.",
			Remedy: "Use one of: " + strings.Join(offered, ", ") + ".",
			Fields: []FieldError{{Field: "/authenticationType", Code: "not_offered", Message: "Offered: " + strings.Join(offered, ", ")}},
		}
	}
	best := methods[0]
	for _, m := range methods[1:] {
		if haveInputs && !hasInputs(best) && hasInputs(m) || !haveInputs && !best.Redirect && m.Redirect {
			best = m
		}
	}
	return best, nil
}

func hasInputs(m AuthMethod) bool { return len(properties(m.Input)) > 0 }

// checkInputs holds a credential against the CRM's schema, by names only: what the values have to look like is for the
// CRM to say, and no value may get into an error.
func checkInputs(schema, inputs json.RawMessage) error {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(inputs, &given); err != nil || given == nil {
		return Errorf(InvalidRequest, "credential has to be a JSON object with the CRM's inputs.")
	}
	known := properties(schema)
	fault := &Error{Code: InvalidRequest, Detail: "The credential does not fit what the CRM asks for."}
	for _, name := range required(schema) {
		if value, ok := given[name]; !ok || string(value) == `""` || string(value) == "null" {
			fault.Fields = append(fault.Fields, FieldError{
				Field: "/credential/" + name, Code: "required_missing", Message: fmt.Sprintf("The CRM needs %q.", name),
			})
		}
	}
	for name := range given {
		if _, ok := known[name]; !ok && len(name) <= 64 {
			fault.Fields = append(fault.Fields, FieldError{
				Field: "/credential/" + name, Code: "unknown_field", Message: "The CRM asks for no such input.",
			})
		} else if !ok {
			fault.Fields = append(fault.Fields, FieldError{Field: "/credential", Code: "unknown_field", Message: "The CRM asks for no input with such a long name."})
		}
	}
	if len(fault.Fields) == 0 {
		return nil
	}
	slices.SortFunc(fault.Fields, func(a, b FieldError) int { return strings.Compare(a.Field, b.Field) })
	return fault
}

func properties(schema json.RawMessage) map[string]json.RawMessage {
	var s struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	_ = json.Unmarshal(schema, &s) // a schema that cannot be read asks for nothing
	return s.Properties
}

func required(schema json.RawMessage) []string {
	var s struct {
		Required []string `json:"required"`
	}
	_ = json.Unmarshal(schema, &s)
	return s.Required
}

// inputFault points a refusal of Alloy's at the credential's inputs.
func inputFault(err error) error {
	var e *Error
	if !asError(err, &e) || e.Code != CRMRejected {
		return err
	}
	pointed := *e
	pointed.Remedy = "Check the keys and try again."
	pointed.Fields = nil
	for _, f := range e.Fields {
		f.Field = "/credential/" + strings.TrimPrefix(strings.TrimPrefix(f.Field, "data."), "/")
		pointed.Fields = append(pointed.Fields, f)
	}
	return &pointed
}

func hasCredential(listed []Credential, id string) bool {
	return slices.ContainsFunc(listed, func(c Credential) bool { return c.ID == id })
}
