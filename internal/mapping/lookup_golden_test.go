package mapping_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/mapping"
)

// lookupGolden is one file of testdata/lookup: host records, what the CRM
// offers, and the questions that follow.
type lookupGolden struct {
	About     string `json:"about"`
	Connector string `json:"connector"`
	Object    string `json:"object"`
	Cases     []struct {
		Offered []string        `json:"offered"`
		Fields  json.RawMessage `json:"fields"`
		Queries []struct {
			Operation string            `json:"operation"`
			Key       []string          `json:"key"`
			Body      json.RawMessage   `json:"body"`
			Query     map[string]string `json:"query"`
		} `json:"queries"`
	} `json:"cases"`
}

func TestLookupGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/lookup/*.json")
	if err != nil || len(files) < 6 {
		t.Fatalf("golden files: found %d, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var g lookupGolden
			d := json.NewDecoder(bytes.NewReader(raw))
			d.DisallowUnknownFields()
			if err := d.Decode(&g); err != nil {
				t.Fatal(err)
			}
			for i := range g.Cases {
				g.check(t, i)
			}
		})
	}
}

func (g *lookupGolden) check(t *testing.T, i int) {
	c := g.Cases[i]
	got := definition(t, g.Connector, g.Object).Queries(decode(t, string(c.Fields)), offers(c.Offered...))
	if len(got) != len(c.Queries) {
		t.Fatalf("case %d: %d queries, want %d: %+v", i, len(got), len(c.Queries), got)
	}
	for j, want := range c.Queries {
		var body, escaped bytes.Buffer
		if err := json.Compact(&body, want.Body); err != nil {
			t.Fatal(err)
		}
		json.HTMLEscape(&escaped, body.Bytes())
		if diff := cmp.Diff(escaped.String(), string(got[j].Body)); diff != "" {
			t.Errorf("case %d, query %d: body (-want +got):\n%s", i, j, diff)
		}
		if diff := cmp.Diff(want.Query, got[j].Query); diff != "" {
			t.Errorf("case %d, query %d: query parameters (-want +got):\n%s", i, j, diff)
		}
		if got[j].Operation != want.Operation || !slices.Equal(got[j].Key, want.Key) {
			t.Errorf("case %d, query %d: %s by %v, want %s by %v", i, j, got[j].Operation, got[j].Key, want.Operation, want.Key)
		}
	}
}

// offers is a CRM that has these logical operations.
func offers(operations ...string) func(string) bool {
	return func(operation string) bool { return slices.Contains(operations, operation) }
}

// query is the one question that a record of the connector leads to.
func query(t testing.TB, connector, object, fields string, offered ...string) mapping.Query {
	t.Helper()
	if len(offered) == 0 {
		offered = []string{mapping.ActionSearch, mapping.ActionList}
	}
	queries := definition(t, connector, object).Queries(decode(t, fields), offers(offered...))
	if len(queries) != 1 {
		t.Fatalf("%s %s: %d queries for %s", connector, object, len(queries), fields)
	}
	return queries[0]
}
