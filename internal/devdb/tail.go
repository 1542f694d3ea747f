package devdb

import (
	"bytes"
	"strings"
	"sync"

	"github.com/rs/zerolog"
)

// tailSize is how much of the server's log an error message shows, in bytes.
const tailSize = 4 << 10

// tail passes the server's log on, line by line, and remembers its end for error messages.
type tail struct {
	mu   sync.Mutex
	log  zerolog.Logger
	line []byte
	last []byte
}

func newTail(log zerolog.Logger) *tail { return &tail{log: log} }

// Write implements io.Writer; it never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = append(t.last, p...)
	if over := len(t.last) - tailSize; over > 0 {
		t.last = append(t.last[:0], t.last[over:]...)
	}
	t.line = append(t.line, p...)
	for {
		line, rest, found := bytes.Cut(t.line, []byte{'\n'})
		if !found && len(t.line) <= tailSize {
			return len(p), nil
		}
		t.log.Debug().Str("component", "postgres").Msg(string(line))
		t.line = append(t.line[:0], rest...)
	}
}

// String is the end of the log.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.last))
}
