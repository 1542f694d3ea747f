package mapping_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"sendtocrm/internal/mapping"
)

const schemaFile = "definitions/definition.schema.json"

// definitionSchema is the JSON Schema of the definitions' format.
func definitionSchema(t testing.TB) (*jsonschema.Schema, map[string]any) {
	t.Helper()
	raw, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("definition.schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("definition.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema, document.(map[string]any)
}

// yamlTree decodes YAML as JSON would be.
func yamlTree(t testing.TB, raw []byte) map[string]any {
	t.Helper()
	var v map[string]any
	if err := yaml.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// verdicts are what the loader and the schema have against a definition.
func verdicts(t testing.TB, schema *jsonschema.Schema, definition map[string]any) (loader, checker error) {
	t.Helper()
	raw, err := json.Marshal(definition)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"acorn.yaml": {Data: raw, Mode: fs.ModePerm}}
	_, loader = mapping.Load(files, mapping.Universal())
	return loader, schema.Validate(value)
}

func TestShippedFilesFitTheSchema(t *testing.T) {
	t.Parallel()
	schema, _ := definitionSchema(t)
	files, err := filepath.Glob("definitions/*.yaml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(raw), "# yaml-language-server: $schema=definition.schema.json\n") {
			t.Errorf("%s does not begin with the name of its schema", file)
		}
		if loader, checker := verdicts(t, schema, yamlTree(t, raw)); loader != nil || checker != nil {
			t.Errorf("%s: loader: %v\nschema: %v", file, loader, checker)
		}
	}
}

// complete has every key that a definition can have; a rule has either a
// transform or an expression.
const complete = `
connector: acorn
name: Acorn
objects:
  contact:
    label: Human
    actions: {create: [a], update: b, get: c, search: d, list: e, delete: f}
    answer: {id: [id], url: url, refusals: [{at: ok, is: false, code: code, message: message, field: field}]}
    read: {record: data, within: fields, fields: fields}
    naturalKeys: [[contact_email]]
    lookup:
      unique: true
      lag: 10s
      ways:
        - run: [search, list]
          results: results
          record: item
          wrap: data[0]
          next: next
          total: total
          full: 100
          questions:
            - {key: contact_email, body: {email: '{contact_email}'}, query: {limit: '100'}, carries: {contact_email: email}, agrees: {contact_phone: phone}}
    rules:
      - to: [email, mail]
        from: contact_email
        transform: list
        options: {key: value, with: {label: work}, item: {transform: email}}
        bySchemaType: {string: {transform: date, options: {layout: '2006-01-02'}}}
        valueMap: {a: b}
        default: c@d.co
        onCreate: always
        onUpdate: never
        required: true
        enabled: false
        when: listed
        choices: {run: listMails, path: {a: b}, query: {a: b}, results: data, where: {a: b}, items: list, value: id, label: name, group: group}
        note: A note.
        source: vendor
      - {to: greeting, expr: '"Dear " + record.contact_last_name', source: vendor}
      - {to: phone, from: contact_phone, source: seed}
      - {to: mail2, from: contact_email, source: seed}
`

// places are the objects of a definition that have a fixed set of keys: where
// they stand in complete, and where the schema describes them.
var places = []struct{ name, at, schema string }{
	{"definition", "", ""},
	{"objects", "objects", "properties/objects"},
	{"object", "objects/contact", "$defs/object"},
	{"actions", "objects/contact/actions", "$defs/actions"},
	{"answer", "objects/contact/answer", "$defs/answer"},
	{"refusal", "objects/contact/answer/refusals/0", "$defs/answer/properties/refusals/items"},
	{"read", "objects/contact/read", "$defs/read"},
	{"lookup", "objects/contact/lookup", "$defs/lookup"},
	{"way", "objects/contact/lookup/ways/0", "$defs/lookup/properties/ways/items"},
	{"question", "objects/contact/lookup/ways/0/questions/0", "$defs/question"},
	{"rule", "objects/contact/rules/0", "$defs/rule"},
	{"variant", "objects/contact/rules/0/bySchemaType/string", "$defs/rule/properties/bySchemaType/additionalProperties"},
	{"choices", "objects/contact/rules/0/choices", "$defs/choices"},
}

var knownKeys = regexp.MustCompile(`unknown (?:key|object|action) "zz"; known are ([A-Za-z, ]+)`)

