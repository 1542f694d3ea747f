package devdb

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
)

// DataDir says where the data of a checkout at cwd lives: in cwd/.dev/postgres where the account that the server
// runs as can reach it, else outside, in a directory of this checkout's own under /var/lib (root) or the user's
// state directory. Nothing is created.
func DataDir(cwd string) (string, error) {
	cwd, err := filepath.Abs(cwd)
	if err != nil {
		return "", err
	}
	inside := filepath.Join(cwd, ".dev", "postgres")
	who, err := serverIdentity(filepath.Join(inside, "data"))
	if err != nil {
		return "", err
	}
	if who.reach(inside) == nil && creatable(inside) {
		return inside, nil
	}
	state, err := stateDir()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(cwd))
	return filepath.Join(state, "sendtocrm", filepath.Base(cwd)+"-"+hex.EncodeToString(sum[:4]), "postgres"), nil
}

func stateDir() (string, error) {
	if os.Geteuid() == 0 {
		return "/var/lib", nil
	}
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find a place for the data: %w", err)
	}
	return filepath.Join(home, ".local", "state"), nil
}
