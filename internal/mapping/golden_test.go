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

// golden is one file of testdata/golden: a host record and the body, byte for
// byte after compaction, that it becomes.
type golden struct {
	About     string             `json:"about"`
	Connector string             `json:"connector"`
	Object    string             `json:"object"`
	Operation *mapping.Operation `json:"operation"`
	Schema    json.RawMessage    `json:"schema"`
	Refs      map[string]string  `json:"refs"`
	Fields    json.RawMessage    `json:"fields"`
	Body      json.RawMessage    `json:"body"`
	Issues    []string           `json:"issues"`
	Unmapped  []string           `json:"unmapped"`
}

func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/golden/*.json")
	if err != nil || len(files) < 15 {
		t.Fatalf("golden files: found %d, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var g golden
			d := json.NewDecoder(bytes.NewReader(raw))
			d.DisallowUnknownFields()
			if err := d.Decode(&g); err != nil {
				t.Fatal(err)
			}
			g.check(t)
		})
	}
}

func (g *golden) check(t *testing.T) {
	op := mapping.Create
	if g.Operation != nil {
		op = *g.Operation
	}
	m := compile(t, string(g.Schema), definition(t, g.Connector, g.Object).Rules...)
	got := m.Forward(mapping.Input{Fields: decode(t, string(g.Fields)), Operation: op, Refs: g.Refs})

	var want bytes.Buffer
	if err := json.Compact(&want, g.Body); err != nil {
		t.Fatal(err)
	}
	var escaped bytes.Buffer
	json.HTMLEscape(&escaped, want.Bytes())
	if diff := cmp.Diff(escaped.String(), string(got.Body(nil))); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(g.Issues, codes(got.Issues)); diff != "" {
		t.Errorf("issues (-want +got):\n%s\n%v", diff, got.Issues)
	}
	if diff := cmp.Diff(g.Unmapped, got.Unmapped); diff != "" {
		t.Errorf("unmapped (-want +got):\n%s", diff)
	}
	again, err := json.Marshal(got.Body(nil))
	if err != nil || !bytes.Equal(again, got.Body(nil)) {
		t.Errorf("a later json.Marshal changes the bytes: %s, %v", again, err)
	}
}
