package main

import (
	"net/http"
	"strings"
	"testing"
)

const acmeFilter = `record.contact_email.endsWith("@acme.com") && "vip" in record.tags`

// A filter is checked before it is saved; previews and explanations say what it makes of a record.
func TestFilterIsExplained(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("hubspot")
	path := "/v1/connections/" + connection + "/sync"
	shipped := caller.get(path).want(t, 200)
	if at(shipped.body, "objects", "deal", "direction") != "off" || at(shipped.body, "objects", "contact", "conflict") != "host_wins" {
		t.Fatalf("defaults: %v", shipped)
	}
	saved := caller.put(path, map[string]any{"objects": map[string]any{"contact": map[string]any{"direction": "push", "filter": acmeFilter}}}).want(t, 200)
	if at(saved.body, "objects", "contact", "filter") != acmeFilter || at(saved.body, "objects", "deal", "direction") != "off" {
		t.Fatalf("saved: %v", saved)
	}
	vip := changed(john(), "tags", []string{"vip"})
	in := caller.post("/v1/preview", sendBody(connection, "contact", "r1", vip)).want(t, 200)
	if at(in.body, "filter", "matches") != true || having(in.body["issues"], "code", "filtered_out") != nil {
		t.Errorf("one that the filter takes: %v", in.body["filter"])
	}
	for name, c := range map[string]struct {
		fields map[string]any
		says   string
	}{
		"another domain":        {changed(vip, "contact_email", "john@other.example"), "john@other.example"},
		"not among the tags":    {changed(john(), "tags", []string{"new"}), "tags"},
		"no tags at all":        {john(), "tags"},
		"tags that are no list": {changed(john(), "tags", 7), "tags"},
	} {
		t.Run(name, func(t *testing.T) {
			out := caller.post("/v1/preview", sendBody(connection, "contact", "r1", c.fields)).want(t, 200)
			reason, _ := at(out.body, "filter", "reason").(string)
			if at(out.body, "filter", "matches") != false || !strings.Contains(reason, c.says) || out.body["sendable"] != true {
				t.Errorf("filter: %v", out.body["filter"])
			}
			if having(out.body["issues"], "code", "filtered_out") == nil {
				t.Errorf("issues: %v", out.body["issues"])
			}
		})
	}
	// A person may send it all the same; the explanation says what the background would do.
	caller.post("/v1/sends", sendBody(connection, "contact", "r1", john())).want(t, 201)
	decision := at(caller.get("/v1/records/contact/r1").want(t, 200).body, "decision", 0)
	if at(decision, "sent") != true || at(decision, "filter", "matches") != false || !strings.Contains(at(decision, "reason").(string), "filter") {
		t.Errorf("decision: %v", decision)
	}
}

func TestBadFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("hubspot")
	path := "/v1/connections/" + connection + "/sync"
	for name, filter := range map[string]string{
		"no boolean": `record.contact_email`, "unknown names": `crm.email == ""`, "broken": `record.contact_email ==`,
		"wrong types": `record.contact_email > 5`, "endless": strings.Repeat("(", 1900) + "true" + strings.Repeat(")", 1900), "too long": strings.Repeat(" ", 5000) + "true",
		"costly": `record.tags.all(a, record.tags.all(b, record.tags.all(c, record.tags.all(d, a + b + c + d != ""))))`,
	} {
		a := caller.put(path, map[string]any{"objects": map[string]any{"contact": map[string]any{"filter": filter}}}).want(t, http.StatusBadRequest, "invalid_request")
		if field, _ := at(a.body, "errors", 0, "field").(string); field != "/objects/contact/filter" {
			t.Errorf("%s: the error names %q", name, field)
		}
	}
	caller.put(path, map[string]any{"objects": map[string]any{"contact": map[string]any{"owners": map[string]any{"contact_email": "me"}}}}).want(t, 400, "invalid_request")
	if now := caller.get(path).want(t, 200); at(now.body, "objects", "contact", "filter") != nil {
		t.Errorf("something was saved: %v", now)
	}
}