// TestSchemaKnowsTheLoadersKeys: at each place the loader names the keys that
// it knows, and they are those of the schema.
func TestSchemaKnowsTheLoadersKeys(t *testing.T) {
	t.Parallel()
	schema, document := definitionSchema(t)
	if loader, checker := verdicts(t, schema, yamlTree(t, []byte(complete))); loader != nil || checker != nil {
		t.Fatalf("loader: %v\nschema: %v", loader, checker)
	}
	for _, place := range places {
		definition := yamlTree(t, []byte(complete))
		inside(t, definition, place.at)["zz"] = "x"
		loader, checker := verdicts(t, schema, definition)
		if loader == nil || checker == nil {
			t.Errorf("%s: an unknown key passes: loader %v, schema %v", place.name, loader, checker)
			continue
		}
		named := knownKeys.FindStringSubmatch(loader.Error())
		if named == nil {
			t.Errorf("%s: the loader does not name its keys: %v", place.name, loader)
			continue
		}
		want := strings.Split(named[1], ", ")
		slices.Sort(want)
		got := slices.Sorted(maps.Keys(inside(t, document, place.schema+"/properties")))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-loader +schema):\n%s", place.name, diff)
		}
	}
}

// TestSchemaRequiresWhatTheLoaderRequires takes each key of a complete
// definition away, at each place.
func TestSchemaRequiresWhatTheLoaderRequires(t *testing.T) {
	t.Parallel()
	schema, _ := definitionSchema(t)
	for _, place := range places[2:] {
		for _, key := range slices.Sorted(maps.Keys(inside(t, yamlTree(t, []byte(complete)), place.at))) {
			definition := yamlTree(t, []byte(complete))
			delete(inside(t, definition, place.at), key)
			loader, checker := verdicts(t, schema, definition)
			missing := loader != nil && (strings.Contains(loader.Error(), "the key "+key+" is missing") || strings.Contains(loader.Error(), "actions: "+key+" is missing"))
			if place.name == "rule" && key == "transform" {
				continue // its options are then those of another transform
			}
			if missing != (checker != nil) {
				t.Errorf("%s without %s: loader %v, schema %v", place.name, key, loader, checker)
			}
		}
	}
}

func TestSchemaKnowsTheTransforms(t *testing.T) {
	t.Parallel()
	schema, document := definitionSchema(t)
	var known []string
	for _, name := range inside(t, document, "$defs/transform")["enum"].([]any) {
		known = append(known, name.(string))
	}
	if diff := cmp.Diff(mapping.Transforms(), known); diff != "" {
		t.Errorf("transforms (-loader +schema):\n%s", diff)
	}
	for _, name := range mapping.Transforms() {
		definition := yamlTree(t, []byte(complete))
		rule := inside(t, definition, "objects/contact/rules/3")
		rule["transform"], rule["options"] = name, map[string]any{"zz": "x"}
		loader, checker := verdicts(t, schema, definition)
		if loader == nil || !strings.Contains(loader.Error(), `zz`) || checker == nil {
			t.Errorf("%s: an unknown option passes: loader %v, schema %v", name, loader, checker)
		}
	}
}

// TestSchemaAndLoaderRefuse are faults that both find.
func TestSchemaAndLoaderRefuse(t *testing.T) {
	t.Parallel()
	schema, _ := definitionSchema(t)
	for _, c := range []struct {
		at, key string
		value   any
	}{
		{"", "connector", ""},
		{"objects/contact", "label", 3},
		{"objects/contact/answer", "id", "a..b"},
		{"objects/contact/read", "within", "a[b]"},
		{"objects/contact/lookup", "lag", "soon"},
		{"objects/contact/lookup", "unique", "yes"},
		{"objects/contact/lookup/ways/0", "run", "delete"},
		{"objects/contact/lookup/ways/0", "full", 0},
		{"objects/contact/rules/0", "to", []any{}},
		{"objects/contact/rules/0", "transform", "rot13"},
		{"objects/contact/rules/0", "options", map[string]any{"key": "v", "item": map[string]any{"transform": "list"}}},
		{"objects/contact/rules/0", "bySchemaType", map[string]any{"text": map[string]any{"transform": "copy"}}},
		{"objects/contact/rules/0", "valueMap", map[string]any{"a": map[string]any{}}},
		{"objects/contact/rules/0", "onUpdate", "sometimes"},
		{"objects/contact/rules/0", "when", "unlisted"},
		{"objects/contact/rules/0", "source", "rumour"},
		{"objects/contact/rules/0/choices", "where", map[string]any{"a": []any{}}},
		{"objects/contact/rules/1", "transform", "copy"},
		{"objects/contact/rules/2", "options", map[string]any{"layout": "2006"}},
	} {
		definition := yamlTree(t, []byte(complete))
		inside(t, definition, c.at)[c.key] = c.value
		if loader, checker := verdicts(t, schema, definition); loader == nil || checker == nil {
			t.Errorf("%s/%s: %v passes: loader %v, schema %v", c.at, c.key, c.value, loader, checker)
		}
	}
}

// inside is the object at a path of keys and positions.
func inside(t testing.TB, v any, at string) map[string]any {
	t.Helper()
	for step := range strings.SplitSeq(at, "/") {
		switch node := v.(type) {
		case map[string]any:
			if step != "" {
				v = node[step]
			}
		case []any:
			v = node[step[0]-'0']
		}
	}
	object, ok := v.(map[string]any)
	if !ok {
		t.Fatalf("nothing at %s", at)
	}
	return object
}
