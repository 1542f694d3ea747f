//go:build unix

package devdb

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// identity is the account that initdb and postgres run as.
type identity struct {
	name     string
	uid, gid uint32
	drop     bool // this process is root and has to become it
}

// serverIdentity is this process's own account, unless that is root: then the owner of the existing data directory,
// else the user postgres, else nobody.
func serverIdentity(data string) (identity, error) {
	if uid := os.Geteuid(); uid != 0 {
		return identity{name: "uid " + strconv.Itoa(uid), uid: uint32(uid), gid: uint32(os.Getegid())}, nil
	}
	if info, err := os.Stat(data); err == nil {
		owner := info.Sys().(*syscall.Stat_t)
		if owner.Uid == 0 {
			return identity{}, fmt.Errorf("%s belongs to root, and Postgres does not run as root: move it away", data)
		}
		return identity{name: "uid " + strconv.Itoa(int(owner.Uid)), uid: owner.Uid, gid: owner.Gid, drop: true}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.ParseUint(account.Uid, 10, 32)
		gid, errGID := strconv.ParseUint(account.Gid, 10, 32)
		if err := errors.Join(errUID, errGID); err != nil {
			return identity{}, fmt.Errorf("account %s: %w", name, err)
		}
		return identity{name: "the user " + name, uid: uint32(uid), gid: uint32(gid), drop: true}, nil
	}
	return identity{}, errors.New("this process is root, as which Postgres refuses to run, and neither the user postgres nor nobody exists here: start as another user")
}

// attributes make a child process run as the identity, in a process group of its own, so that Ctrl-C reaches it only
// through this process.
func (w identity) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if w.drop {
		attr.Credential = &syscall.Credential{Uid: w.uid, Gid: w.gid}
	}
	return attr
}

// own gives the file or directory to the identity.
func (w identity) own(path string, mode fs.FileMode) error {
	if w.drop {
		if err := os.Chown(path, int(w.uid), int(w.gid)); err != nil {
			return err
		}
	}
	return os.Chmod(path, mode)
}

// reach tells whether the identity can get to path through all the directories above it that exist.
func (w identity) reach(path string) error {
	if !w.drop {
		return nil
	}
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err == nil && !w.maySearch(info) {
			return fmt.Errorf("%s, which the server has to run as, cannot get into %s on the way to %s: use a directory elsewhere, such as in /var/lib", w.name, dir, path)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}

func (w identity) maySearch(info fs.FileInfo) bool {
	owner, mode := info.Sys().(*syscall.Stat_t), info.Mode().Perm()
	switch {
	case owner.Uid == w.uid:
		return mode&0o100 != 0
	case owner.Gid == w.gid:
		return mode&0o010 != 0
	}
	return mode&0o001 != 0
}

// creatable tells whether this process may make the directory, or use it if it is there.
func creatable(dir string) bool {
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil {
			const writeAndSearch = 2 | 1
			return syscall.Access(dir, writeAndSearch) == nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return false
		}
	}
}

// tempRoot is where throw-away directories are made: the usual place, unless the server could not get there.
func tempRoot() string {
	who, err := serverIdentity("")
	if err == nil && who.reach(filepath.Join(os.TempDir(), tempPrefix)) != nil {
		return "/tmp"
	}
	return os.TempDir()
}

// ownedByUs tells whether a directory was made by this account, or by it as root for the account of the server.
func ownedByUs(info fs.FileInfo) bool {
	owner := info.Sys().(*syscall.Stat_t).Uid
	who, err := serverIdentity("")
	return owner == uint32(os.Geteuid()) || err == nil && owner == who.uid
}
