package derive

import (
	"bytes"
	"fmt"
	"strings"

	"sendtocrm/internal/mapping"
)

// methods are the HTTP methods of each operation, with how well they suit it.
var methods = map[string]map[string]float64{
	mapping.ActionCreate: {"POST": 1, "PUT": .6},
	mapping.ActionUpdate: {"PATCH": 1, "PUT": .97, "POST": .8},
	mapping.ActionGet:    {"GET": 1},
	mapping.ActionList:   {"GET": 1, "POST": .8},
	mapping.ActionSearch: {"POST": 1, "GET": .95},
	mapping.ActionDelete: {"DELETE": 1, "POST": .4},
}

// Confirm looks at an action's detail: whether its method, the parameters of
// its path and its body can be those of the operation. The factor goes with
// the confidence that the names gave; 0 means that it cannot be, and 1 that
// all of it fits. The reason is a sentence, empty where there is nothing to say.
func Confirm(operation string, a Action) (factor float64, reason string) {
	known, ok := methods[operation]
	if !ok {
		return 0, fmt.Sprintf("%s is no operation.", quoted(operation))
	}
	method := strings.ToUpper(a.Method)
	if method == "" && a.Path == "" {
		return .8, "The CRM says nothing about it but its name."
	}
	factor = .9
	if method != "" {
		if factor = known[method]; factor == 0 {
			return 0, fmt.Sprintf("It is a %s, which no %s is.", shortened(method), operation)
		}
	}
	switch n := len(a.PathParams); {
	case needsID(operation) && n == 0:
		return 0, fmt.Sprintf("Its path takes no id, which a %s needs.", operation)
	case needsID(operation) && n > 1:
		return 0, fmt.Sprintf("Its path takes %d ids, and a %s knows one.", n, operation)
	case !needsID(operation) && n > 0:
		return 0, fmt.Sprintf("Its path takes %s, which a %s does not know.", quoted(strings.Join(a.PathParams, ", ")), operation)
	}
	if needsID(operation) {
		if param := a.PathParams[0]; misleading(param, nounBefore(a.Path, param)) {
			return factor * .3, fmt.Sprintf("Its path takes %s, which is not the record's own id.", quoted(param))
		}
	}
	if aside := aside(operation, a.Path); aside != "" {
		return factor * .2, fmt.Sprintf("Its path ends in %s, which is something else.", quoted(aside))
	}
	if operation == mapping.ActionCreate || operation == mapping.ActionUpdate {
		if body := bytes.TrimSpace(a.RequestBody); len(body) == 0 || bytes.Equal(body, []byte("null")) {
			return factor * .4, "The CRM describes no body for it."
		}
	}
	if method == "" {
		return factor, ""
	}
	return factor, fmt.Sprintf("%s %s fits that.", shortened(method), shortened(a.Path))
}

// needsID reports whether an operation is about one record that exists.
func needsID(operation string) bool {
	switch operation {
	case mapping.ActionUpdate, mapping.ActionGet, mapping.ActionDelete:
		return true
	}
	return false
}

// segmentsOf are the parts of a path, without endings such as .json.
func segmentsOf(path string) []string {
	out := strings.Split(strings.Trim(path, "/"), "/")
	for i := range out {
		out[i] = strings.TrimSuffix(strings.TrimSuffix(out[i], ".json"), ".xml")
	}
	return out
}

// nounBefore is what stands before a parameter in a path: contacts in /contacts/{id}.
func nounBefore(path, param string) []string {
	segments := segmentsOf(path)
	for i := 1; i < len(segments); i++ {
		if segments[i] == "{"+param+"}" || segments[i] == ":"+param {
			return raw(segments[i-1])
		}
	}
	return nil
}

// asides are words at the end of a path that no operation on one record has,
// and those that no create has.
var (
	asides       = set("batch bulk upsert merge")
	createAsides = set("import imports validate validation many search find query lookup count convert export check duplicates")
)

// aside is the end of a path that leads past the record: a part of it, or many
// at once.
func aside(operation, path string) string {
	segments := segmentsOf(path)
	last := segments[len(segments)-1]
	if last == "" {
		return ""
	}
	if needsID(operation) && strings.Contains(path, "{") && !strings.HasSuffix(last, "}") {
		return last
	}
	ends := []string{last}
	if n := len(segments); n > 1 && verbs[operation][strings.ToLower(last)] > 0 {
		ends = append(ends, segments[n-2]) // batch/create
	}
	for _, end := range ends {
		for _, word := range raw(end) {
			if asides[word] || operation == mapping.ActionCreate && createAsides[word] {
				return end
			}
		}
	}
	return ""
}
