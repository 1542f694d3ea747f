package devdb

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
)

// dieWithParent has the kernel end the server when the thread that starts it is gone, even by SIGKILL.
func dieWithParent(cmd *exec.Cmd, atOnce bool) {
	cmd.SysProcAttr.Pdeathsig = syscall.SIGINT
	if atOnce {
		cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT
	}
}

// watchParent is for systems where the kernel cannot do it.
func watchParent(int, bool) (release func(), err error) { return func() {}, nil }

// isPostmaster tells whether the process is the server of the data directory: a server works in that directory.
func isPostmaster(pid int, data string) bool {
	cwd, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(pid), "cwd"))
	if err != nil {
		return false
	}
	resolved, err := filepath.EvalSymlinks(data)
	return err == nil && cwd == resolved
}
