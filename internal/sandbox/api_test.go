package sandbox_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var objectID = regexp.MustCompile(`^[0-9a-f]{24}$`)

func TestHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ok := headers("")
	with := func(name, value string) http.Header {
		h := ok.Clone()
		h.Set(name, value)
		return h
	}
	without := func(name string) http.Header {
		h := ok.Clone()
		h.Del(name)
		return h
	}
	for name, c := range map[string]struct {
		header  http.Header
		status  int
		message string
	}{
		"all there":       {ok, 200, ""},
		"older version":   {with("x-api-version", "2025-06"), 200, ""},
		"no key":          {without("Authorization"), 401, "Authorization token required"},
		"no bearer":       {with("Authorization", apiKey), 401, "Authorization token required"},
		"another key":     {with("Authorization", "Bearer x"), 401, "Invalid API key"},
		"no version":      {without("x-api-version"), 400, "x-api-version header is required"},
		"unknown version": {with("x-api-version", "2024-03"), 400, "x-api-version 2024-03 is not supported"},
		"user no id":      {with("x-alloy-userid", "user_bhb"), 400, "userId must be a valid ID"},
	} {
		a, err := send(t, http.MethodGet, w.api.URL+"/connectors", nil, c.header)
		if err != nil {
			t.Fatal(err)
		}
		if a.status != c.status || c.message != "" && a.text("error", "message") != c.message {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.user("user_bhb", "Dexter Morgan")
	if !objectID.MatchString(id) {
		t.Errorf("the id %q is no ObjectId", id)
	}
	want := object{"userId": id, "username": "user_bhb", "fullName": "Dexter Morgan"}
	for _, key := range []string{id, "user_bhb"} {
		if diff := cmp.Diff(want, w.call("", http.MethodGet, "/users/"+key, nil).want(http.StatusOK).body()); diff != "" {
			t.Errorf("by %s (-want +got):\n%s", key, diff)
		}
	}
	w.call("", http.MethodPost, "/users", object{"username": "user_bhb"}).want(http.StatusConflict)
	w.call("", http.MethodPost, "/users", object{"fullName": "No Name"}).want(http.StatusBadRequest)
	w.call("", http.MethodPost, "/users", "{").want(http.StatusBadRequest)
	w.call("", http.MethodPut, "/users/"+id, object{"username": "other"}).want(http.StatusBadRequest)
	if got := w.call("", http.MethodPut, "/users/user_bhb", object{"fullName": "D. Morgan"}).want(http.StatusOK).text("fullName"); got != "D. Morgan" {
		t.Errorf("renamed to %q", got)
	}
	list := w.call("", http.MethodGet, "/users", nil).want(http.StatusOK)
	if list.length("data") != 2 {
		t.Errorf("the list is %s", list.raw)
	}
	if first := list.at("data", 0).(object); first["username"] != nil {
		t.Errorf("the key's own user has a username: %v", first)
	}
	credential := w.connect(id, "hubspot")
	if got := w.call("", http.MethodDelete, "/users/"+id, nil).want(http.StatusOK).body(); got["success"] != true {
		t.Errorf("deleted: %v", got)
	}
	w.call("", http.MethodGet, "/users/user_bhb", nil).want(http.StatusNotFound)
	if list := w.manage(http.MethodGet, "/credentials", nil); strings.Contains(string(list.raw), credential) {
		t.Error("the credential outlives its user")
	}
	w.user("user_bhb", "again")
}

func TestConnectors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	list := w.call("", http.MethodGet, "/connectors", nil).want(http.StatusOK)
	categories := map[string]any{}
	for _, row := range list.at("connectors").([]any) {
		row := row.(object)
		categories[row["id"].(string)] = row["category"]
		icon, err := send(t, http.MethodGet, row["icon"].(string), nil, nil)
		if err != nil || icon.status != http.StatusOK || icon.header.Get("Content-Type") != "image/svg+xml" {
			t.Errorf("the icon of %s: %v %d", row["id"], err, icon.status)
		}
	}
	want := map[string]any{
		"hubspot": []any{"crm"}, "salesforceCRM": []any{"sales-crm"}, "copper": []any{"crm"}, "zohoCRM": []any{"crm"},
		"pipedrive": []any{"crm"}, "acornCRM": []any{"CRM"}, "slack": []any{"communication"}, "httpRequest": nil,
	}
	if diff := cmp.Diff(want, categories); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if rows := list.at("connectors").([]any); slices.ContainsFunc(rows, func(r any) bool {
		category, there := r.(object)["category"]
		return there && category == nil
	}) {
		t.Error("an absent category is null")
	}
}

