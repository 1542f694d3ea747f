package testdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/testcontainers/testcontainers-go"
	tclog "github.com/testcontainers/testcontainers-go/log"
	"github.com/testcontainers/testcontainers-go/modules/postgres"

	"sendtocrm/internal/devdb"
)

const (
	// image is what docker-compose.yml runs, too.
	image = "postgres:17-alpine"

	answerTimeout = 10 * time.Second
	engineTimeout = 3 * time.Second
)

// openGiven uses a server that somebody else runs. It is version 15 or newer, and its role has CREATEDB. As it was asked for by name, it is an
// error if it does not answer, and no reason to take another.
func openGiven(ctx context.Context, given string) (string, func() error, error) {
	if given == "" {
		return "", nil, &unavailable{errors.New("not set")}
	}
	if u, err := url.Parse(given); err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return "", nil, errors.New("it must be a URL like postgres://user:password@host:5432/postgres")
	}
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, given)
	if err != nil {
		return "", nil, err
	}
	return given, func() error { return nil }, conn.Close(ctx)
}

// openInstalled runs a throw-away cluster from the binaries on this machine.
func openInstalled(ctx context.Context) (string, func() error, error) {
	srv, err := devdb.Start(ctx, devdb.Options{Throwaway: true})
	if err != nil {
		return "", nil, &unavailable{err}
	}
	return srv.AdminURL(), srv.Stop, nil
}

// openDocker runs a container, where an engine answers and the image is there or can be pulled.
func openDocker(ctx context.Context) (string, func() error, error) {
	if err := engineAnswers(ctx); err != nil {
		return "", nil, &unavailable{err}
	}
	container, err := postgres.Run(ctx, image,
		testcontainers.WithLogger(tclog.NewNoopLogger()),
		testcontainers.WithCmd("postgres", "-c", "fsync=off", "-c", "synchronous_commit=off",
			"-c", "full_page_writes=off", "-c", "max_connections=200"),
		postgres.BasicWaitStrategies(),
	)
	stop := func() error { return testcontainers.TerminateContainer(container) }
	if err != nil {
		return "", nil, &unavailable{errors.Join(err, stop())}
	}
	adminURL, err := container.ConnectionString(ctx, "sslmode=disable")
	if err != nil {
		return "", nil, &unavailable{errors.Join(err, stop())}
	}
	return adminURL, stop, nil
}

// engineAnswers asks the engine for its health. Without one that takes about a millisecond; the look-up of
// testcontainers takes no context, so one that never answers is left to itself after engineTimeout.
func engineAnswers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, engineTimeout)
	defer cancel()
	answer := make(chan error, 1)
	go func() {
		provider, err := testcontainers.ProviderDefault.GetProvider(testcontainers.WithLogger(tclog.NewNoopLogger()))
		if err != nil {
			answer <- err
			return
		}
		defer provider.(io.Closer).Close()
		answer <- provider.Health(ctx)
	}()
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return fmt.Errorf("the engine did not answer within %s", engineTimeout)
	}
}
