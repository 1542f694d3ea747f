package sandbox

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"
)

const garbage = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n" +
	"<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"

// misbehave lets a fault strike, if one is ordered for the call.
func (s *Server) misbehave(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request, x *exchange) {
		m, strikes := s.faults.strike(x.entry, x.user.ID)
		if !strikes {
			next(w, r, x)
			return
		}
		s.ledger.change(x.entry, func(e *entry) { e.Fault = m.Kind })
		answer := newBuffer()
		if m.applied() {
			next(answer, r, x)
		}
		if m.Kind != "slow" && m.Kind != "hang" && !pause(r.Context(), time.Duration(m.DelayMs)*time.Millisecond) {
			panic(http.ErrAbortHandler) // the client has gone
		}
		switch m.Kind {
		case "delay":
			if !m.applied() {
				next(answer, r, x)
			}
			answer.writeTo(w)
		case "slow":
			answer.trickle(r.Context(), w, time.Duration(m.DelayMs)*time.Millisecond)
		case "hang":
			pause(r.Context(), maxHang)
			panic(http.ErrAbortHandler)
		case "cut_before", "cut_after":
			panic(http.ErrAbortHandler) // closes the connection without an answer
		default:
			m.answer(w, x)
		}
	}
}

// answer is that of the kinds that have one of their own.
func (m *mishap) answer(w http.ResponseWriter, x *exchange) {
	switch m.Kind {
	case "invalid_credential":
		x.fail(w, credentialRevoked())
	case "garbage":
		m.write(w, "text/html", garbage, http.StatusBadGateway)
	case "huge":
		m.flood(w)
	default: // status
		if m.Body != nil {
			m.write(w, "application/json", "", m.Status)
			return
		}
		message := http.StatusText(m.Status)
		if m.Status == http.StatusTooManyRequests {
			message = "Too many requests"
		}
		x.fail(w, &problem{status: m.Status, code: codeOf(m.Status), message: message, retryAfter: m.RetryAfter})
	}
}

func (m *mishap) write(w http.ResponseWriter, contentType, body string, status int) {
	if m.Body != nil {
		body = *m.Body
	}
	if m.Status != 0 {
		status = m.Status
	}
	if m.RetryAfter != "" {
		w.Header().Set("Retry-After", m.RetryAfter)
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // a client that has gone
}

// flood writes one JSON text of the size ordered; it is valid to the end.
func (m *mishap) flood(w http.ResponseWriter) {
	size := m.Size
	if size == 0 {
		size = hugeSize
	}
	m.write(w, "application/json", `{"responseData":{"filler":"`, http.StatusOK)
	chunk := []byte(strings.Repeat("x", 64<<10))
	for size > 0 {
		if _, err := w.Write(chunk[:min(size, len(chunk))]); err != nil {
			return // the client has had enough
		}
		size -= len(chunk)
	}
	_, _ = w.Write([]byte(`"},"statusCode":200}`))
}

// pause waits and reports whether the client is still there.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// buffer holds an answer back.
type buffer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newBuffer() *buffer { return &buffer{header: http.Header{}, status: http.StatusOK} }

func (b *buffer) Header() http.Header         { return b.header }
func (b *buffer) WriteHeader(status int)      { b.status = status }
func (b *buffer) Write(p []byte) (int, error) { return b.body.Write(p) }

func (b *buffer) start(w http.ResponseWriter) {
	for name, values := range b.header {
		w.Header()[name] = values
	}
	w.WriteHeader(b.status)
}

func (b *buffer) writeTo(w http.ResponseWriter) {
	b.start(w)
	_, _ = w.Write(b.body.Bytes())
}

// trickle spreads the body over the time given, in up to a hundred pieces.
func (b *buffer) trickle(ctx context.Context, w http.ResponseWriter, over time.Duration) {
	b.start(w)
	flush := http.NewResponseController(w)
	body := b.body.Bytes()
	size := max(1, (len(body)+99)/100)
	pieces := (len(body) + size - 1) / size
	for len(body) > 0 {
		n := min(size, len(body))
		if _, err := w.Write(body[:n]); err != nil || flush.Flush() != nil || !pause(ctx, over/time.Duration(pieces)) {
			return
		}
		body = body[n:]
	}
}
