package devdb

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rs/zerolog"
)

// cluster is one data directory and what is needed to run it.
type cluster struct {
	dir       string
	bin       binaries
	who       identity
	throwaway bool
	log       zerolog.Logger
}

func (c *cluster) data() string         { return filepath.Join(c.dir, "data") }
func (c *cluster) unfinished() string   { return filepath.Join(c.dir, "data.unfinished") }
func (c *cluster) passwordFile() string { return filepath.Join(c.dir, "password") }

// ensure makes the cluster unless it is there, and returns the password of its role.
func (c *cluster) ensure(ctx context.Context) (password string, err error) {
	if err := c.who.reach(c.dir); err != nil {
		return "", err
	}
	if _, err := os.Stat(c.data()); err == nil {
		return c.readPassword()
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := c.isOurs(); err != nil {
		return "", err
	}
	if err := c.who.own(c.dir, 0o700); err != nil {
		return "", err
	}
	password = rand.Text()
	if err := os.WriteFile(c.passwordFile(), []byte(password), 0o600); err != nil {
		return "", fmt.Errorf("keep the password: %w", err)
	}
	if err := c.who.own(c.passwordFile(), 0o600); err != nil {
		return "", err
	}
	if err := c.initdb(ctx); err != nil {
		return "", err
	}
	return password, os.Rename(c.unfinished(), c.data())
}

// isOurs refuses to take over a directory that holds anything else: it would change hands and modes.
func (c *cluster) isOurs() error {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if n := entry.Name(); n != filepath.Base(lockPath(c.dir)) && n != filepath.Base(c.passwordFile()) {
			return fmt.Errorf("%s holds no database but other things (%s): name an empty or a new directory", c.dir, n)
		}
	}
	return nil
}

func (c *cluster) readPassword() (string, error) {
	text, err := os.ReadFile(c.passwordFile())
	if err != nil {
		return "", fmt.Errorf("the password of the existing data cannot be read (move %s away to begin with an empty database): %w", c.dir, err)
	}
	return strings.TrimSpace(string(text)), nil
}

func (c *cluster) initdb(ctx context.Context) error {
	args := []string{
		"--pgdata", c.unfinished(), "--username", name, "--pwfile", c.passwordFile(),
		"--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--lc-ctype", characterType(),
	}
	if c.throwaway {
		args = append(args, "--no-sync")
	}
	cmd := exec.CommandContext(ctx, c.bin.initdb(), args...)
	cmd.Dir = c.dir
	cmd.Env = childEnv(os.Environ())
	cmd.SysProcAttr = c.who.attributes()
	cmd.WaitDelay = time.Second
	dieWithParent(cmd, true)
	runtime.LockOSThread() // see runOn
	defer runtime.UnlockOSThread()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", errors.Join(err, ctx.Err()), out)
	}
	return nil
}

// characterType is a locale under which lower() and upper() know all letters while sorting stays by code point.
func characterType() string {
	if runtime.GOOS == "darwin" {
		return "UTF-8"
	}
	return "C.UTF-8"
}

// childEnv drops every PG* variable: they would redirect initdb and the server (and PGPORT="" stops them), and
// what belongs to other accounts.
func childEnv(environ []string) []string {
	var kept []string
	for _, pair := range environ {
		if key, _, _ := strings.Cut(pair, "="); strings.HasPrefix(key, "PG") || key == "HOME" || strings.HasPrefix(key, "LC_") || key == "LANG" {
			continue
		}
		kept = append(kept, pair)
	}
	return append(kept, "LC_ALL=C")
}

// createDatabase makes the database unless it is there.
func createDatabase(ctx context.Context, adminURL, database string) error {
	conn, err := pgx.Connect(ctx, adminURL)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", database).Scan(&exists); err != nil {
		return fmt.Errorf("look for the database %s: %w", database, err)
	}
	if exists {
		return nil
	}
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{database}.Sanitize()+" STRATEGY file_copy"); err != nil {
		return fmt.Errorf("create the database %s: %w", database, err)
	}
	return nil
}
