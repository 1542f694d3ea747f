//go:build unix

package devdb_test

import (
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/devdb"
)

// gone waits until nothing answers at the URL any more.
func gone(t *testing.T, url string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		conn, err := pgx.Connect(t.Context(), url)
		if err != nil && strings.Contains(err.Error(), "connection refused") {
			return
		}
		if err == nil {
			_ = conn.Close(t.Context())
		}
	}
	t.Fatal("the server outlives its parent")
}

func TestKilledParentLeavesNoServer(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(openDir(t), "postgres")
	parent := startHelper(t, dir, nil)
	query(t, parent.url, "CREATE TABLE kept AS SELECT 'still here' AS value")
	if err := parent.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.cmd.Wait()

	// At once: the old server may still be shutting down.
	srv := start(t, devdb.Options{Dir: dir})
	if got := query(t, srv.URL(), "SELECT value FROM kept"); got != "still here" {
		t.Errorf("after the restart the table holds %q", got)
	}
	gone(t, parent.url)
}

func TestThrowawayOfKilledParentIsSwept(t *testing.T) {
	t.Parallel()
	parent := startHelper(t, "throwaway", nil)
	dir := filepath.Dir(query(t, parent.url, "SHOW data_directory"))

	survivor := start(t, devdb.Options{Throwaway: true})
	if _, err := os.Stat(dir); err != nil {
		t.Fatalf("the directory of a living process was swept: %v", err)
	}
	if err := parent.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.cmd.Wait()
	start(t, devdb.Options{Throwaway: true})
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s was not swept (%v)", dir, err)
	}
	gone(t, parent.url)
	query(t, survivor.URL(), "SELECT 'the others live on'")
}

// As root the suite runs the server as another account; here the whole process is an ordinary user's.
func TestOrdinaryUser(t *testing.T) {
	t.Parallel()
	home := openDir(t)
	binary := copyBinary(t, home)
	adjust := func(cmd *exec.Cmd) {
		cmd.Path = binary
		cmd.Dir = home
		if os.Geteuid() == 0 {
			const nobody = 65534
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			if err := os.Chown(home, nobody, nobody); err != nil {
				t.Fatal(err)
			}
		}
	}
	dir := filepath.Join(home, ".dev", "postgres")
	helper := startHelper(t, dir, adjust)
	u, err := url.Parse(helper.url)
	if err != nil {
		t.Fatal(err)
	}
	if u.Hostname() != "127.0.0.1" || u.Path != "/sendtocrm" {
		t.Errorf("URL %s", u.Redacted())
	}
	query(t, helper.url, "SELECT 'it works'")
	if err := helper.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := helper.cmd.Wait(); err != nil {
		t.Errorf("stop: %v", err)
	}
	gone(t, helper.url)

	// The same data, by root where the suite is root's: the server runs as its owner again.
	query(t, start(t, devdb.Options{Dir: dir}).URL(), "SELECT 'it works'")
}

// copyBinary puts the test binary where every account can run it.
func copyBinary(t *testing.T, dir string) string {
	t.Helper()
	in, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	path := filepath.Join(dir, "devdb.test")
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
