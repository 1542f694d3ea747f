package main

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/rs/zerolog"

	"sendtocrm/internal/sandbox"
)

type sandboxCommand struct {
	Host           string `help:"Address to listen on." default:"127.0.0.1" env:"SANDBOX_HOST"`
	Port           int    `help:"Port of the simulated Alloy and its CRMs." default:"8081" env:"SANDBOX_PORT"`
	ManagementPort int    `help:"Port of the fault switches." default:"8082" env:"SANDBOX_MANAGEMENT_PORT"`
	PublicURL      string `help:"Where clients and browsers reach it. Default: the address it listens on." env:"SANDBOX_PUBLIC_URL"`
	APIKey         string `help:"The API key that clients have to give." default:"sandbox-api-key-0001" env:"SANDBOX_API_KEY"`
	State          string `help:"File to keep its state in. Default: memory only." env:"SANDBOX_STATE" type:"path"`
}

// Run serves the simulated Alloy until the context ends.
func (s sandboxCommand) Run(ctx context.Context, out console) error {
	log := config{LogLevel: "info", LogFormat: "console"}.logger(out)
	api, err := listen(ctx, "--port", net.JoinHostPort(s.Host, strconv.Itoa(s.Port)))
	if err != nil {
		return err
	}
	management, err := listen(ctx, "--management-port", net.JoinHostPort(s.Host, strconv.Itoa(s.ManagementPort)))
	if err != nil {
		_ = api.Close()
		return err
	}
	l := devListeners{sandbox: api, management: management}
	if s.PublicURL == "" {
		s.PublicURL = l.url(api)
	}
	box, err := newSandbox(s.APIKey, s.PublicURL, s.State, log)
	if err != nil {
		l.close()
		return err
	}
	fmt.Fprintf(out.out, "The simulated Alloy is at %s (API key %s), its CRMs at %[1]s/crm, its switches at %[3]s.\n",
		s.PublicURL, s.APIKey, l.url(management))
	return impatient(serveAll(ctx, time.Second, []endpoint{
		{"sandbox", api, box.Handler()}, {"sandbox management", management, box.Management()},
	}))
}

func newSandbox(apiKey, publicURL, stateFile string, log zerolog.Logger) (*sandbox.Server, error) {
	return sandbox.New(sandbox.Options{APIKey: apiKey, PublicURL: publicURL, StateFile: stateFile, Now: time.Now, Logger: log})
}
