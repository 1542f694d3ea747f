//go:build unix

package devdb

import (
	"errors"
	"os"
	"syscall"
)

var errLocked = syscall.EWOULDBLOCK

// flock takes the lock on an open file without waiting; errLocked if another process has it.
func flock(file *os.File) error {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// unlock gives the lock back for every copy of the file: a process that is being started holds one until it has become
// its program.
func unlock(file *os.File) { _ = syscall.Flock(int(file.Fd()), syscall.LOCK_UN) }

// The three ways to end a server (chapter "Shutting Down the Server" of its manual): fast cuts the clients off and
// writes everything out; quit leaves at once, to recover at the next start; kill is for one that hangs.
func signalFast(pid int) error { return syscall.Kill(pid, syscall.SIGINT) }
func signalQuit(pid int) error { return syscall.Kill(pid, syscall.SIGQUIT) }
func signalKill(pid int) error { return syscall.Kill(pid, syscall.SIGKILL) }
