package devdb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rs/zerolog"
)

const (
	// tempPrefix marks the throw-away directories of this package, so that they can be swept.
	tempPrefix = "sendtocrm-postgres-"
	// stagingPrefix marks one that is not locked yet. Locking takes two steps (make the file, lock it), and a sweep
	// between them would take it for left behind.
	stagingPrefix = "new-" + tempPrefix
	// unlockedGrace is how old a throw-away directory without a lock file must be before it counts as left behind:
	// a younger one may be in the middle of its creation.
	unlockedGrace = time.Hour
)

// claim makes the directory and takes it for this process.
func claim(opts Options) (dir string, lock *dirLock, err error) {
	switch {
	case opts.Dir == "" && opts.Throwaway:
		return claimTemp(tempRoot())
	case opts.Dir == "":
		return "", nil, errors.New("no directory is given for the data")
	default:
		if dir, err = filepath.Abs(opts.Dir); err != nil {
			return "", nil, err
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return "", nil, fmt.Errorf("make the directory for the data: %w", err)
		}
	}
	if opts.Throwaway {
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			return "", nil, errors.Join(err, fmt.Errorf("%s is not empty: a throw-away server would delete it at its end", dir))
		}
	}
	lock, err = lockDir(dir)
	return dir, lock, err
}

// claimTemp makes a throw-away directory that bears its name, by which sweeps find it, only once it is locked.
func claimTemp(root string) (dir string, lock *dirLock, err error) {
	staging, err := os.MkdirTemp(root, stagingPrefix)
	if err != nil {
		return "", nil, err
	}
	lock, err = lockDir(staging)
	if err != nil {
		return "", nil, err
	}
	dir = filepath.Join(root, strings.TrimPrefix(filepath.Base(staging), "new-"))
	if err := os.Rename(staging, dir); err != nil {
		return "", nil, errors.Join(err, lock.release(), os.RemoveAll(staging))
	}
	return dir, lock, nil
}

// sweep deletes the throw-away directories whose process is gone, with the servers that may still run in them.
// Failures are only logged: they must not stop a start, and the next one tries again.
func sweep(root string, log zerolog.Logger) {
	dirs, err := filepath.Glob(filepath.Join(root, tempPrefix+"*"))
	if err != nil {
		return
	}
	staging, _ := filepath.Glob(filepath.Join(root, stagingPrefix+"*"))
	for _, dir := range append(dirs, staging...) {
		if err := sweepDir(dir); err != nil {
			log.Debug().Err(err).Str("dir", dir).Msg("left-behind Postgres directory not swept")
		}
	}
}

func sweepDir(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || !ownedByUs(info) {
		return err
	}
	_, lockErr := os.Lstat(lockPath(dir))
	unlocked := lockErr != nil || strings.HasPrefix(filepath.Base(dir), stagingPrefix)
	if unlocked && time.Since(info.ModTime()) < unlockedGrace {
		return nil
	}
	lock, err := lockDir(dir)
	if errors.As(err, new(*inUseError)) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = lock.release() }() // the process's end releases it as well
	data := filepath.Join(dir, "data")
	if pid, running := runningPostmaster(data); running {
		if err := killAndWait(pid, data); err != nil {
			return err
		}
	}
	return os.RemoveAll(dir)
}
