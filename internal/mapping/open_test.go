package mapping_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sendtocrm/internal/mapping"
)

// folder writes an operator's definitions.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestOpen: an operator's file adds a CRM, or replaces a shipped one.
func TestOpen(t *testing.T) {
	t.Parallel()
	shipped, err := mapping.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := mapping.LoadCatalogue(strings.NewReader("contact: [{name: stage, choices: [won]}]"))
	if err != nil {
		t.Fatal(err)
	}
	library, err := mapping.Open(folder(t, map[string]string{
		"acme.yaml": valid, "own.yaml": strings.Replace(valid, "connector: acme", "connector: hubspot", 1), "notes.txt": "not read",
	}), catalogue)
	if err != nil {
		t.Fatal(err)
	}
	if want := append(shipped.Connectors(), "acme"); len(library.Connectors()) != len(want) || !slices.Contains(library.Connectors(), "acme") {
		t.Errorf("connectors %v", library.Connectors())
	}
	replaced, _ := library.Definition("hubspot")
	if replaced.Name != "Acme CRM" || replaced.Objects["deal"] != nil {
		t.Errorf("hubspot is %+v", replaced)
	}
	if untouched, _ := shipped.Definition("hubspot"); untouched.Name != "HubSpot" {
		t.Errorf("the shipped definition changed: %+v", untouched)
	}
	if library.Catalogue() != catalogue || shipped.Catalogue() != mapping.Universal() {
		t.Error("a library forgot its catalogue")
	}
	if _, err := mapping.Open("", catalogue); err != nil {
		t.Errorf("without a folder: %v", err)
	}
}

// TestOpenFaults wants each fault with the file's path.
func TestOpenFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		files map[string]string
		want  []string // part of each fault; the folder comes before it
	}{
		{"empty folder", nil, []string{": no *.yaml file found"}},
		{"faults of two files", map[string]string{"a.yaml": "x: y", "b.yaml": ""},
			[]string{"/a.yaml:1: unknown key", "/a.yaml:1: the key connector is missing", "/a.yaml:1: the key name", "/a.yaml:1: the key objects", "/b.yaml: the file is empty"}},
		{"one connector in two files", map[string]string{"a.yaml": valid, "b.yaml": valid}, []string{`/b.yaml: the connector "acme" has a definition already, in `}},
		{"another ending", map[string]string{"a.yaml": valid, "b.yml": valid}, []string{"/b.yml: definitions end in .yaml"}},
		{"two documents", map[string]string{"a.yaml": valid + "---\nx: y\n"}, []string{"/a.yaml: has several documents"}},
		{"no object", map[string]string{"a.yaml": "{connector: a, name: A, objects: {}}"}, []string{"/a.yaml:1: the definition covers no object"}},
		{"a rule's fault", map[string]string{"100%.yaml": strings.Replace(valid, "transform: value_map", "transform: rot13", 1)}, []string{`/100%.yaml:11: contact: rule 2 (stage): unknown transform "rot13"`}},
		{"a type of the host's", map[string]string{"a.yaml": strings.Replace(valid, "default: won", "default: lots", 1)}, []string{"/a.yaml:11: contact: rule 2 (stage): the default cannot be sent"}},
		{"an expression's fault", map[string]string{"a.yaml": strings.Replace(valid, "from: contact_email, required: true", "expr: crm.x", 1)}, []string{"/a.yaml:10: contact: rule 1 (email): the expression cannot be used"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, tt.files)
			library, err := mapping.Open(dir, nil)
			if library != nil || err == nil {
				t.Fatal("no fault")
			}
			got := strings.Split(err.Error(), "\n")
			if len(got) != len(tt.want) {
				t.Fatalf("got %q, want %q", got, tt.want)
			}
			for i := range got {
				if !strings.Contains(got[i], dir+tt.want[i]) {
					t.Errorf("got %q, want %q", got[i], tt.want[i])
				}
			}
		})
	}
	if _, err := mapping.Open(filepath.Join(t.TempDir(), "missing"), nil); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("a folder that is not there: %v", err)
	}
}
