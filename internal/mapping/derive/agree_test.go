package derive_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sendtocrm/internal/mapping"
	"sendtocrm/internal/mapping/derive"
)

// described is what a CRM of the sandbox says about itself.
type described struct {
	Schemas   map[string]json.RawMessage
	Resources []struct {
		Name    string
		Actions []struct {
			ID, Name, Description, Method, Path, Does, Object, Body string
		}
	}
}

func describe(t *testing.T, connector string) described {
	t.Helper()
	raw, err := os.ReadFile("../../sandbox/catalog/" + connector + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var d described
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// actions are all actions with their detail.
func (d described) actions() []derive.Action {
	var out []derive.Action
	for _, r := range d.Resources {
		for _, a := range r.Actions {
			one := derive.Action{
				ID: a.ID, Name: a.Name, Description: a.Description, Resource: r.Name, Method: strings.ToUpper(a.Method), Path: a.Path,
				RequestBody: d.Schemas[a.Body],
			}
			for _, match := range inBraces.FindAllStringSubmatch(a.Path, -1) {
				one.PathParams = append(one.PathParams, match[1])
			}
			out = append(out, one)
		}
	}
	return out
}

var inBraces = regexp.MustCompile(`\{([^}]+)\}`)

func (d described) schema(t *testing.T, name string) *mapping.Schema {
	t.Helper()
	s, err := mapping.ParseSchema(d.Schemas[name])
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Of CRMs that have a definition, the suggestions that are made without it
// agree with it: target, host fields and transform.
func TestAgreesWithDefinitions(t *testing.T) {
	t.Parallel()
	library, err := mapping.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		connector         string
		precision, recall float64
	}{
		{"hubspot", .95, .9}, {"salesforceCRM", .95, .9}, {"copper", .95, .9}, {"zohoCRM", .95, .9}, {"pipedrive", .95, .9},
	} {
		t.Run(c.connector, func(t *testing.T) {
			t.Parallel()
			definition, ok := library.Definition(c.connector)
			if !ok {
				t.Fatal("no definition")
			}
			d, right, suggested, wanted := describe(t, c.connector), 0, 0, 0
			for name, object := range definition.Objects {
				schema := d.schema(t, name+"Create")
				known, got := listed(object, schema), derive.Rules(name, mapping.Universal(), schema, nil)
				suggested, wanted = suggested+len(got), wanted+len(known)
				for _, s := range got {
					rule, ok := known[s.Rule.To]
					switch {
					case !ok:
						t.Logf("%s: %s from %q is no rule of the definition", name, s.Rule.To, s.Rule.From)
					case !slices.Equal(rule.From, s.Rule.From) || rule.Transform != s.Rule.Transform:
						t.Logf("%s: %s from %q by %s, want %q by %s", name, s.Rule.To, s.Rule.From, s.Rule.Transform, rule.From, rule.Transform)
					default:
						right++
					}
					delete(known, s.Rule.To)
				}
				for to := range known {
					t.Logf("%s: nothing for %s", name, to)
				}
				actions, details := d.chosen(name)
				o := derive.Object(c.connector, definition.Name, name, actions, details, nil)
				if _, err := accept(t, o, got).Compile(schema); err != nil {
					t.Errorf("%s: the suggestions do not compile: %v", name, err)
				}
				if missing := derive.Missing(name, schema, nil, got); len(missing) > 0 {
					t.Errorf("%s: nothing fills the required %q", name, missing)
				}
			}
			precision, recall := float64(right)/float64(suggested), float64(right)/float64(wanted)
			t.Logf("precision %.2f, recall %.2f of %d rules", precision, recall, wanted)
			if precision < c.precision || recall < c.recall {
				t.Errorf("precision %.2f, want %.2f; recall %.2f, want %.2f", precision, c.precision, recall, c.recall)
			}
		})
	}
}

// listed are the definition's rules for fields of the schema, by target, with
// the transform for the type that the schema gives the field.
func listed(object *mapping.Object, schema *mapping.Schema) map[string]mapping.Rule {
	fields := make(map[string][]string)
	var add func(list []mapping.SchemaField)
	add = func(list []mapping.SchemaField) {
		for _, f := range list {
			fields[f.Path] = f.Types
			add(f.Entry)
		}
	}
	add(schema.Fields())
	out := make(map[string]mapping.Rule)
	for _, rule := range object.Rules {
		for _, to := range append([]string{rule.To}, rule.Alternatives...) {
			types, ok := fields[to]
			if !ok {
				continue
			}
			for _, kind := range types {
				if v, ok := rule.BySchemaType[kind]; ok {
					rule.Transform = v.Transform
				}
			}
			if rule.Transform == "" {
				rule.Transform = "copy"
			}
			out[to] = rule
			break
		}
	}
	return out
}
