//go:build unix

package failpoint

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// walkerEnv makes the test binary a process that passes a place five times and says so.
const walkerEnv = "FAILPOINT_TEST_WALKER"

func TestMain(m *testing.M) {
	if name := os.Getenv(walkerEnv); name != "" {
		for i := range 5 {
			At(Name(name))
			At("another")
			fmt.Println(i + 1)
		}
		if off := time.Until(Now()).Round(time.Minute); off != 0 {
			fmt.Print(off)
		}
		return
	}
	os.Exit(m.Run())
}

func walker(t *testing.T, place, order string, more ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), walkerEnv+"="+place, Variable+"="+order), more...)
	out := new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _, _ = cmd.Process.Wait() })
	return cmd, out
}

// In an ordinary build no order does anything; under the tag `fault` the process dies at the place and passing ordered.
func TestDiesWhereOrdered(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		place, order string
		lines        int // before the end, under the tag
		killed       bool
	}{
		{"after-answer", "after-answer:1", 0, true},
		{"after-answer", "after-answer:3", 2, true},
		{"after-answer", "after-answer:6", 5, false},
		{"after-answer", "before-begin:1", 5, false},
		{"after-answer", "", 5, false},
	} {
		t.Run(tc.order, func(t *testing.T) {
			t.Parallel()
			cmd, out := walker(t, tc.place, tc.order)
			err := cmd.Wait()
			lines, killed := 5, false
			if Enabled {
				lines, killed = tc.lines, tc.killed
			}
			var exit *exec.ExitError
			got := errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL
			if got != killed || strings.Count(out.String(), "\n") != lines {
				t.Errorf("killed %v (%v) after\n%s", got, err, out)
			}
		})
	}
}

func TestStopsWhereOrdered(t *testing.T) {
	t.Parallel()
	cmd, out := walker(t, "after-begin", "after-begin:2:stop")
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(cmd.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil {
		t.Fatal(err)
	}
	if status.Stopped() != Enabled {
		t.Fatalf("status %x\n%s", status, out)
	}
	if !Enabled {
		return
	}
	time.Sleep(50 * time.Millisecond)
	if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || strings.Count(out.String(), "\n") != 5 {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]order{
		"before-begin:1":      {BeforeBegin, 1, false},
		"mid-response:40":     {MidResponse, 40, false},
		"after-finish:2:stop": {AfterFinish, 2, true},
	} {
		if got, err := parse(value); err != nil || got != want {
			t.Errorf("%s: %+v %v", value, got, err)
		}
	}
	for _, value := range []string{"", "before-begin", "before-begin:0", "before-begin:x", "nowhere:1", "before-begin:1:", "before-begin:1:kill", "before-begin:1:stop:2"} {
		if got, err := parse(value); err == nil || !strings.Contains(err.Error(), "mid-response") {
			t.Errorf("%s: %+v %v", value, got, err)
		}
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	for order, want := range map[string]string{"1h": "1h0m0s", "-1h": "-1h0m0s", "": ""} {
		cmd, out := walker(t, "after-begin", "", ClockVariable+"="+order)
		if err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
		if !Enabled {
			want = ""
		}
		if _, off, _ := strings.Cut(out.String(), "5\n"); off != want {
			t.Errorf("%q: the clock is off by %q, want %q", order, off, want)
		}
	}
}
