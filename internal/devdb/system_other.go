//go:build !unix

package devdb

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"syscall"
)

// errUnsupported: the ways of Unix to run a server safely (accounts, locks, signals) do not exist here.
var errUnsupported = errors.New("not available on this operating system: run one in Docker and set DATABASE_URL (TEST_DATABASE_URL for tests)")

var errLocked = errUnsupported

type identity struct{}

func serverIdentity(string) (identity, error)         { return identity{}, errUnsupported }
func (identity) attributes() *syscall.SysProcAttr     { return nil }
func (identity) own(string, fs.FileMode) error        { return errUnsupported }
func (identity) reach(string) error                   { return errUnsupported }
func creatable(string) bool                           { return false }
func tempRoot() string                                { return os.TempDir() }
func ownedByUs(fs.FileInfo) bool                      { return false }
func flock(*os.File) error                            { return errUnsupported }
func unlock(*os.File)                                 {}
func signalFast(int) error                            { return errUnsupported }
func signalQuit(int) error                            { return errUnsupported }
func signalKill(int) error                            { return errUnsupported }
func dieWithParent(*exec.Cmd, bool)                   {}
func watchParent(int, bool) (release func(), _ error) { return nil, errUnsupported }
func isPostmaster(int, string) bool                   { return false }
