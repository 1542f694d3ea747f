package devdb

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	portAttempts  = 5
	stopPatience  = 10 * time.Second
	abortPatience = 5 * time.Second
)

// process is the running postgres. exited is closed when it is gone.
type process struct {
	cmd    *exec.Cmd
	output *tail
	exited chan struct{}
}

// run starts the server on the port, or on a free one if it is 0, and waits until it answers. A free port can be
// lost to another process before the server binds it; then the next one is tried.
func (c *cluster) run(ctx context.Context, port int, password string) (*process, int, error) {
	if port != 0 {
		if err := free(port); err != nil {
			return nil, 0, err
		}
		p, err := c.runOn(ctx, port, password)
		return p, port, err
	}
	var err error
	for range portAttempts {
		if port, err = freePort(); err != nil {
			return nil, 0, err
		}
		var p *process
		if p, err = c.runOn(ctx, port, password); err == nil {
			return p, port, nil
		}
		if ctx.Err() != nil || free(port) == nil {
			break // the port was not the reason
		}
	}
	return nil, 0, err
}

func (c *cluster) runOn(ctx context.Context, port int, password string) (*process, error) {
	p := &process{output: newTail(c.log), exited: make(chan struct{})}
	p.cmd = exec.Command(c.bin.postgres(), append([]string{"-D", c.data()}, c.settings(port)...)...) //nolint:noctx // it outlives the context of its start
	p.cmd.Dir = c.dir
	p.cmd.Env = childEnv(os.Environ())
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	p.cmd.SysProcAttr = c.who.attributes()
	p.cmd.WaitDelay = 2 * time.Second
	dieWithParent(p.cmd, c.throwaway)

	started := make(chan error, 1)
	go func() {
		// On Linux the server dies with the thread that started it, not with the process: this one stays locked
		// and waits as long as the server runs.
		runtime.LockOSThread()
		defer close(p.exited)
		if err := p.cmd.Start(); err != nil {
			started <- err
			return
		}
		release, err := watchParent(p.cmd.Process.Pid, c.throwaway)
		started <- err
		_ = p.cmd.Wait()
		if err == nil {
			release()
		}
	}()
	if err := <-started; err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", c.bin.postgres(), err), p.stop(true))
	}
	if err := p.waitReady(ctx, c.data(), urlFor(port, password, "postgres")); err != nil {
		return nil, errors.Join(err, p.stop(c.throwaway))
	}
	return p, nil
}

// settings are passed on the command line, so they hold for data directories of every age.
func (c *cluster) settings(port int) []string {
	values := []string{
		"listen_addresses=127.0.0.1", "port=" + strconv.Itoa(port), "unix_socket_directories=",
		"max_connections=200", "huge_pages=off", "logging_collector=off", "log_destination=stderr",
		"timezone=UTC", "log_timezone=UTC",
	}
	if c.throwaway {
		values = append(values, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal",
			"max_wal_senders=0", "shared_buffers=64MB", "jit=off", "autovacuum_max_workers=1")
	}
	var args []string
	for _, v := range values {
		args = append(args, "-c", v)
	}
	return args
}

// waitReady waits until this very server (and not another one on its port) says that it accepts connections, then
// logs in once.
func (p *process) waitReady(ctx context.Context, data, url string) error {
	for {
		if file, found := readPIDFile(data); found && file.pid == p.cmd.Process.Pid && file.ready {
			break
		}
		select {
		case <-p.exited:
			return fmt.Errorf("the server ended at its start (%s):\n%s", p.cmd.ProcessState, p.output)
		case <-ctx.Done():
			return fmt.Errorf("the server was not ready in time: %w\n%s", ctx.Err(), p.output)
		case <-time.After(pollInterval):
		}
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("log in to the new server: %w\n%s", err, p.output)
	}
	return conn.Close(ctx)
}

// stop ends the server: in good order, or at once if its data is not wanted any more.
func (p *process) stop(atOnce bool) error {
	if p.cmd.Process == nil {
		return nil
	}
	signals := []func(int) error{signalFast, signalQuit, signalKill}
	if atOnce {
		signals = signals[1:]
	}
	patience := stopPatience
	for _, signal := range signals {
		_ = signal(p.cmd.Process.Pid) // an error means that it is gone, which exited tells
		select {
		case <-p.exited:
			return nil
		case <-time.After(patience):
		}
		patience = abortPatience
	}
	return fmt.Errorf("the server (pid %d) does not end", p.cmd.Process.Pid)
}

func free(port int) error {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp4", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		return fmt.Errorf("port %d is not free; choose another, or 0 for any: %w", port, err)
	}
	return l.Close()
}

func freePort() (int, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