// Every action that a resource names has details, whose path parameters are declared and whose body is a plain schema.
func TestActions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	placeholder := regexp.MustCompile(`\{(\w+)\}`)
	objects := map[string]int{}
	for _, row := range w.call("", http.MethodGet, "/connectors", nil).at("connectors").([]any) {
		connector := row.(object)["id"].(string)
		for _, resource := range w.call("", http.MethodGet, "/connectors/"+connector+"/resources", nil).want(http.StatusOK).at("resources").([]any) {
			for _, summary := range resource.(object)["actions"].([]any) {
				id := summary.(object)["id"].(string)
				objects[connector]++
				a := w.call("", http.MethodGet, "/connectors/"+connector+"/actions/"+id, nil).want(http.StatusOK)
				if a.text("action", "displayName") != summary.(object)["name"] || a.text("action", "httpMethod") != strings.ToLower(a.text("action", "httpMethod")) {
					t.Errorf("%s %s: %s", connector, id, a.raw)
				}
				var declared []string
				for _, p := range a.at("action", "parameters").([]any) {
					if p.(object)["in"] == "path" {
						declared = append(declared, p.(object)["name"].(string))
					}
				}
				var shown []string
				for _, m := range placeholder.FindAllStringSubmatch(a.text("action", "path"), -1) {
					shown = append(shown, m[1])
				}
				if diff := cmp.Diff(shown, declared); diff != "" {
					t.Errorf("%s %s: path parameters (-shown +declared):\n%s", connector, id, diff)
				}
				if body, ok := a.at("action").(object)["requestBody"].(object); ok && body["type"] != "object" {
					t.Errorf("%s %s: the body's schema is %v", connector, id, body)
				}
			}
		}
		w.call("", http.MethodGet, "/connectors/"+connector+"/actions/noSuchThing", nil).want(http.StatusNotFound)
	}
	for _, connector := range []string{"hubspot", "salesforceCRM", "copper", "zohoCRM", "pipedrive", "acornCRM"} {
		if objects[connector] < 18 {
			t.Errorf("%s has %d actions only", connector, objects[connector])
		}
	}
	slack := w.call("", http.MethodGet, "/connectors/slack/actions/chat_postMessage", nil)
	if slack.text("action", "parameters", 0, "in") != "header" || slack.at("action", "parameters", 0, "required") != true {
		t.Errorf("slack: %s", slack.raw)
	}
	for _, path := range []string{"resources", "actions/x", "credentials/metadata", "credentials"} {
		w.call("", http.MethodGet, "/connectors/nope/"+path, nil).want(http.StatusNotFound)
	}
	w.call("", http.MethodGet, "/connectors/hubspot", nil).want(http.StatusNotFound)
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	types := func(connector string) (found []string) {
		for _, entry := range w.call("", http.MethodGet, "/connectors/"+connector+"/credentials/metadata", nil).want(http.StatusOK).at("metadata").([]any) {
			entry := entry.(object)
			kind := entry["authenticationType"].(string)
			found = append(found, kind)
			properties := entry["inputSchema"].(object)["properties"].(object)
			if properties["authenticationType"].(object)["const"] != kind || entry["sampleInput"].(object)["authenticationType"] != kind {
				t.Errorf("%s: %v", connector, entry)
			}
			if _, redirects := properties["redirectUri"]; redirects != (kind == "oauth2") {
				t.Errorf("%s: redirectUri with %s", connector, kind)
			}
		}
		return found
	}
	for connector, want := range map[string][]string{
		"hubspot": {"oauth2"}, "salesforceCRM": {"oauth2"}, "copper": {"oauth2"}, "zohoCRM": {"oauth2"},
		"pipedrive": {"pipedrive-api-key"}, "acornCRM": {"acorn-access-key"},
	} {
		if diff := cmp.Diff(want, types(connector)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", connector, diff)
		}
	}
	w.set(object{"authentication": object{"copper": []string{"copper-api-key", "oauth2"}}})
	if diff := cmp.Diff([]string{"oauth2", "copper-api-key"}, types("copper")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w.set(object{"authentication": object{"copper": nil}})
	if diff := cmp.Diff([]string{"oauth2"}, types("copper")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestErrorForms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for form, want := range map[string]string{
		"E1": `{"error":{"code":"VALIDATION_ERROR","message":"Invalid field value","details":{"field":"data.region","reason":"is required"}}}`,
		"E2": `{"error":{"code":"VALIDATION_ERROR","message":"Invalid field value"}}`,
		"E3": `{"code":"VALIDATION_ERROR","message":"Invalid field value","details":{"field":"data.region","reason":"is required"}}`,
		"E4": `{"error":"Bad Request","message":"Invalid field value"}`,
	} {
		w.set(object{"errorForm": form})
		user := w.call("", http.MethodGet, "/users", nil).text("data", 0, "userId")
		a := w.call(user, http.MethodPost, "/connectors/zohoCRM/credentials", object{"authenticationType": "oauth2"}).want(http.StatusBadRequest)
		var got, wanted any
		if json.Unmarshal(a.raw, &got) != nil || json.Unmarshal([]byte(want), &wanted) != nil || !cmp.Equal(got, wanted) {
			t.Errorf("%s: %s", form, a.raw)
		}
	}
	none := w.call("", http.MethodPost, "/connectors/hubspot/credentials", object{"userId": w.user("x", ""), "authenticationType": "apiKey"})
	if none.want(http.StatusNotFound).text("code") != "AUTHENTICATION_NOT_FOUND" {
		t.Errorf("%s", none.raw)
	}
}
