package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// version is set by the linker: -ldflags "-X main.version=…".
var version = "dev"

// env is the process's environment, handed in so that tests can run the program with their own.
type env map[string]string

func environment(pairs []string) env {
	e := env{}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		e[name] = value
	}
	return e
}

// console is where a command speaks.
type console struct{ out, err io.Writer }

// cli is every command. Settings come from the environment (config.go); flags are for what is given per call.
type cli struct {
	Serve   serveCommand   `cmd:"" help:"Run the service. Settings come from the environment."`
	Dev     devCommand     `cmd:"" help:"Run everything for a look around: private Postgres, sandbox CRMs, demo page. Needs no settings."`
	Sandbox sandboxCommand `cmd:"" help:"Run the simulated Alloy with its CRMs alone."`
	Migrate migrateCommand `cmd:"" help:"Bring the database's schema up (the default), take it down, or show where it is."`
	Mapping mappingCommand `cmd:"" help:"Check and try connector definitions."`
	Health  healthCommand  `cmd:"" help:"Ask a running service whether it is alive; for container health checks."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// usage is a fault of the command line or of the settings: exit code 2, and no stack of causes.
type usage struct{ error }

// run does all that main does, and returns the exit code: 0, 1 for a failure, 2 for wrong use.
func run(ctx context.Context, args []string, e env, stdout, stderr io.Writer) int {
	exit := -1
	parser, err := kong.New(&cli{}, kong.Name("server"), kong.Writers(stdout, stderr),
		kong.Description("Send to CRM: connect, preview, send, remember."),
		kong.Exit(func(code int) { exit = code }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(e, console{stdout, stderr}))
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	command, err := parser.Parse(args)
	if exit >= 0 { // --help has spoken
		return exit
	}
	if err != nil {
		fmt.Fprintf(stderr, "%v\nRun `server --help` for the commands.\n", err)
		return 2
	}
	err = command.Run()
	var wrongUse usage
	switch {
	case err == nil:
		return 0
	case errors.As(err, &wrongUse):
		fmt.Fprintln(stderr, err)
		return 2
	}
	fmt.Fprintf(stderr, "server: %v\n", err)
	return 1
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(c console) error {
	_, err := fmt.Fprintln(c.out, version)
	return err
}
