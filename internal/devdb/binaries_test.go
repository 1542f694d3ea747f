package devdb

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fakeInstallation writes an initdb and a postgres that say what they are told.
func fakeInstallation(t *testing.T, version, initdb string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "devdb-test-bin-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{"postgres": "echo '" + version + "'", "initdb": initdb} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestDEVPG_BIN(t *testing.T) {
	for _, tc := range []struct{ name, version, want string }{
		{"usable", "postgres (PostgreSQL) 17.2 (Debian 17.2-1)", ""},
		{"a beta", "postgres (PostgreSQL) 18beta1", ""},
		{"too old", "postgres (PostgreSQL) 14.9", "is PostgreSQL 14; 15 or newer is needed"},
		{"another product", "mysqld 9", "which is no version of PostgreSQL"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := fakeInstallation(t, tc.version, "exit 0")
			t.Setenv("DEVPG_BIN", dir)
			got, err := FindBinaries()
			if tc.want == "" {
				if err != nil || got != dir {
					t.Errorf("FindBinaries() = %q, %v; want %q", got, err, dir)
				}
				return
			}
			if err == nil || !strings.HasPrefix(err.Error(), "DEVPG_BIN: ") || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("FindBinaries() = %q, %v; want an error with %q", got, err, tc.want)
			}
		})
	}
	t.Run("nothing there", func(t *testing.T) {
		t.Setenv("DEVPG_BIN", t.TempDir())
		if got, err := FindBinaries(); err == nil || !strings.Contains(err.Error(), "DEVPG_BIN: ") {
			t.Errorf("FindBinaries() = %q, %v", got, err)
		}
	})
}

func TestFailingInitdbIsShown(t *testing.T) {
	t.Setenv("DEVPG_BIN", fakeInstallation(t, "postgres (PostgreSQL) 17.2", "echo 'no space left' >&2; exit 3"))
	_, err := Start(context.Background(), Options{Throwaway: true})
	if err == nil || !strings.Contains(err.Error(), "initdb: exit status 3\nno space left") {
		t.Errorf("Start: %v", err)
	}
}

func TestMatchByMajorVersion(t *testing.T) {
	t.Parallel()
	found := []binaries{{"/opt/18/bin", 18}, {"/opt/15/bin", 15}}
	if b, err := match(found, "15", "/data"); err != nil || b != found[1] {
		t.Errorf("match 15: %v, %v", b, err)
	}
	_, err := match(found, "16", "/dev/postgres/data")
	want := "the data in /dev/postgres/data was made by PostgreSQL 16, and installed is 18 (/opt/18/bin), 15 (/opt/15/bin): " +
		"install version 16, or point DEVPG_BIN at its binaries, or move /dev/postgres away to begin with an empty database"
	if err == nil {
		t.Fatal("match 16: no error")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("match 16 (-want +got):\n%s", diff)
	}
}

func TestInstallCommand(t *testing.T) {
	t.Parallel()
	for release, want := range map[string]string{
		"ID=debian\n":                               "apt-get install -y postgresql",
		"ID=ubuntu\nID_LIKE=debian\n":               "apt-get install -y postgresql",
		"ID=\"rocky\"\nID_LIKE=\"rhel fedora\"":     "dnf install -y postgresql-server",
		"ID=alpine":                                 "apk add postgresql",
		"ID=manjaro\nID_LIKE=arch":                  "pacman -S --noconfirm postgresql",
		"ID=opensuse-leap\nID_LIKE='suse opensuse'": "zypper install -y postgresql-server",
		"": "apt-get install -y postgresql",
	} {
		if got := linuxInstallCommand(release); got != want {
			t.Errorf("%q: %s, want %s", release, got, want)
		}
	}
}
