//go:build unix

package main

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// hop is the network between the service and one thing that it needs. Its address stays, whatever happens behind it.
type hop struct {
	t     *testing.T
	proxy *toxiproxy.Proxy
}

// newHop leads to upstream, a host and port.
func newHop(t *testing.T, upstream string) *hop {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	h := &hop{t, toxiproxy.NewProxy(server, "hop", "127.0.0.1:0", upstream)}
	if err := h.proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.proxy.Stop)
	return h
}

// through is the same URL by way of the hop.
func (h *hop) through(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		h.t.Fatal(err)
	}
	u.Host = h.proxy.Listen
	return u.String()
}

// lead points the hop somewhere else. Connections that are open end.
func (h *hop) lead(upstream string) {
	h.t.Helper()
	if err := h.proxy.Update(&toxiproxy.Proxy{Listen: h.proxy.Listen, Upstream: upstream, Enabled: true}); err != nil {
		h.t.Fatal(err)
	}
}

// poison adds a toxic to both directions: latency {latency: ms}, reset_peer {timeout: ms}, timeout {timeout: 0}, which
// swallows everything and keeps the connections open …
//
// https://github.com/Shopify/toxiproxy#toxics
func (h *hop) poison(kind string, attributes map[string]any) {
	h.t.Helper()
	for _, stream := range []string{"upstream", "downstream"} {
		raw, err := json.Marshal(map[string]any{"type": kind, "stream": stream, "attributes": attributes})
		if err != nil {
			h.t.Fatal(err)
		}
		if _, err := h.proxy.Toxics.AddToxicJson(strings.NewReader(string(raw))); err != nil {
			h.t.Fatal(err)
		}
	}
}

// cure takes all toxics away.
func (h *hop) cure() { h.proxy.Toxics.ResetToxics(h.t.Context()) }
