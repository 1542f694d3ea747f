//go:build unix && !linux

package main

import "syscall"

// dieWithParent leaves it to the end of the test: this system has no signal for a parent's death.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
