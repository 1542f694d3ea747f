package devdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// minMajor is the oldest major version of Postgres that the service is tested with.
const minMajor = 15

const versionTimeout = 10 * time.Second

// binaries is an installation: the directory that holds initdb and postgres, and their major version.
type binaries struct {
	dir   string
	major int
}

func (b binaries) initdb() string   { return filepath.Join(b.dir, "initdb") }
func (b binaries) postgres() string { return filepath.Join(b.dir, "postgres") }

// places are where package managers put the server's binaries, which are rarely in PATH.
var places = []string{
	"/usr/lib/postgresql/*/bin",                            // Debian, Ubuntu
	"/usr/libexec/postgresql*", "/usr/lib/postgresql*/bin", // Alpine, openSUSE
	"/usr/pgsql-*/bin", // PGDG on Fedora, RHEL
	"/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin", "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

// FindBinaries returns the directory of the installation to use: DEVPG_BIN if it is set, else what is in PATH, else
// the newest in the places of the package managers. Its error says how to install one on this system.
func FindBinaries() (dir string, err error) {
	found, err := installations()
	if err != nil {
		return "", err
	}
	return found[0].dir, nil
}

// installations lists what is usable, best first; an error rather than an empty list.
func installations() ([]binaries, error) {
	if dir := os.Getenv("DEVPG_BIN"); dir != "" {
		b, err := inspect(dir)
		if err != nil {
			return nil, fmt.Errorf("DEVPG_BIN: %w", err)
		}
		return []binaries{b}, nil
	}
	var found []binaries
	var unusable []error
	add := func(dir string) {
		switch b, err := inspect(dir); {
		case err == nil:
			found = append(found, b)
		case !errors.Is(err, os.ErrNotExist):
			unusable = append(unusable, err)
		}
	}
	for _, pattern := range places {
		dirs, _ := filepath.Glob(pattern)
		for _, dir := range dirs {
			add(dir)
		}
	}
	slices.SortStableFunc(found, func(a, b binaries) int { return b.major - a.major })
	if path, err := exec.LookPath("postgres"); err == nil {
		rest := found
		found = nil
		add(filepath.Dir(path))
		found = append(found, rest...)
	}
	if len(found) == 0 {
		return nil, errors.Join(append(unusable, fmt.Errorf("no PostgreSQL %d or newer is installed here: run `%s`, "+
			"or point DEVPG_BIN at the directory that holds initdb and postgres", minMajor, installCommand()))...)
	}
	return found, nil
}

var versionPattern = regexp.MustCompile(`^postgres \(PostgreSQL\) (\d+)`)

// inspect looks whether dir holds a usable installation. os.ErrNotExist if it holds none at all.
func inspect(dir string) (binaries, error) {
	b := binaries{dir: dir}
	for _, program := range []string{b.initdb(), b.postgres()} {
		if _, err := os.Stat(program); err != nil {
			return b, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), versionTimeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, b.postgres(), "--version").CombinedOutput()
	if err != nil {
		return b, fmt.Errorf("%s --version: %w\n%s", b.postgres(), err, out)
	}
	match := versionPattern.FindSubmatch(out)
	if match == nil {
		return b, fmt.Errorf("%s --version says %q, which is no version of PostgreSQL", b.postgres(), out)
	}
	b.major, _ = strconv.Atoi(string(match[1]))
	if b.major < minMajor {
		return b, fmt.Errorf("%s is PostgreSQL %d; %d or newer is needed", b.postgres(), b.major, minMajor)
	}
	return b, nil
}

// binariesFor chooses the installation that can run the data directory: one of its own major version if it exists.
func binariesFor(data string) (binaries, error) {
	found, err := installations()
	if err != nil {
		return binaries{}, err
	}
	text, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return found[0], nil
	}
	if err != nil {
		return binaries{}, err
	}
	return match(found, strings.TrimSpace(string(text)), data)
}

func match(found []binaries, version, data string) (binaries, error) {
	var installed []string
	for _, b := range found {
		if strconv.Itoa(b.major) == version {
			return b, nil
		}
		installed = append(installed, fmt.Sprintf("%d (%s)", b.major, b.dir))
	}
	return binaries{}, fmt.Errorf("the data in %s was made by PostgreSQL %s, and installed is %s: "+
		"install version %s, or point DEVPG_BIN at its binaries, or move %s away to begin with an empty database",
		data, version, strings.Join(installed, ", "), version, filepath.Dir(data))
}
