//go:build browser

package main

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The README's tour, as a script against `dev`, says what the README says that it says.
func TestTour(t *testing.T) {
	urls := startDev(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "../../examples/tour.sh", urls.key, strings.TrimSuffix(urls.demo, "/demo")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v (curl and jq are needed)\n%s", err, out)
	}
	var codes []string
	for _, line := range strings.Split(string(out), "\n") {
		if len(line) == 3 && line != "" {
			codes = append(codes, line)
		}
	}
	if got := strings.Join(codes, " "); got != "201 201 200 200 200 201 200 200 200" {
		t.Errorf("status codes %s\n%s", got, out)
	}
	for _, want := range []string{`"operation":"create"`, `"operation":"update"`, `"operation":"unchanged"`, "It is in the CRM as record"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the tour does not show %s\n%s", want, out)
		}
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil || !strings.Contains(string(readme), "examples/tour.sh") {
		t.Errorf("the README does not name the tour: %v", err)
	}
}
