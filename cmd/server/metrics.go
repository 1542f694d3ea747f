package main

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"sendtocrm/internal/alloy"
	"sendtocrm/internal/guard"
	"sendtocrm/internal/store"
)

// observeAlloy counts and times the calls to Alloy by operation and outcome.
func observeAlloy(metrics prometheus.Registerer) func(alloy.Observation) {
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "alloy_call_duration_seconds", Help: "Time of calls to Alloy, by operation and outcome (ok, or a problem code).",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
	}, []string{"operation", "outcome"})
	metrics.MustRegister(durations)
	return func(o alloy.Observation) {
		durations.WithLabelValues(o.Operation, o.Outcome).Observe(o.Duration.Seconds())
	}
}

// observeBreakers logs the breakers' changes and shows their state.
func observeBreakers(metrics prometheus.Registerer, log zerolog.Logger) func(guard.Change) {
	open := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "crm_breaker_open", Help: "1 while a connector is not called because it has not been answering.",
	}, []string{"connector"})
	metrics.MustRegister(open)
	return func(c guard.Change) {
		closed := c.To == guard.Closed
		open.WithLabelValues(c.Key).Set(map[bool]float64{true: 0, false: 1}[closed])
		log.Warn().Str("connector", c.Key).Bool("open", !closed).Msg("the connector's circuit breaker changed")
	}
}

// poolMetrics shows the database pool.
func poolMetrics(db *store.Store) prometheus.Collector {
	return &poolCollector{
		db:    db,
		conns: prometheus.NewDesc("db_pool_connections", "Database connections, by state.", []string{"state"}, nil),
		waits: prometheus.NewDesc("db_pool_waits_total", "Times that a request had to wait for a connection.", nil, nil),
	}
}

type poolCollector struct {
	db           *store.Store
	conns, waits *prometheus.Desc
}

// Describe tells the registry what there is.
func (c *poolCollector) Describe(ch chan<- *prometheus.Desc) { ch <- c.conns; ch <- c.waits }

// Collect reads the pool's state.
func (c *poolCollector) Collect(ch chan<- prometheus.Metric) {
	s := c.db.Stat()
	gauge := func(state string, n int32) {
		ch <- prometheus.MustNewConstMetric(c.conns, prometheus.GaugeValue, float64(n), state)
	}
	gauge("acquired", s.AcquiredConns())
	gauge("idle", s.IdleConns())
	gauge("max", s.MaxConns())
	ch <- prometheus.MustNewConstMetric(c.waits, prometheus.CounterValue, float64(s.EmptyAcquireCount()))
}
