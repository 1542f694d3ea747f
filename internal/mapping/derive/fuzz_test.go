package derive_test

import (
	"encoding/json"
	"slices"
	"testing"

	"sendtocrm/internal/mapping"
	"sendtocrm/internal/mapping/derive"
)

// Whatever the schema, suggestions are sound: they compile together, name
// fields of the schema, and come out the same again.
func FuzzRules(f *testing.F) {
	f.Add("contact", `{"required": ["name"], "properties": {"name": {"type": "string"}, "emails": {"type": "array", "items": {"properties": {"value": {}}}}}}`)
	f.Add("company", `{"properties": {"data": {"items": {"properties": {"Name": {"enum": ["a", 1, true]}, "a.b": {}, "": {}, "web[0]": {}}}}}}`)
	f.Add("deal", `{"allOf": [{"properties": {"amount": {"type": ["integer", "null"], "title": "Worth"}}}], "required": ["amount", "x"]}`)
	f.Fuzz(func(t *testing.T, object, schema string) {
		if !slices.Contains(mapping.Objects(), object) {
			object = "contact"
		}
		parsed, err := mapping.ParseSchema([]byte(schema))
		if err != nil {
			return
		}
		got := derive.Rules(object, nil, parsed, nil)
		for i, s := range got {
			if s.Confidence < .5 || s.Confidence > 1 || s.Reason == "" || i > 0 && got[i-1].Confidence < s.Confidence {
				t.Errorf("%+v", s)
			}
		}
		if len(got) <= 400 {
			accept(t, mapping.NewObject(mapping.Object{Name: object}, nil), got)
		}
		first, _ := json.Marshal(got)
		second, _ := json.Marshal(derive.Rules(object, nil, parsed, nil))
		if string(first) != string(second) {
			t.Errorf("not the same twice:\n%s\n%s", first, second)
		}
		var rules []mapping.Rule
		for _, s := range got {
			rules = append(rules, s.Rule)
		}
		for _, again := range derive.Rules(object, nil, parsed, rules) {
			if slices.ContainsFunc(rules, func(r mapping.Rule) bool { return r.To == again.Rule.To }) {
				t.Errorf("%s is filled already", again.Rule.To)
			}
		}
		derive.Missing(object, parsed, rules, nil)
	})
}

func FuzzRank(f *testing.F) {
	f.Add("createContact", "Create a contact", "A new one.", "contacts", "POST", "/contacts/{id}")
	f.Add("\xff", "getÜberContacts", "", "", "", "//")
	f.Fuzz(func(t *testing.T, id, name, description, resource, method, path string) {
		a := derive.Action{ID: id, Name: name, Description: description, Resource: resource, Method: method, Path: path, PathParams: []string{name}}
		for object, operations := range derive.Rank([]derive.Action{a, a, {ID: name}}) {
			actions := make(map[string][]string)
			for operation, list := range operations {
				for _, c := range list {
					if c.Confidence <= 0 || c.Confidence > 1 || c.ID == "" || c.Reason == "" {
						t.Errorf("%+v", c)
					}
					actions[operation] = append(actions[operation], c.ID)
				}
				if factor, _ := derive.Confirm(operation, a); factor < 0 || factor > 1 {
					t.Errorf("%s: %v", operation, factor)
				}
			}
			o := derive.Object(resource, name, object, actions, map[string]derive.Action{id: a}, nil)
			for _, written := range o.Answer.URL {
				if _, err := mapping.CanonicalPath(written); err != nil {
					t.Errorf("%q: %v", written, err)
				}
			}
		}
	})
}
