package alloy

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// envelope is the body of an answer, opened one level deep. Alloy documents three forms of it for an execution,
//
//	{"responseData": …, "statusCode": 200}
//	{"responseData": …, "executionId": "…", "status": "completed"}
//	{"success": true, "result": …}
//
// and any other JSON is taken to be the CRM's own body.
type envelope struct {
	readable bool                       // JSON, or nothing at all
	body     json.RawMessage            // empty, or JSON
	keys     map[string]json.RawMessage // nil where the body is no object
}

func openEnvelope(body []byte) envelope {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return envelope{readable: true}
	}
	e := envelope{body: body}
	if body[0] == '{' {
		e.readable = json.Unmarshal(body, &e.keys) == nil
	} else {
		e.readable = json.Valid(body)
	}
	return e
}

// dataKeys are the keys that hold a CRM's body, by their evidence.
var dataKeys = []string{"responseData", "result", "data"}

// data is the CRM's own body: empty, or JSON. An empty string is what becomes of an answer without a body on its way
// through Alloy.
func (e envelope) data() json.RawMessage {
	wrapped := false
	for _, key := range dataKeys {
		value, ok := e.keys[key]
		if ok && !empty(value) {
			return value
		}
		wrapped = wrapped || ok
	}
	if wrapped || empty(e.body) {
		return nil
	}
	return e.body
}

// wrapped reports whether the body is one of Alloy's envelopes.
func (e envelope) wrapped() bool {
	for _, key := range []string{"responseData", "result", "executionId", "statusCode"} {
		if _, ok := e.keys[key]; ok {
			return true
		}
	}
	return false
}

// failed reports whether the body says that the call failed, whatever its HTTP status; where a CRM has answered, its
// own body is asked as well.
func (e envelope) failed(crmAnswered bool) bool {
	if present(e.keys["error"]) || string(e.keys["success"]) == "false" || e.statusCode() >= 400 {
		return true
	}
	if !crmAnswered {
		return false
	}
	if status := text(e.keys["status"]); e.wrapped() && (strings.EqualFold(status, "failed") || strings.EqualFold(status, "error")) {
		return true
	}
	data := e.data()
	if _, refused := recognise(data); refused {
		return true
	}
	if e.wrapped() {
		return plainRefusal(data)
	}
	_, refused := recognise(e.body) // "data" may as well be the CRM's own key
	return refused
}

// statusCode is the status that the body itself states, as a number or as digits in a string; 0: none.
func (e envelope) statusCode() int { return number(e.keys["statusCode"]) }

// executionIDKeys and executionIDHeaders are where an execution's id has been seen or may be expected.
var (
	executionIDKeys    = []string{"executionId", "execution_id", "executionID"}
	executionIDHeaders = []string{"X-Execution-Id", "X-Alloy-Execution-Id", "X-Request-Id"}
)

// executionID is Alloy's id of the execution, from the body, the error in it, or a header; empty where there is none.
func (e envelope) executionID(h http.Header) string {
	for _, keys := range []map[string]json.RawMessage{e.keys, object(e.keys["error"])} {
		for _, key := range executionIDKeys {
			if id := text(keys[key]); usableID(id) {
				return id
			}
		}
	}
	for _, key := range executionIDHeaders {
		if id := h.Get(key); usableID(id) {
			return id
		}
	}
	return ""
}

func empty(raw json.RawMessage) bool {
	return len(raw) == 0 || string(raw) == "null" || string(raw) == `""`
}

// present reports whether an error key says anything: null, false and the empty string mean that there is no error.
func present(raw json.RawMessage) bool { return !empty(raw) && string(raw) != "false" }

// text is a JSON string's value; empty for anything else.
func text(raw json.RawMessage) string {
	var s string
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// number is a JSON integer's value, or that of a string of digits; 0 for anything else.
func number(raw json.RawMessage) int {
	digits := string(raw)
	if s := text(raw); s != "" {
		digits = s
	}
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil || n != float64(int(n)) {
		return 0
	}
	return int(n)
}

// object is a JSON object's members; nil for anything else.
func object(raw json.RawMessage) map[string]json.RawMessage {
	if len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return nil
	}
	return members
}
