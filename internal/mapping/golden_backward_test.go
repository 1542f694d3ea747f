package mapping_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
)

// goldenBackward is one file of testdata/golden/backward: what a get of the
// CRM answers, and the host's fields that it becomes.
type goldenBackward struct {
	About      string            `json:"about"`
	Connector  string            `json:"connector"`
	Object     string            `json:"object"`
	Schema     json.RawMessage   `json:"schema"`
	Answer     json.RawMessage   `json:"answer"`
	Old        json.RawMessage   `json:"old"`
	Fields     json.RawMessage   `json:"fields"`
	References map[string]string `json:"references"`
	Issues     []string          `json:"issues"`
}

func TestGoldenBackward(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/golden/backward/*.json")
	if err != nil {
		t.Fatal(err)
	}
	read := make(map[string]bool)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var g goldenBackward
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields()
		if err := d.Decode(&g); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		read[g.Connector+" "+g.Object] = true
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			g.check(t)
		})
	}
	library, err := mapping.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, connector := range library.Connectors() {
		for _, object := range mapping.Objects() {
			if !read[connector+" "+object] {
				t.Errorf("no file reads a %s of %s", object, connector)
			}
		}
	}
}

func (g *goldenBackward) check(t *testing.T) {
	object := definition(t, g.Connector, g.Object)
	record, err := object.RecordOf(g.Answer)
	if err != nil {
		t.Fatal(err)
	}
	m := compile(t, string(g.Schema), object.Rules...)
	old := mapping.Fields{}
	if g.Old != nil {
		old = decode(t, string(g.Old))
	}
	got, issues := m.Backward(record, old)
	if diff := cmp.Diff(numbers(decode(t, string(g.Fields))), numbers(got)); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(g.Issues, codes(issues)); diff != "" {
		t.Errorf("issues (-want +got):\n%s\n%v", diff, issues)
	}
	ids := m.ReferenceIDs(record)
	if g.References == nil {
		g.References = map[string]string{}
	}
	if diff := cmp.Diff(g.References, ids); diff != "" {
		t.Errorf("references (-want +got):\n%s", diff)
	}
	// What was read and is sent again changes nothing in the CRM.
	values := make(map[string]json.RawMessage)
	for _, v := range m.Forward(mapping.Input{Fields: got, Operation: mapping.Update, Refs: ids}).Values {
		values[v.To] = v.JSON
	}
	if differs := object.Differs(record, values); len(differs) > 0 {
		t.Errorf("sent back, these would change: %v", differs)
	}
}

// numbers shows numbers by their value.
func numbers(fields mapping.Fields) map[string]any {
	out := make(map[string]any, len(fields))
	for name, v := range fields {
		if n, ok := v.(json.Number); ok {
			f, err := n.Float64()
			if err == nil {
				v = f
			}
		}
		out[name] = v
	}
	return out
}
