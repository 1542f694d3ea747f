package alloy_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"sendtocrm/internal/alloy"
	"sendtocrm/internal/crm"
)

// wantLost checks that err is an outage, and for an execution what it may have done.
func wantLost(t *testing.T, err error, effect crm.Effect) {
	t.Helper()
	var fault *crm.Error
	if errors.As(err, &fault) {
		if fault.Code != crm.UpstreamUnavailable {
			t.Errorf("got %v, want %s", err, crm.UpstreamUnavailable)
		}
		return
	}
	var call *crm.CallError
	if !errors.As(err, &call) {
		t.Fatalf("got %v (%T), want an outage", err, err)
	}
	if call.Code != crm.UpstreamUnavailable || call.Effect != effect {
		t.Errorf("got %v with effect %d, want %s with effect %d", err, call.Effect, crm.UpstreamUnavailable, effect)
	}
}

// TestNotDeparted: nothing can have happened before a connection stands.
func TestNotDeparted(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })

	unresolved := alloy.NewTransport()
	unresolved.DialContext = func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "production.runalloy.com", IsNotFound: true}
	}
	for name, o := range map[string]alloy.Options{
		"refused":              {BaseURL: closed.URL},
		"certificate":          {BaseURL: untrusted.URL},
		"handshake times out":  {BaseURL: "https://" + silent.Addr().String(), Timeout: 50 * time.Millisecond},
		"name does not exist":  {Transport: unresolved},
		"no connection to get": {BaseURL: closed.URL, Timeout: time.Nanosecond},
	} {
		for _, c := range every() {
			t.Run(name+"/"+c.Method, func(t *testing.T) {
				t.Parallel()
				_, err := c.run(t.Context(), newClient(t, o.BaseURL, func(to *alloy.Options) {
					to.Timeout, to.Transport = o.Timeout, o.Transport
				}))
				wantLost(t, err, crm.NotExecuted)
			})
		}
	}
}

// TestAnswerLost: once a byte may have left, anything may have happened.
func TestAnswerLost(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"cut before the answer": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"cut inside the answer": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"responseData":`)
			panic(http.ErrAbortHandler)
		},
		"no answer in time": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		},
		"a byte now and then": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, " ")
				_ = http.NewResponseController(w).Flush()
				time.Sleep(20 * time.Millisecond)
			}
		},
	} {
		for _, c := range every() {
			t.Run(name+"/"+c.Method, func(t *testing.T) {
				t.Parallel()
				server := serve(t, handler)
				client := newClient(t, server.URL, func(o *alloy.Options) { o.Timeout = 300 * time.Millisecond })
				began := time.Now()
				_, err := c.run(t.Context(), client)
				wantLost(t, err, crm.MayHaveHappened)
				if took := time.Since(began); took > 3*time.Second {
					t.Errorf("took %s with a timeout of 300 ms", took)
				}
			})
		}
	}
}

// TestCancel: a caller who goes away before the request leaves changes nothing at the CRM; later it is not known.
func TestCancel(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{}, 1)
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	execute := every()[len(every())-1]
	client := newClient(t, server.URL)

	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	_, err := execute.run(ctx, client)
	wantLost(t, err, crm.MayHaveHappened)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v does not say that it was cancelled", err)
	}
	_, err = execute.run(ctx, client)
	wantLost(t, err, crm.NotExecuted)
}

// TestSilentTransport: a transport that does not tell how far it got is not believed to have got nowhere.
func TestSilentTransport(t *testing.T) {
	t.Parallel()
	client := newClient(t, "", func(o *alloy.Options) {
		o.Transport = roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("broken") })
	})
	_, err := every()[len(every())-1].run(t.Context(), client)
	wantLost(t, err, crm.MayHaveHappened)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestExecuteOnce: a connection that dies with the request in hand must not make the transport send it again.
func TestExecuteOnce(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	var received atomic.Int32
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				reader := bufio.NewReader(conn)
				for answered := false; ; answered = true {
					request, err := http.ReadRequest(reader)
					if err != nil {
						return
					}
					_, _ = io.Copy(io.Discard, request.Body)
					received.Add(1)
					if answered {
						return // the second on a connection is read, and then the connection is gone
					}
					_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
				}
			}()
		}
	}()
	client := newClient(t, "http://"+listener.Addr().String())
	execute := every()[len(every())-1]
	if _, err := execute.run(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	_, err = execute.run(t.Context(), client)
	wantLost(t, err, crm.MayHaveHappened)
	if n := received.Load(); n != 2 {
		t.Errorf("two calls arrived as %d requests", n)
	}
}

// TestClosedIdleConnection: a connection that the other side has closed meanwhile leads to a new one, or to a call whose
// outcome is open, but never to two requests for one call.
func TestClosedIdleConnection(t *testing.T) {
	t.Parallel()
	var received atomic.Int32
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		received.Add(1)
		_, _ = io.WriteString(w, `{"responseData":{"id":"1"}}`)
	})
	client := newClient(t, server.URL)
	execute := every()[len(every())-1]
	const calls = 50
	var answered int32
	for range calls {
		if _, err := execute.run(t.Context(), client); err == nil {
			answered++
		} else {
			wantLost(t, err, crm.MayHaveHappened)
		}
		server.CloseClientConnections()
	}
	if n := received.Load(); n > calls || n < answered || answered == 0 {
		t.Errorf("%d calls, %d of them answered, arrived as %d requests", calls, answered, n)
	}
}
