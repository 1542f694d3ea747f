package devdb

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"
	"pgregory.net/rapid"
)

// However the log is cut into writes, its lines come out whole and in order.
func TestTailPassesLinesOn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.StringMatching(`[a-z :]{0,40}`), 1, 20).Draw(t, "lines")
		rest := strings.Join(lines, "\n") + "\n"
		var out bytes.Buffer
		tail := newTail(zerolog.New(&out))
		for rest != "" {
			n := rapid.IntRange(1, len(rest)).Draw(t, "n")
			_, _ = tail.Write([]byte(rest[:n]))
			rest = rest[n:]
		}
		var got []string
		for decoder := json.NewDecoder(&out); decoder.More(); {
			var entry struct{ Level, Component, Message string }
			if err := decoder.Decode(&entry); err != nil {
				t.Fatal(err)
			}
			if entry.Level != "debug" || entry.Component != "postgres" {
				t.Fatalf("entry %+v", entry)
			}
			got = append(got, entry.Message)
		}
		if diff := cmp.Diff(lines, got); diff != "" {
			t.Fatalf("lines (-want +got):\n%s", diff)
		}
	})
}

func TestTailIsBounded(t *testing.T) {
	t.Parallel()
	tail := newTail(zerolog.Nop())
	for range 100 {
		_, _ = tail.Write([]byte(strings.Repeat("x", 1000)))
	}
	_, _ = tail.Write([]byte("the end\n"))
	if got := tail.String(); !strings.HasSuffix(got, "the end") || len(got) > tailSize {
		t.Errorf("%d bytes, ending in %q", len(got), got[len(got)-10:])
	}
	if len(tail.line) > tailSize+1000 {
		t.Errorf("an endless line takes %d bytes", len(tail.line))
	}
}
