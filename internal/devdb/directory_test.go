//go:build unix

package devdb

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

func mustMkdir(t *testing.T, path string, mode os.FileMode) string {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDataDir(t *testing.T) {
	top, err := os.MkdirTemp("", "devdb-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(top) })
	mustMkdir(t, top, 0o755)
	reachable := mustMkdir(t, filepath.Join(top, "checkout"), 0o755)
	state := filepath.Join(top, "state")
	t.Setenv("XDG_STATE_HOME", state)

	// What keeps the server out: of root, a directory that others cannot enter; of a user, one that is not writable.
	closed, outside := mustMkdir(t, filepath.Join(top, "closed"), 0o500), state
	if os.Geteuid() == 0 {
		mustMkdir(t, closed, 0o700)
		outside = "/var/lib"
	}

	if got, err := DataDir(reachable); err != nil || got != filepath.Join(reachable, ".dev", "postgres") {
		t.Errorf("DataDir(%s) = %s, %v", reachable, got, err)
	}
	a, errA := DataDir(filepath.Join(closed, "checkout"))
	b, errB := DataDir(filepath.Join(closed, "other", "checkout"))
	if err := errors.Join(errA, errB); err != nil {
		t.Fatal(err)
	}
	if prefix := filepath.Join(outside, "sendtocrm", "checkout-"); !strings.HasPrefix(a, prefix) || !strings.HasPrefix(b, prefix) {
		t.Errorf("DataDir = %s and %s, want both to begin with %s", a, b, prefix)
	}
	if a == b {
		t.Errorf("two checkouts share %s", a)
	}
}

func TestLock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	lock, err := lockDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var inUse *inUseError
	if _, err := lockDir(dir); !errors.As(err, &inUse) || inUse.pid != os.Getpid() {
		t.Errorf("second lock: %v", err)
	}
	if err := lock.release(); err != nil {
		t.Fatal(err)
	}
	again, err := lockDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.release(); err != nil {
		t.Fatal(err)
	}
}

func TestSweepTakesOnlyWhatIsAbandoned(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir := func(name string, age time.Duration, locked bool) string {
		path := mustMkdir(t, filepath.Join(root, name), 0o700)
		if locked {
			lock, err := lockDir(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = lock.release() })
		}
		old := time.Now().Add(-age)
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
		return path
	}
	keep := []string{
		dir(tempPrefix+"living", 2*unlockedGrace, true),
		dir(tempPrefix+"being-made", 0, false),
		dir(stagingPrefix+"being-locked", 0, true),
		dir("unrelated", 2*unlockedGrace, false),
	}
	dead := dir(tempPrefix+"dead", 0, false)
	if err := os.WriteFile(lockPath(dead), []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	drop := []string{dead, dir(tempPrefix+"never-locked", 2*unlockedGrace, false), dir(stagingPrefix+"killed", 2*unlockedGrace, false)}

	sweep(root, zerolog.Nop())
	for _, path := range keep {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("swept: %v", err)
		}
	}
	for _, path := range drop {
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("not swept: %s (%v)", path, err)
		}
	}
}

// Test processes start side by side: the sweep of one must not take what another is only just making.
func TestSweepLeavesWhatIsBeingMade(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	stop := make(chan struct{})
	swept := make(chan struct{})
	go func() {
		defer close(swept)
		for {
			select {
			case <-stop:
				return
			default:
				sweep(root, zerolog.Nop())
			}
		}
	}()
	for range 500 {
		dir, lock, err := claimTemp(root)
		if err != nil {
			t.Error(err)
			break
		}
		if _, err := os.Stat(lockPath(dir)); err != nil {
			t.Error(err)
		}
		_ = lock.release()
	}
	close(stop)
	<-swept
}

// A server whose parent is gone without taking it along is named, waited for while time allows, and can be ended.
func TestLeftoverServer(t *testing.T) {
	t.Parallel()
	srv, err := Start(t.Context(), Options{Throwaway: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Stop() })
	data := filepath.Join(srv.dir, "data")
	pid, running := runningPostmaster(data)
	if !running || pid != srv.proc.cmd.Process.Pid {
		t.Fatalf("runningPostmaster = %d, %t; want %d", pid, running, srv.proc.cmd.Process.Pid)
	}
	if isPostmaster(os.Getpid(), data) {
		t.Error("this process passes for the server")
	}

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err = (&cluster{dir: srv.dir}).clearLeftovers(ctx)
	if err == nil || !strings.Contains(err.Error(), "stop it with `kill -INT ") {
		t.Errorf("clearLeftovers: %v", err)
	}
	if err := killAndWait(pid, data); err != nil {
		t.Error(err)
	}
	if _, running := runningPostmaster(data); running {
		t.Error("it runs on")
	}
}

func TestReadPIDFile(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]pidFile{
		"":                                    {},
		"garbage\n":                           {},
		"-5\n":                                {},
		"42\n":                                {pid: 42},
		"42\n/d\n1\n5\n\n*\n 1 1\nstarting\n": {pid: 42},
		"42\n/d\n1\n5\n\n*\n 1 1\nready   \n": {pid: 42, ready: true},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "postmaster.pid"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, found := readPIDFile(dir)
		if got != want || found != (want.pid != 0) {
			t.Errorf("%q: %+v, %t; want %+v", text, got, found, want)
		}
	}
}
