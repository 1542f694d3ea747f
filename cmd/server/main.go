// Command server is Send to CRM: the service itself, and what its operators and developers need around it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], environment(os.Environ()), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
