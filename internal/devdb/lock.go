package devdb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// dirLock is the claim of one process on a data directory. The kernel drops it with the process, however that ends,
// so a lock that can be taken means that the former user is dead; no process id needs to be believed.
type dirLock struct{ file *os.File }

// inUseError: another process holds the directory.
type inUseError struct {
	dir string
	pid int // as that process wrote it; 0 if unreadable
}

func (e *inUseError) Error() string {
	return fmt.Sprintf("%s is in use by another process (pid %d): stop that one, or give this one another directory", e.dir, e.pid)
}

func lockPath(dir string) string { return filepath.Join(dir, "lock") }

// lockDir takes the directory or fails at once with *inUseError. A lock file that was swept away between its
// opening and its locking is noticed and made anew.
func lockDir(dir string) (*dirLock, error) {
	for range 10 {
		file, err := os.OpenFile(lockPath(dir), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, fmt.Errorf("take the directory: %w", err)
		}
		if err := flock(file); err != nil {
			pid := readPID(file)
			_ = file.Close()
			if errors.Is(err, errLocked) {
				return nil, &inUseError{dir: dir, pid: pid}
			}
			return nil, fmt.Errorf("lock %s: %w", file.Name(), err)
		}
		if same(file) {
			_ = file.Truncate(0)
			_, _ = file.WriteAt([]byte(strconv.Itoa(os.Getpid())), 0)
			return &dirLock{file}, nil
		}
		_ = file.Close()
	}
	return nil, fmt.Errorf("lock %s: it keeps vanishing", lockPath(dir))
}

// same tells whether the open file is still the one that its name leads to.
func same(file *os.File) bool {
	held, err := file.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(file.Name())
	return err == nil && os.SameFile(held, named)
}

func readPID(file *os.File) int {
	buf := make([]byte, 20)
	n, _ := file.ReadAt(buf, 0)
	pid, err := strconv.Atoi(strings.TrimSpace(string(buf[:n])))
	if err != nil {
		return 0
	}
	return pid
}

func (l *dirLock) release() error {
	if l == nil {
		return nil
	}
	unlock(l.file)
	return l.file.Close()
}
