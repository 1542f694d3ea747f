//go:build fault && unix

package failpoint

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Enabled reports whether this build can crash on order.
const Enabled = true

// armed reads the environment at the first passing of any place.
var armed = sync.OnceValue(func() order {
	value := os.Getenv(Variable)
	if value == "" {
		return order{}
	}
	o, err := parse(value)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return o
})

var passings atomic.Int64

// stopSettles is how long the kernel may take to stop every thread: the signal goes to the process, and the thread that
// sent it could otherwise run on for a moment.
const stopSettles = 20 * time.Millisecond

// At ends or stops the process if it is ordered for this place and passing. After a SIGCONT it returns.
func At(name Name) {
	o := armed()
	if o.name != name || passings.Add(1) != o.nth {
		return
	}
	if o.stop {
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		time.Sleep(stopSettles)
		return
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // nothing further happens in this goroutine, as little as in the others
}
