package main

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/rs/zerolog"

	"sendtocrm"
	"sendtocrm/internal/alloy"
	"sendtocrm/internal/api"
	"sendtocrm/internal/crm"
	"sendtocrm/internal/failpoint"
	"sendtocrm/internal/guard"
	"sendtocrm/internal/jobs"
	"sendtocrm/internal/store"
	"sendtocrm/internal/tailor"
)

// service is the program as `serve` runs it: everything wired, nothing listening yet.
type service struct {
	handler  http.Handler // the public surface
	admin    http.Handler // the operator's
	janitor  *crm.Janitor
	mappings *tailor.Mappings
	workers  *jobs.Workers // nil: this process attends to nothing
	store    *store.Store
	log      zerolog.Logger
}

// choreInterval is how often the janitor looks for work that nobody has woken it for.
const choreInterval = time.Second

// requestsAtOnce is how many requests one process works on; no user gets all of them. More are refused at once.
const requestsAtOnce = 512

// callsAtOnce is how many CRM calls one process has under way; no connector and no connection gets all of them.
const callsAtOnce = 512

// newService wires the rooms together: the only place where everything meets. extra are further public routes, made
// from the finished handler; nil for none.
func newService(ctx context.Context, c config, s settings, log zerolog.Logger, extra func(http.Handler) map[string]http.Handler) (*service, error) {
	sealer, err := store.NewSealer(s.encryptionKeys)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, store.Options{URL: c.DatabaseURL, MaxConns: c.DBMaxConns, Sealer: sealer, CallLimit: c.AlloyTimeout})
	if err != nil {
		return nil, err
	}
	made, err := wire(ctx, c, s, db, log, extra)
	if err != nil {
		db.Close()
	}
	return made, err
}

func wire(ctx context.Context, c config, s settings, db *store.Store, log zerolog.Logger, extra func(http.Handler) map[string]http.Handler) (*service, error) {
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), poolMetrics(db))
	client, err := alloy.New(alloy.Options{
		BaseURL: c.AlloyBaseURL, APIKey: c.AlloyAPIKey, APIVersion: c.AlloyAPIVersion, Timeout: c.AlloyTimeout,
		Logger: log, Observe: observeAlloy(metrics),
	})
	if err != nil {
		return nil, err
	}
	callers := &api.Callers{Keys: s.serviceKeys, Sessions: api.NewSessions(s.sessionSecrets, failpoint.Now)}
	if c.HostJWKSURL != "" {
		if callers.Host, err = api.NewHostTokens(ctx, api.HostTokenOptions{
			JWKSURL: c.HostJWKSURL, Issuer: c.HostJWTIssuer, Audience: c.HostJWTAudience, Now: failpoint.Now,
		}); err != nil {
			return nil, err
		}
	}
	observe := observeBreakers(metrics, log)
	var dispatcher *crm.Dispatcher // the janitor asks it what can be done, and it tells the janitor what there is to do
	janitor := crm.NewJanitor(db, client, func() crm.Round { return dispatcher.Round() }, log)
	breakers := guard.NewBreakers(failpoint.Now, func(c guard.Change) {
		observe(c)
		if c.To == guard.Closed {
			janitor.Recovered(c.Key)
		}
	})
	catalog := crm.NewCatalog(client, s.library, c.SchemaTTL, failpoint.Now)
	dispatcher = crm.NewDispatcher(crm.DispatcherParts{
		Executor: client, Pacer: db, Gate: guard.NewGate(callsAtOnce), Rate: s.connectionPace(), Keeper: db, Vault: client, Logger: log,
		Breakers: breakers, Worked: janitor.Wake,
	})
	finder := crm.NewFinder(catalog, dispatcher, db, c.AlloyTimeout)
	mappings := tailor.New(db, catalog, finder, s.library, log)
	planner := crm.NewPlanner(db, catalog, mappings, finder)
	sender := crm.NewSender(crm.SenderParts{
		Planner: planner, Finder: finder, Dispatcher: dispatcher, Ledger: db, Queue: db, Keys: db, Undoing: db,
		Budget: guard.NewBudget(failpoint.Now),
	}, crm.SenderConfig{
		LeaseTTL: c.LeaseTTL, Limit: c.AlloyTimeout, LookupLag: c.LookupLag, Logger: log,
		Withdraw: janitor.Withdraw, Stopping: ctx,
	})
	var workers *jobs.Workers
	if c.Workers > 0 {
		if workers, err = jobs.New(db.Pool(), jobs.Options{Workers: c.Workers, Logger: log, Attender: sender, Drain: c.drain()}); err != nil {
			return nil, err
		}
	}
	public := &api.Server{
		Catalog: catalog,
		Connections: crm.NewConnections(db, client, catalog, crm.ConnectConfig{
			PublicURL: c.PublicURL, ReturnURLs: c.ReturnURLs, StateTTL: c.StateTTL, UsernamePrefix: c.UsernamePrefix,
			Now: failpoint.Now, Logger: log, Wake: janitor.Wake,
		}),
		Planner:    planner,
		Sender:     sender,
		Reviews:    crm.NewReviews(db),
		Gate:       guard.NewGate(requestsAtOnce),
		CallerRate: s.callerLimit(), CallerPolicy: s.callerPolicy(),
		Explainer: crm.NewExplainer(db, mappings),
		Mappings:  mappings, Fields: s.library.Catalogue(),
		Ready: db.Ready, Callers: callers, CORSOrigins: c.CORSOrigins, Spec: sendtocrm.OpenAPI, Version: version,
		Logger: log, Metrics: metrics, Extra: extra,
	}
	handler, err := public.Handler()
	if err != nil {
		return nil, err
	}
	return &service{handler: handler, admin: api.Admin(metrics), janitor: janitor, mappings: mappings, workers: workers, store: db, log: log}, nil
}
