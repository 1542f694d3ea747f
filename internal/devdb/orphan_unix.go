//go:build unix && !linux

package devdb

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// dieWithParent: only Linux has the parent-death signal; watchParent does the work here.
func dieWithParent(*exec.Cmd, bool) {}

// watchParent starts a shell that reads from a pipe whose other end this process holds and never writes to. When
// this process is gone, however it went, the read ends and the shell stops the server. release ends the watch; it is
// due when the server is gone, before its process id can belong to another.
func watchParent(pid int, atOnce bool) (release func(), err error) {
	signal := "INT"
	if atOnce {
		signal = "QUIT"
	}
	watch := exec.Command("/bin/sh", "-c", `read -r _; kill -"$1" "$2" 2>/dev/null`, "sh", signal, strconv.Itoa(pid))
	watch.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if _, err := watch.StdinPipe(); err != nil {
		return nil, err
	}
	if err := watch.Start(); err != nil {
		return nil, fmt.Errorf("watch over the server: %w", err)
	}
	return func() {
		_ = watch.Process.Kill()
		_ = watch.Wait()
	}, nil
}

// isPostmaster tells whether the process is the server of the data directory, which is in its command line.
func isPostmaster(pid int, data string) bool {
	out, err := exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.Contains(string(out), "postgres") && strings.Contains(string(out), data)
}
