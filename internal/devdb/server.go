package devdb

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/rs/zerolog"
)

// name is the name of the role, a superuser of this private server, and of the database of URL.
const name = "sendtocrm"

// Options say where a server lives and for how long.
type Options struct {
	// Dir holds the data and the password; it is created. It may be empty with Throwaway only: a temporary one then.
	Dir string
	// Port on 127.0.0.1, 0 for a free one.
	Port int
	// Throwaway gives up durability for speed and deletes Dir at Stop. Dir must be empty or absent then.
	Throwaway bool
	// Logger gets the server's own log at debug level. The zero Logger is silent.
	Logger zerolog.Logger
}

// Server is a running private Postgres.
type Server struct {
	dir      string
	port     int
	password string
	lock     *dirLock
	proc     *process
	remove   bool

	stopOnce sync.Once
	stopErr  error
}

// Start brings up a server, with a new cluster where Dir has none, and creates the database "sendtocrm" if it is
// missing. ctx bounds the start only; the server runs until Stop or until this process is gone.
//
// It fails, with a text that says what to do, when no usable binaries are installed, when another process or a
// leftover server uses Dir, when the data was made by another major version, when Port is taken.
func Start(ctx context.Context, opts Options) (*Server, error) {
	s, err := start(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("private Postgres: %w", err)
	}
	return s, nil
}

func start(ctx context.Context, opts Options) (_ *Server, err error) {
	if opts.Throwaway {
		sweep(tempRoot(), opts.Logger)
	}
	dir, lock, err := claim(opts)
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, lock: lock, remove: opts.Throwaway}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Stop())
		}
	}()

	who, err := serverIdentity(filepath.Join(dir, "data"))
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: dir, who: who, throwaway: opts.Throwaway, log: opts.Logger}
	if err := c.clearLeftovers(ctx); err != nil {
		return nil, err
	}
	if c.bin, err = binariesFor(c.data()); err != nil {
		return nil, err
	}
	if s.password, err = c.ensure(ctx); err != nil {
		return nil, err
	}
	if s.proc, s.port, err = c.run(ctx, opts.Port, s.password); err != nil {
		return nil, err
	}
	return s, createDatabase(ctx, s.AdminURL(), name)
}

// URL is the postgres:// URL of the database "sendtocrm", password included.
func (s *Server) URL() string { return s.URLFor(name) }

// AdminURL is the URL of the maintenance database "postgres".
func (s *Server) AdminURL() string { return s.URLFor("postgres") }

// URLFor is the URL of any database of this server, whether it exists or not.
func (s *Server) URLFor(database string) string { return urlFor(s.port, s.password, database) }

func urlFor(port int, password, database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(name, password),
		Host:     "127.0.0.1:" + strconv.Itoa(port),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Stop ends the server: clients are cut off, what is committed stays (a throw-away server is deleted). It returns
// when the server is gone, within 20 seconds. Further calls wait for the first one and return its result.
func (s *Server) Stop() error {
	s.stopOnce.Do(func() {
		if s.proc != nil {
			s.stopErr = s.proc.stop(s.remove)
		}
		if s.remove {
			s.stopErr = errors.Join(s.stopErr, os.RemoveAll(s.dir))
		}
		s.stopErr = errors.Join(s.stopErr, s.lock.release())
	})
	return s.stopErr
}
