package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Rules that cannot work are refused with the rule, the key and the problem; nothing is saved.
func TestBadRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("hubspot")
	path := mappingPath(connection, "contact")
	good := map[string]any{"to": "properties.city", "enabled": false}
	for name, c := range map[string]struct {
		rule  map[string]any
		field string
		says  string
	}{
		"an unknown transform":    {map[string]any{"to": "properties.phone", "transform": "shout"}, "/rules/1/transform", "shout"},
		"an unknown option":       {map[string]any{"to": "properties.phone", "transform": "phone", "options": map[string]any{"land": "DE"}}, "/rules/1", "land"},
		"an expression's typo":    {map[string]any{"to": "properties.phone", "expr": "record.contact_phone +"}, "/rules/1/expr", ""},
		"an unknown name":         {map[string]any{"to": "properties.phone", "expr": "properties.email"}, "/rules/1/expr", "properties"},
		"types that do not go":    {map[string]any{"to": "properties.phone", "expr": "record.contact_email > 5"}, "/rules/1/expr", ""},
		"both ways at once":       {map[string]any{"to": "properties.phone", "expr": "record.contact_phone", "transform": "phone"}, "/rules/1", "expr"},
		"a placeholder unknown":   {map[string]any{"to": "properties.phone", "from": []string{"contact_phone"}, "transform": "template", "options": map[string]any{"text": "{contact_mobile}"}}, "/rules/1", "contact_mobile"},
		"the same target twice":   {map[string]any{"to": "properties.city"}, "/rules/1/to", ""},
		"a clash of targets":      {map[string]any{"to": "properties.email.address", "from": []string{"contact_email"}}, "/rules/1/to", ""},
		"an empty target":         {map[string]any{"to": "", "from": []string{"contact_email"}}, "/rules/1/to", ""},
		"a hostile target":        {map[string]any{"to": "properties.__proto__.x", "from": []string{"contact_email"}}, "/rules/1/to", "__proto__"},
		"a huge target":           {map[string]any{"to": "properties." + strings.Repeat("x", 64<<10), "from": []string{"contact_email"}}, "/rules/1/to", "512"},
		"an empty source":         {map[string]any{"to": "properties.x", "from": []string{""}}, "/rules/1/from", ""},
		"a huge source":           {map[string]any{"to": "properties.x", "from": []string{strings.Repeat("x", 64<<10)}}, "/rules/1/from", "255"},
		"no source, no default":   {map[string]any{"to": "properties.x", "from": []string{}}, "/rules/1", ""},
		"a default of a bad date": {map[string]any{"to": "properties.x", "from": []string{"x"}, "transform": "date", "default": "2026-02-31"}, "/rules/1/default", "2026-02-31"},
		"a default of bad money":  {map[string]any{"to": "properties.x", "from": []string{"x"}, "transform": "decimal_string", "default": "1e400"}, "/rules/1/default", "1e400"},
		"a value map of lists":    {map[string]any{"to": "properties.x", "from": []string{"x"}, "valueMap": map[string]any{"a": []string{"b"}}}, "/rules/1/valueMap", "a"},
		"a costly expression": {map[string]any{"to": "properties.x", "expr": "record.tags.all(a, record.tags.all(b, record.tags.all(c, record.tags.all(d, a+b+c+d != ''))))"},
			"/rules/1/expr", ""},
		"an endless expression": {map[string]any{"to": "properties.x", "expr": strings.Repeat("(", 2000) + "1" + strings.Repeat(")", 2000)}, "/rules/1/expr", ""},
		"a policy that is none": {map[string]any{"to": "properties.x", "from": []string{"x"}, "onUpdate": "sometimes"}, "/rules/1/onUpdate", ""},
		"a key that is none":    {map[string]any{"to": "properties.x", "form": []string{"x"}}, "/rules/1", "form"},
	} {
		t.Run(name, func(t *testing.T) {
			a := caller.put(path, map[string]any{"baseVersion": 0, "rules": []any{good, c.rule}}).want(t, http.StatusBadRequest, "invalid_request")
			fault, _ := at(a.body, "errors", 0).(map[string]any)
			field, _ := fault["field"].(string)
			message, _ := fault["message"].(string)
			if !strings.HasPrefix(field, c.field) || !strings.Contains(message+field, c.says) || message == "" {
				t.Errorf("the error names %q and says %q", field, message)
			}
			if len(a.raw) > 8<<10 {
				t.Errorf("the answer has %d bytes", len(a.raw))
			}
		})
	}
	t.Run("ten thousand rules", func(t *testing.T) {
		rules := []any{}
		for i := range 10_000 {
			rules = append(rules, map[string]any{"to": fmt.Sprintf("properties.p%d", i), "from": []string{"x"}})
		}
		caller.put(path, map[string]any{"baseVersion": 0, "rules": rules}).want(t, http.StatusBadRequest, "invalid_request")
	})
	if now := caller.get(path).want(t, 200); now.body["version"] != 0.0 {
		t.Errorf("something was saved: %v", now.body["version"])
	}
	if kept := caller.get(path+"/versions").want(t, 200); len(kept.body["versions"].([]any)) != 0 {
		t.Errorf("versions: %v", kept)
	}
}

// A target that the CRM's closed schema does not have is refused, one that an open schema does not list is a warning.
func TestTargetsAgainstTheLiveSchema(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("hubspot")
	saved := caller.override(connection, "contact", map[string]any{"to": "properties.favourite_tree", "from": []string{"tree"}}).want(t, 200)
	issue := having(saved.body["issues"], "to", "properties.favourite_tree")
	if issue == nil || issue["code"] != "not_in_schema" || issue["severity"] != "warning" {
		t.Errorf("issues: %v", saved.body["issues"])
	}
}

// Values that no rule can send: the record is refused with the rule's field and the value's problem, nothing is sent.
func TestHostileValues(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	caller := w.service("user-1")
	connection := caller.connected("hubspot")
	deal := map[string]any{"deal_name": "Renewal", "deal_stage": "contractsent"}
	for name, c := range map[string]struct{ field, value, code string }{
		"money beyond bounds": {"deal_amount", "1e400", "out_of_range"},
		"31 February":         {"deal_close_date", "2026-02-31", "invalid_date"},
	} {
		t.Run(name, func(t *testing.T) {
			a := caller.post("/v1/sends", sendBody(connection, "deal", "d1", changed(deal, c.field, c.value))).want(t, http.StatusUnprocessableEntity, "invalid_record")
			fault := having(a.body["errors"], "field", c.field)
			if fault == nil || fault["code"] != c.code {
				t.Errorf("errors: %v", a.body["errors"])
			}
		})
	}
	odd := john()
	for _, key := range []string{"__proto__", "a.b", "", strings.Repeat("k", 64<<10), "constructor"} {
		odd[key] = "x"
	}
	preview := caller.post("/v1/preview", sendBody(connection, "contact", "r1", odd)).want(t, 200)
	if n := len(preview.body["unmapped"].([]any)); n != 5 {
		t.Errorf("%d keys are unmapped, want 5", n)
	}
	if n := len(w.writes("hubspot")); n != 0 {
		t.Errorf("%d writes", n)
	}
}
