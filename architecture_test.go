package sendtocrm_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "sendtocrm"

// rooms says what each package may import of ours. A package that is not here fails the test: it has no place in the
// house yet. Tests may look further; they are not held to this.
var rooms = map[string][]string{
	"":                        {},
	"cmd/server":              {"", "internal/alloy", "internal/api", "internal/crm", "internal/devdb", "internal/failpoint", "internal/guard", "internal/jobs", "internal/mapping", "internal/sandbox", "internal/store", "internal/tailor", "web"},
	"internal/alloy":          {"internal/crm", "internal/failpoint"},
	"internal/api":            {"internal/api/oapi", "internal/crm", "internal/failpoint", "internal/guard", "internal/mapping", "internal/tailor", "web/callback"},
	"internal/api/oapi":       {},
	"internal/coalesce":       {},
	"internal/crm":            {"internal/failpoint", "internal/guard", "internal/mapping"},
	"internal/devdb":          {},
	"internal/failpoint":      {},
	"internal/guard":          {},
	"internal/jobs":           {"internal/crm", "internal/store"},
	"internal/mapping":        {"internal/mapping/expr"},
	"internal/mapping/derive": {"internal/mapping"},
	"internal/mapping/expr":   {},
	"internal/sandbox":        {},
	"internal/store":          {"internal/coalesce", "internal/crm", "internal/failpoint", "internal/mapping", "internal/tailor", "migrations"},
	"internal/tailor":         {"internal/crm", "internal/mapping", "internal/mapping/derive"},
	"internal/testdb":         {"internal/devdb", "internal/store", "migrations"},
	"client":                  {},
	"migrations":              {},
	"web":                     {},
	"web/callback":            {},
}

// outside says which packages alone may import a foreign one, by prefix.
var outside = map[string][]string{
	"github.com/jackc/pgx":          {"internal/store", "internal/jobs", "internal/testdb", "internal/devdb", "cmd/server"},
	"github.com/riverqueue":         {"internal/store", "internal/jobs"},
	"github.com/golang-migrate":     {"internal/store"},
	"github.com/testcontainers":     {"internal/testdb"},
	"github.com/go-chi/chi":         {"internal/api", "internal/api/oapi", "internal/sandbox", "web"},
	"github.com/alecthomas/kong":    {"cmd/server"},
	"github.com/caarlos0/env":       {"cmd/server"},
	"github.com/getkin/kin-openapi": {"internal/api"},
}

// never says what a package may not import, whatever else it may.
var never = map[string][]string{
	"internal/crm":     {"net/http", "database/sql"},
	"internal/mapping": {"net/http", "database/sql", "reflect"},
	"internal/tailor":  {"net/http", "database/sql"},
	"internal/store":   {"net/http"},
}

func TestImportsRunOneWay(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, file := range sources(t) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		room := filepath.ToSlash(filepath.Dir(file))
		if room == "." {
			room = ""
		}
		seen[room] = true
		allowed, known := rooms[room]
		if !known {
			t.Errorf("%s: package %q has no place in the table of this test", file, room)
			continue
		}
		for _, path := range imports(t, file) {
			if inner, ours := strings.CutPrefix(path+"/", module+"/"); ours {
				inner = strings.TrimSuffix(inner, "/")
				if !slices.Contains(allowed, inner) {
					t.Errorf("%s imports %s: %q may import %q only", file, path, room, allowed)
				}
			}
			for prefix, users := range outside {
				if strings.HasPrefix(path, prefix) && !slices.Contains(users, room) {
					t.Errorf("%s imports %s, which is for %q only", file, path, users)
				}
			}
			if slices.Contains(never[room], path) {
				t.Errorf("%s imports %s, which %q never does", file, path, room)
			}
		}
	}
	for room := range rooms {
		if !seen[room] {
			t.Errorf("the table of this test has %q, which is not there", room)
		}
	}
}

// Alloy's wire names stay in the client and the sandbox.
func TestAlloyNamesStayInside(t *testing.T) {
	t.Parallel()
	for _, file := range sources(t) {
		room := filepath.ToSlash(filepath.Dir(file))
		if strings.HasSuffix(file, "_test.go") || room == "internal/alloy" || room == "internal/sandbox" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{`json:"responseData`, `json:"credentialId"`, "oauthUrl", "x-alloy-userid", "additionalHeaders"} {
			if strings.Contains(string(text), name) {
				t.Errorf("%s speaks Alloy's wire language: %s", file, name)
			}
		}
	}
}

func TestFilesStayReadable(t *testing.T) {
	t.Parallel()
	for _, file := range sources(t) {
		if strings.HasSuffix(file, ".gen.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(string(text), "\n"); lines > 400 {
			t.Errorf("%s has %d lines; 400 is the ceiling", file, lines)
		}
	}
}

func sources(t *testing.T) (files []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && (name == "testdata" || name == "tools" || name == "bin" || (strings.HasPrefix(name, ".") && name != ".")) {
			return filepath.SkipDir
		}
		if !entry.IsDir() && strings.HasSuffix(name, ".go") {
			files = append(files, path)
		}
		return nil
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("the sources cannot be read: %v", err)
	}
	return files
}

func imports(t *testing.T, file string) (paths []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range parsed.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}
