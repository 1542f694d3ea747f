package alloy

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// NewTransport is the transport that a [Client] uses by default, for callers who want to wrap it. It takes a proxy from
// the environment, never for loopback.
//
// It speaks HTTP/1.1 only: there the standard library repeats a POST by itself solely where no byte of it was written,
// while on HTTP/2 it would also repeat one whose stream was refused after it had left. Connections are not kept longer
// than load balancers commonly keep them (60 s), so that few calls meet a connection that is just being closed.
func NewTransport() *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    5 * time.Second,
		Protocols:              protocols,
		MaxIdleConns:           256,
		MaxIdleConnsPerHost:    256,
		MaxConnsPerHost:        512,
		IdleConnTimeout:        50 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}
