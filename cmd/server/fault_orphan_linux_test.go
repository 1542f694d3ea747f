package main

import "syscall"

// dieWithParent has the kernel kill the child when this process is gone, however it went.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
