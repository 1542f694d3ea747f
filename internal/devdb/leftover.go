package devdb

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	// leftoverPatience is how long a server whose parent was killed may take to shut down in good order.
	leftoverPatience = 10 * time.Second
	pollInterval     = 10 * time.Millisecond
)

// pidFile is what a server writes of itself into its data directory.
type pidFile struct {
	pid   int
	ready bool // accepts connections
}

// readPIDFile reads postmaster.pid: one value a line, the process id in the first, the state in the eighth
// (src/include/utils/pidfile.h of Postgres).
func readPIDFile(data string) (pidFile, bool) {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return pidFile{}, false
	}
	lines := strings.Split(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || pid <= 0 {
		return pidFile{}, false
	}
	return pidFile{pid: pid, ready: len(lines) > 7 && strings.TrimSpace(lines[7]) == "ready"}, true
}

// runningPostmaster is the process id of the server that runs in the data directory, if there is one. A process id
// that by now belongs to something else does not count.
func runningPostmaster(data string) (pid int, running bool) {
	file, found := readPIDFile(data)
	if !found || !isPostmaster(file.pid, data) {
		return 0, false
	}
	return file.pid, true
}

// clearLeftovers deals with what a killed process may have left in the directory: a server that is still shutting
// down, a postmaster.pid that names a dead process, a half-made cluster. The directory is locked by us.
func (c *cluster) clearLeftovers(ctx context.Context) error {
	patience, cancel := context.WithTimeout(ctx, leftoverPatience)
	defer cancel()
	for {
		pid, running := runningPostmaster(c.data())
		if !running {
			break
		}
		select {
		case <-patience.Done():
			return fmt.Errorf("a Postgres that nobody watches any more (pid %d) still runs in %s: stop it with `kill -INT %d`, then start again", pid, c.data(), pid)
		case <-time.After(pollInterval):
		}
	}
	// Postgres looks only whether the process id is taken by a process of the same user. In a restarted container,
	// where ids are small and come back, it would refuse to start for ever.
	if err := os.Remove(filepath.Join(c.data(), "postmaster.pid")); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("remove a dead server's postmaster.pid: %w", err)
	}
	return os.RemoveAll(c.unfinished())
}

// killAndWait ends a server whose data is about to be deleted.
func killAndWait(pid int, data string) error {
	if err := signalQuit(pid); err != nil {
		return fmt.Errorf("stop the server %d in %s: %w", pid, data, err)
	}
	for deadline := time.Now().Add(leftoverPatience); isPostmaster(pid, data); time.Sleep(pollInterval) {
		if time.Now().After(deadline) {
			return fmt.Errorf("the server %d in %s does not stop", pid, data)
		}
	}
	return nil
}
