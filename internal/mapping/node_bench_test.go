package mapping_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"sendtocrm/internal/mapping"
)

// BenchmarkAgainstNode decodes, maps, checks and encodes the seed's contact for HubSpot, in turns with a JavaScript
// program in Node that parses, renames and stringifies it. x-node is how long ours takes by theirs: the goal is at most 1.
func BenchmarkAgainstNode(b *testing.B) {
	node := startNode(b)
	m := compile(b, seedSchema, definition(b, "hubspot", "contact").Rules...)
	raw := json.RawMessage(seedContact)
	length := 0
	ours := func(rounds int) time.Duration {
		start := time.Now()
		for range rounds {
			fields, err := mapping.DecodeFields(raw)
			if err != nil {
				b.Fatal(err)
			}
			result := m.Forward(mapping.Input{Fields: fields, Operation: mapping.Create})
			if !result.Sendable() {
				b.Fatal(result.Issues)
			}
			length = len(result.Body(nil))
		}
		return time.Since(start)
	}
	const rounds = 20_000
	node(rounds) // Node compiles what is hot
	ours(rounds)
	var mine, theirs time.Duration
	turns := 0
	b.ReportAllocs()
	for b.Loop() {
		mine += ours(rounds)
		took, theirLength := node(rounds)
		theirs += took
		turns++
		if theirLength != length {
			b.Fatalf("Node makes %d bytes of it, and we %d: they do not do the same", theirLength, length)
		}
	}
	each := float64(turns * rounds)
	b.ReportMetric(float64(mine.Nanoseconds())/each, "ns/contact")
	b.ReportMetric(float64(theirs.Nanoseconds())/each, "node-ns/contact")
	b.ReportMetric(mine.Seconds()/theirs.Seconds(), "x-node")
	b.ReportMetric(testing.AllocsPerRun(100, func() { ours(1) }), "allocs/contact")
}

// startNode returns a function that has Node do rounds of the same work.
func startNode(b *testing.B) func(rounds int) (took time.Duration, length int) {
	b.Helper()
	path, err := exec.LookPath("node")
	if err != nil {
		b.Fatal("this benchmark compares with Node: install Node.js 20 or newer (nodejs.org, or the system's package nodejs)")
	}
	record := filepath.Join(b.TempDir(), "contact.json")
	if err := os.WriteFile(record, []byte(seedContact), 0o600); err != nil {
		b.Fatal(err)
	}
	command := exec.Command(path, "testdata/node/contact.mjs", record)
	command.Stderr = os.Stderr
	stdin, err := command.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = stdin.Close()
		if err := command.Wait(); err != nil {
			b.Error(err)
		}
	})
	answers := bufio.NewScanner(stdout)
	return func(rounds int) (time.Duration, int) {
		if _, err := fmt.Fprintln(stdin, rounds); err != nil {
			b.Fatal(err)
		}
		if !answers.Scan() {
			b.Fatal("Node has stopped:", answers.Err())
		}
		var nanoseconds int64
		var length int
		if _, err := fmt.Sscan(answers.Text(), &nanoseconds, &length); err != nil {
			b.Fatalf("Node said %q: %v", answers.Text(), err)
		}
		return time.Duration(nanoseconds), length
	}
}
