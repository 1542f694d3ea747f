package sandbox

import (
	"net/http"
	"strconv"
)

// respond wraps a CRM's answer in the form that is set: A with a status code, B with an execution id, C with "result".
func (x *exchange) respond(w http.ResponseWriter, a answer, execution string) {
	if a.status >= http.StatusBadRequest && x.settings.ProviderErrors != "envelope" {
		x.refuse(w, a)
		return
	}
	form := map[string]any{}
	key := "responseData"
	if x.settings.Envelope == "C" {
		key = "result"
	}
	if form[key] = a.body; a.body == nil {
		switch x.settings.EmptyAnswer {
		case "string":
			form[key] = ""
		case "object":
			form[key] = map[string]any{}
		case "absent":
			delete(form, key)
		}
	}
	failed := a.status >= http.StatusBadRequest
	status := a.status
	if !failed && x.settings.StatusCode == "alloy" {
		status = http.StatusOK
	}
	switch x.settings.Envelope {
	case "B":
		form["executionId"], form["status"] = execution, map[bool]string{false: "completed", true: "failed"}[failed]
	case "C":
		form["success"] = !failed
	}
	if failed || x.settings.Envelope == "A" {
		form["statusCode"] = status
	}
	x.retryAfter(w, a)
	writeJSON(w, http.StatusOK, form)
}

// refuse passes a CRM's refusal on with its own status: inside Alloy's error, or bare.
func (x *exchange) refuse(w http.ResponseWriter, a answer) {
	x.retryAfter(w, a)
	if x.settings.ProviderErrors == "bare" {
		writeJSON(w, a.status, a.body)
		return
	}
	x.fail(w, &problem{status: a.status, code: codeOf(a.status), message: a.message, details: a.body})
}

// retryAfter is what a CRM over its limit says.
func (x *exchange) retryAfter(w http.ResponseWriter, a answer) {
	if a.status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", strconv.Itoa(1))
	}
}
