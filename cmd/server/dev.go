package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"sendtocrm/internal/devdb"
	"sendtocrm/internal/store"
	"sendtocrm/web"
)

type devCommand struct {
	Dir            string `help:"Where the data stays. Default: .dev in this folder, or a folder of its own where Postgres cannot reach that." env:"DEV_DIR"`
	DatabaseURL    string `help:"A migrated Postgres to use instead of a private one." env:"DEV_DATABASE_URL"`
	Host           string `help:"Address to listen on." default:"127.0.0.1" env:"DEV_HOST"`
	Port           int    `help:"Port of the service and the demo page." default:"8080" env:"DEV_PORT"`
	SandboxPort    int    `help:"Port of the simulated Alloy and its CRMs." default:"8081" env:"DEV_SANDBOX_PORT"`
	ManagementPort int    `help:"Port of the sandbox's fault switches." default:"8082" env:"DEV_MANAGEMENT_PORT"`
	AdminPort      int    `help:"Port of metrics and profiles." default:"9090" env:"DEV_ADMIN_PORT"`
}

// Run brings everything up: private Postgres, migrations, sandbox, service with the demo page. Data stays in Dir.
func (d devCommand) Run(ctx context.Context, e env, out console) error {
	postgresDir, filesDir, err := d.places()
	if err != nil {
		return err
	}
	keys, err := devKeys(filepath.Join(filesDir, "keys.json"))
	if err != nil {
		return err
	}
	c := config{LogLevel: "warn", LogFormat: "console"}
	if level := e["LOG_LEVEL"]; level != "" {
		c.LogLevel = level
	}
	log := c.logger(out)
	databaseURL, stop, err := d.database(ctx, postgresDir, out, log)
	if err != nil {
		return err
	}
	defer stop()
	listeners, err := d.listen(ctx, out)
	if err != nil {
		return err
	}
	defer listeners.close()
	box, err := newSandbox(keys.AlloyAPIKey, listeners.url(listeners.sandbox), filepath.Join(filesDir, "sandbox.json"), log)
	if err != nil {
		return err
	}
	made, err := d.service(ctx, keys, listeners, databaseURL, log)
	if err != nil {
		return err
	}
	defer made.store.Close()
	listeners.announce(out, filesDir, keys)
	err = impatient(serveAll(ctx, devDrain, []endpoint{
		{"public", listeners.public, made.handler}, {"admin", listeners.admin, made.admin},
		{"sandbox", listeners.sandbox, box.Handler()}, {"sandbox management", listeners.management, box.Management()},
	}, made.chores, made.work))
	fmt.Fprintln(out.out, "\nStopped. The data is kept; the next start goes on with it.")
	return err
}

// devDrain is how long Ctrl-C waits for running requests: a person waits with them.
const devDrain = time.Second

// database brings up the private Postgres, migrated, unless another one is given.
func (d devCommand) database(ctx context.Context, dir string, out console, log zerolog.Logger) (url string, stop func(), err error) {
	if d.DatabaseURL != "" {
		return d.DatabaseURL, func() {}, nil
	}
	db, err := devdb.Start(ctx, devdb.Options{Dir: dir, Logger: log})
	if err != nil {
		return "", nil, err
	}
	stop = func() {
		if err := db.Stop(); err != nil {
			fmt.Fprintln(out.err, "Postgres did not stop cleanly:", err)
		}
	}
	if err := store.MigrateUp(ctx, db.URL()); err != nil {
		stop()
		return "", nil, err
	}
	return db.URL(), stop, nil
}

// service is the service as in production, with settings that fit this machine, and the demo page beside it.
func (d devCommand) service(ctx context.Context, keys devSecrets, l *devListeners, databaseURL string, log zerolog.Logger) (*service, error) {
	public := l.url(l.public)
	settings := env{
		"DATABASE_URL": databaseURL, "ALLOY_API_KEY": keys.AlloyAPIKey, "ALLOY_BASE_URL": l.url(l.sandbox),
		"PUBLIC_URL": public, "SERVICE_KEYS": "demo:" + keys.ServiceKey, "SESSION_SECRETS": keys.SessionSecret,
		"ENCRYPTION_KEYS": "dev:" + keys.EncryptionKey, "RETURN_URLS": public + "/demo", "CORS_ORIGINS": public,
		"SCHEMA_TTL": "10s",
	}
	c, s, err := readConfig(settings)
	if err != nil {
		return nil, err
	}
	return newService(ctx, c, s, log, func(api http.Handler) map[string]http.Handler {
		demo := web.Demo(web.DemoOptions{ServiceKey: keys.ServiceKey, API: api, SandboxURL: l.url(l.sandbox) + "/crm"})
		home := http.RedirectHandler("/demo", http.StatusSeeOther)
		return map[string]http.Handler{"/demo": demo, "/demo/": http.RedirectHandler("/demo", http.StatusSeeOther), "/demo/*": demo, "/": home}
	})
}

func (d devCommand) places() (postgres, files string, err error) {
	if d.Dir != "" {
		return filepath.Join(d.Dir, "postgres"), d.Dir, nil
	}
	cwd, err := os.Getwd()
	if err != nil {
		return "", "", err
	}
	postgres, err = devdb.DataDir(cwd)
	return postgres, filepath.Dir(postgres), err
}

// devListeners are opened before anything is started, so that every URL is known.
type devListeners struct{ public, sandbox, management, admin net.Listener }

func (d devCommand) listen(ctx context.Context, out console) (*devListeners, error) {
	l := &devListeners{}
	for _, want := range []struct {
		target *net.Listener
		name   string
		port   int
	}{
		{&l.public, "service", d.Port}, {&l.sandbox, "sandbox", d.SandboxPort},
		{&l.management, "sandbox management", d.ManagementPort}, {&l.admin, "admin", d.AdminPort},
	} {
		made, err := listen(ctx, want.name, net.JoinHostPort(d.Host, strconv.Itoa(want.port)))
		if errors.Is(err, syscall.EADDRINUSE) {
			fmt.Fprintf(out.out, "Port %d is taken; the %s gets a free one.\n", want.port, want.name)
			made, err = listen(ctx, want.name, net.JoinHostPort(d.Host, "0"))
		}
		if err != nil {
			l.close()
			return nil, err
		}
		*want.target = made
	}
	return l, nil
}

func (l *devListeners) close() {
	for _, one := range []net.Listener{l.public, l.sandbox, l.management, l.admin} {
		if one != nil {
			_ = one.Close() // a server may have closed it already
		}
	}
}

// url is where a browser on this machine reaches a listener.
func (l *devListeners) url(one net.Listener) string {
	host, port, _ := net.SplitHostPort(one.Addr().String())
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() || ip.IsLoopback() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

func (l *devListeners) announce(out console, dir string, keys devSecrets) {
	fmt.Fprintf(out.out, `
Send to CRM is running. Nothing here needs an account.

  Demo page       %[1]s/demo
  CRMs            %[2]s/crm    (what arrived in the sandbox's CRMs)
  API             %[1]s/docs
  Fault switches  %[3]s        (make the sandbox misbehave)
  Metrics         %[4]s/metrics
  Service key     %[5]s        (Authorization: Bearer …, with X-User-Id)
  Data            %[6]s

Ctrl-C stops all of it; the data stays.
`, l.url(l.public), l.url(l.sandbox), l.url(l.management), l.url(l.admin), keys.ServiceKey, strings.TrimSuffix(dir, "/"))
}
