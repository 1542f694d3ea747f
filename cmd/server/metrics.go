package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"sendtocrm/internal/alloy"
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
