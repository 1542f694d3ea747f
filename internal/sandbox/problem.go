package sandbox

import (
	"encoding/json"
	"net/http"
)

// problem is an error in Alloy's own name.
type problem struct {
	status     int
	code       string
	message    string
	details    any    // left out if nil
	top        bool   // code and message stand at the top whatever the form, as observed for one code
	retryAfter string // header
}

func (p *problem) Error() string { return p.message }

func invalidInput(message string) *problem {
	return &problem{status: http.StatusBadRequest, code: "INVALID_INPUT", message: message}
}

func notFound(what string) *problem {
	return &problem{status: http.StatusNotFound, code: "NOT_FOUND", message: what + " not found"}
}

// invalidField has the details of Alloy's documented example.
func invalidField(field, reason string) *problem {
	return &problem{
		status: http.StatusBadRequest, code: "VALIDATION_ERROR", message: "Invalid field value",
		details: map[string]string{"field": field, "reason": reason},
	}
}

// credentialUnknown is what is observed for a credential of another user, of another connector, or of nobody.
func credentialUnknown() *problem { return invalidInput("Credential not found") }

func credentialRevoked() *problem {
	return &problem{
		status: http.StatusUnauthorized, code: "INVALID_CREDENTIAL",
		message: "The credential has expired or been revoked", details: "User needs to re-authenticate",
	}
}

// body is the problem in one of the four forms that documents and users show.
func (p *problem) body(form string) any {
	type e1 struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Details any    `json:"details,omitempty"`
	}
	switch {
	case p.top || form == "E3":
		return e1{p.code, p.message, p.details}
	case form == "E2":
		return map[string]any{"error": e1{p.code, p.message, nil}}
	case form == "E4":
		return map[string]any{"error": http.StatusText(p.status), "message": p.message}
	default:
		return map[string]any{"error": e1{p.code, p.message, p.details}}
	}
}

func (p *problem) write(w http.ResponseWriter, form string) {
	if p.retryAfter != "" {
		w.Header().Set("Retry-After", p.retryAfter)
	}
	writeJSON(w, p.status, p.body(form))
}

// codeOf is Alloy's code for a status that a CRM or a fault gave.
func codeOf(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "INVALID_CREDENTIAL"
	case http.StatusForbidden:
		return "FORBIDDEN"
	case http.StatusNotFound:
		return "NOT_FOUND"
	case http.StatusConflict:
		return "CONFLICT"
	case http.StatusTooManyRequests:
		return "RATE_LIMIT_EXCEEDED"
	}
	if status >= 500 {
		return "INTERNAL_ERROR"
	}
	return "VALIDATION_ERROR"
}

// writeJSON writes v. Values are the sandbox's own, so that encoding them does not fail; if it does, the client gets a
// 500 rather than half an answer.
func writeJSON(w http.ResponseWriter, status int, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		status = http.StatusInternalServerError
		raw = []byte(`{"error":{"code":"INTERNAL_ERROR","message":"The sandbox could not encode its answer"}}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(raw) // a client that has gone
}
