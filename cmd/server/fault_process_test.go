//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"
)

const (
	startPatience = 60 * time.Second // a busy machine, and the race detector
	stopPatience  = 60 * time.Second
)

// process is `serve` in a process of its own: this test binary, run as the program.
type process struct {
	cmd    *exec.Cmd
	url    string // the public listener
	admin  string // the operator's
	logs   *logbook
	exited chan struct{} // closed once the process is gone
}

// launch starts `serve` and returns when it says that it serves. It dies with this process, and at the end of the test.
func launch(t testing.TB, settings ...env) (*process, error) {
	p := &process{exited: make(chan struct{})}
	reader, writer := io.Pipe()
	p.logs = newLogbook(reader)
	p.cmd = exec.Command(os.Args[0], "serve")
	p.cmd.Env = []string{programEnv + "=1"}
	for _, e := range settings {
		for name, value := range e { // of two values for a name, the last one counts
			p.cmd.Env = append(p.cmd.Env, name+"="+value)
		}
		if addr := e["LISTEN_ADDR"]; addr != "" {
			p.url = "http://" + addr
		}
	}
	p.cmd.Stdout, p.cmd.Stderr = writer, writer
	p.cmd.WaitDelay = time.Second
	p.cmd.SysProcAttr = dieWithParent()

	started := make(chan error, 1)
	go func() {
		// On Linux a child dies with the thread that started it: this one stays as long as the child runs.
		runtime.LockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // how it ended is in its state
		}
		_ = writer.Close()
		close(p.exited)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("process %d on %s (%s):\n%s", p.cmd.Process.Pid, p.url, p.cmd.ProcessState, tailOf(p.logs.text(), 12<<10))
		}
	})
	line, err := p.await("serving", startPatience)
	if err != nil {
		return nil, err
	}
	p.admin = "http://" + line["admin"].(string)
	return p, nil
}

// await returns the first log line with the message.
func (p *process) await(message string, limit time.Duration) (map[string]any, error) {
	for deadline := time.Now().Add(limit); ; {
		if line, ok := p.logs.wait(message, 100*time.Millisecond); ok {
			return line, nil
		}
		select {
		case <-p.exited:
			return nil, fmt.Errorf("the process ended (%s) before it said %q:\n%s", p.cmd.ProcessState, message, p.logs.text())
		default:
		}
		if time.Now().After(deadline) {
			p.signal(syscall.SIGQUIT) // its goroutines go to its log
			return nil, fmt.Errorf("the process did not say %q within %s:\n%s", message, limit, p.logs.text())
		}
	}
}

// signal is SIGSTOP, SIGCONT, SIGTERM …; to a process that is gone it does nothing.
func (p *process) signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

// kill is kill -9. It returns when the process is gone.
func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.exited
}

// end waits for the process to end by itself, and returns its exit code; -1 for a death by a signal.
func (p *process) end(ctx context.Context, limit time.Duration) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-ctx.Done():
		return 0, errors.New("the process did not end in time")
	}
}

func tailOf(text string, size int) string {
	if len(text) <= size {
		return text
	}
	text = text[len(text)-size:]
	if _, rest, found := bytes.Cut([]byte(text), []byte{'\n'}); found {
		return "…\n" + string(rest)
	}
	return text
}
