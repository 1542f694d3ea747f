package mapping_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sendtocrm/internal/mapping"
)

const valid = `connector: acme
name: Acme CRM
objects:
  contact:
    label: Person
    actions: {create: createPerson, search: [findPerson, searchPerson]}
    answer: {id: id, refusals: [{at: ok, is: false, message: why}]}
    naturalKeys: [[contact_email]]
    rules:
      - {to: email, from: contact_email, required: true, source: vendor}
      - to: stage
        from: stage
        transform: value_map
        options: {strict: true}
        valueMap: {won: 1, lost: "2", open: 3.5}
        default: won
        onCreate: always
        onUpdate: ifEmpty
        enabled: false
        when: listed
        note: A note.
        bySchemaType: {string: {transform: copy}}
        source: seed
`

func load(files map[string]string) (*mapping.Library, error) {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return mapping.Load(fsys, nil)
}

func TestLoad(t *testing.T) {
	t.Parallel()
	library, err := load(map[string]string{"acme.yaml": valid, "README.md": "# not read"})
	if err != nil {
		t.Fatal(err)
	}
	d, ok := library.Definition("acme")
	if !ok || d.Name != "Acme CRM" || !slices.Equal(library.Connectors(), []string{"acme"}) {
		t.Fatalf("got %+v", d)
	}
	want := &mapping.Object{
		Name: "contact", Label: "Person",
		Actions:     map[string][]string{"create": {"createPerson"}, "search": {"findPerson", "searchPerson"}},
		Answer:      mapping.Answer{ID: []string{"id"}, Refusals: []mapping.Sign{{At: "ok", Is: false, Message: "why"}}},
		NaturalKeys: [][]string{{"contact_email"}},
		Rules: []mapping.Rule{
			{To: "email", From: from("contact_email"), Transform: "copy", OnCreate: "always", OnUpdate: "always", Required: true, Enabled: true, Origin: "default", Source: "vendor"},
			{To: "stage", From: from("stage"), Transform: "value_map", Options: options{"strict": true}, ValueMap: decodeAny(t, `{"won":1,"lost":"2","open":3.5}`), Default: "won",
				OnCreate: "always", OnUpdate: "ifEmpty", Origin: "default", When: "listed", Note: "A note.", Source: "seed",
				BySchemaType: map[string]mapping.Variant{"string": {Transform: "copy"}}},
		},
	}
	if diff := cmp.Diff(want, d.Objects["contact"], cmpopts.IgnoreUnexported(mapping.Object{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func decodeAny(t *testing.T, text string) map[string]any { return decode(t, text) }

// TestLoadErrors wants every fault with its file and line.
func TestLoadErrors(t *testing.T) {
	t.Parallel()
	edit := func(old, replacement string) map[string]string {
		if !strings.Contains(valid, old) {
			t.Fatalf("the valid definition lacks %q", old)
		}
		return map[string]string{"a.yaml": strings.Replace(valid, old, replacement, 1)}
	}
	tests := []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"no file", map[string]string{"a.yml": valid}, []string{"no *.yaml file found"}},
		{"empty file", map[string]string{"a.yaml": ""}, []string{"a.yaml: the file is empty"}},
		{"only a comment", map[string]string{"a.yaml": "# hi\n"}, []string{"a.yaml: the file is empty"}},
		{"no YAML", map[string]string{"a.yaml": "a: [\n"}, []string{"a.yaml: yaml: line"}},
		{"large file", map[string]string{"a.yaml": strings.Repeat("# padding\n", 1<<17)}, []string{"a.yaml: larger than 1048576 bytes"}},
		{"a list", map[string]string{"a.yaml": "- a\n"}, []string{"a.yaml:1: want an object with keys, found a list"}},
		{"unknown key", edit("name: Acme CRM", "name: Acme CRM\nicon: x"), []string{`a.yaml:3: unknown key "icon"; known are connector, name, objects`}},
		{"unknown key of a rule", edit("note: A note.", "nota: A note."), []string{`a.yaml:21: contact: unknown key "nota"`}},
		{"key twice", edit("name: Acme CRM", "name: Acme CRM\nname: B"), []string{`a.yaml:3: the key "name" appears twice`}},
		{"missing keys", map[string]string{"a.yaml": "connector: a\n"}, []string{"a.yaml:1: the key name is missing", "a.yaml:1: the key objects is missing"}},
		{"missing source", edit(", source: vendor", ""), []string{"a.yaml:10: contact: the key source is missing"}},
		{"other source", edit("source: vendor", "source: hearsay"), []string{`a.yaml:10: contact: source "hearsay" is neither seed nor vendor`}},
		{"unknown object", edit("  contact:", "  lead:"), []string{`a.yaml:4: unknown object "lead"; known are contact, company, deal`}},
		{"unknown action", edit("search: [", "merge: ["), []string{`a.yaml:6: contact: unknown action "merge"`}},
		{"no create", edit("create: createPerson, ", ""), []string{"a.yaml:6: contact: actions: create is missing"}},
		{"text expected", edit("label: Person", "label: 7"), []string{`a.yaml:5: contact: want text, found "7"`}},
		{"boolean expected", edit("required: true", "required: 1"), []string{`a.yaml:10: contact: want true or false, found "1"`}},
		{"list expected", edit("naturalKeys: [[contact_email]]", "naturalKeys: contact_email"), []string{`a.yaml:8: contact: want a list, found "contact_email"`}},
		{"null value", edit("default: won", "default:"), []string{"a.yaml:16: contact: want text in quotes, a number, true or false, a list or an object, found nothing"}},
		{"YAML number", edit("open: 3.5", "open: 0x1"), []string{`a.yaml:15: contact: want text in quotes, a number, true or false, a list or an object, found "0x1"`}},
		{"alias", edit("answer: {id: id,", "answer: {id: &i id, url: *i,"), []string{"a.yaml:7: contact: want a list, found an alias, which definitions do not use"}},
		{"bad answer path", edit("{id: id,", "{id: 'a..b',"), []string{"a.yaml:7: contact: path \"a..b\": a key is empty"}},
		{"natural key that nobody reads", edit("[[contact_email]]", "[[contact_phone]]"), []string{`naturalKeys: no rule reads "contact_phone"`}},
		{"faulty rule", edit("transform: value_map", "transform: rot13"), []string{`a.yaml:11: contact: rule 2 (stage): unknown transform "rot13"`}},
		{"connector twice", map[string]string{"a.yaml": valid, "b.yaml": valid}, []string{`b.yaml: the connector "acme" has a definition already`}},
		{"faults of several files", map[string]string{"a.yaml": "", "b.yaml": "x: y\n"}, []string{"a.yaml: the file is empty", `b.yaml:1: unknown key "x"`, "b.yaml:1: the key connector is missing", "b.yaml:1: the key name is missing", "b.yaml:1: the key objects is missing"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			library, err := load(tt.files)
			if err == nil || library != nil {
				t.Fatalf("got %v, %v", library, err)
			}
			got := strings.Split(err.Error(), "\n")
			if len(got) != len(tt.want) {
				t.Fatalf("got %q, want %d faults", got, len(tt.want))
			}
			for i := range got {
				if !strings.Contains(got[i], tt.want[i]) {
					t.Errorf("fault %q, want %q in it", got[i], tt.want[i])
				}
			}
		})
	}
}

// TestShipped holds the shipped definitions against the universal model: no
// misspelt host field, every rule with its source, and each field of the
// model read by some rule or known to have no place in that CRM.
func TestShipped(t *testing.T) {
	t.Parallel()
	homeless := map[string][]string{
		"copper company":    {"company_industry", "company_employees"},
		"pipedrive company": {"company_phone", "company_industry"},
	}
	for _, connector := range []string{"hubspot", "salesforceCRM", "copper", "zohoCRM", "pipedrive"} {
		for _, object := range mapping.Objects() {
			o := definition(t, connector, object)
			if len(o.Actions) != 6 || o.Label == "" {
				t.Errorf("%s %s: actions %v, label %q", connector, object, o.Actions, o.Label)
			}
			read := map[string]bool{}
			for _, rule := range o.Rules {
				for _, name := range rule.From {
					read[name] = true
				}
				if !rule.Enabled || rule.Source == "" || rule.Origin != mapping.OriginDefault || rule.When == mapping.Listed && rule.Note == "" {
					t.Errorf("%s %s: rule %+v", connector, object, rule)
				}
			}
			for _, field := range mapping.Universal().Fields(object) {
				if read[field.Name] == slices.Contains(homeless[connector+" "+object], field.Name) {
					t.Errorf("%s %s: %s is read: %v", connector, object, field.Name, read[field.Name])
				}
				delete(read, field.Name)
			}
			if len(read) > 0 {
				t.Errorf("%s %s: host fields that the model lacks: %v", connector, object, read)
			}
		}
	}
}
