package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// devDir is a folder that Postgres can reach, whoever runs the test.
func devDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "send-to-crm-dev-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// journal is a text that may be written while it is read.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

type devURLs struct{ demo, sandbox, key string }

// readURLs reads what `dev` announces.
func readURLs(t *testing.T, r io.Reader, exit chan int, errs fmt.Stringer) (urls devURLs) {
	t.Helper()
	found := make(chan devURLs, 1)
	go func() {
		scanner := bufio.NewScanner(r)
		for scanner.Scan() {
			words := strings.Fields(scanner.Text())
			switch {
			case len(words) > 2 && words[0] == "Demo":
				urls.demo = words[2]
			case len(words) > 1 && words[0] == "CRMs":
				urls.sandbox = strings.TrimSuffix(words[1], "/crm")
			case len(words) > 2 && words[0] == "Service":
				urls.key = words[2]
			case strings.HasPrefix(scanner.Text(), "Ctrl-C"):
				found <- urls
			}
		}
	}()
	select {
	case urls = <-found:
	case code := <-exit:
		exit <- code // for whoever waits for the end
		t.Fatalf("dev ended with %d:\n%s", code, errs)
	case <-time.After(time.Minute):
		t.Fatalf("dev announces nothing:\n%s", errs)
	}
	return urls
}

// `dev` needs no settings, comes up, keeps its data, and stops cleanly.
func TestDevKeepsItsData(t *testing.T) {
	t.Parallel()
	dir := devDir(t)
	var first string
	for round := range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		reader, writer := io.Pipe()
		exit := make(chan int, 1)
		errs := &journal{}
		go func() {
			exit <- run(ctx, []string{"dev", "--dir", dir, "--port", "0", "--sandbox-port", "0", "--management-port", "0", "--admin-port", "0"},
				env{}, writer, errs)
			_ = writer.Close()
		}()
		urls := readURLs(t, reader, exit, errs)
		response, err := http.Get(urls.demo)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("the demo page: %v %v", response, err)
		}
		_ = response.Body.Close()
		// As a browser does: a spare connection, opened and not used, is no reason to stop with an error.
		for _, address := range []string{urls.demo, urls.sandbox} {
			host := strings.Split(strings.TrimPrefix(address, "http://"), "/")[0]
			spare, err := net.Dial("tcp", host)
			if err != nil {
				t.Fatal(err)
			}
			defer spare.Close()
		}
		keys, err := os.ReadFile(dir + "/keys.json")
		if err != nil {
			t.Fatal(err)
		}
		if round == 0 {
			first = string(keys)
		} else if string(keys) != first {
			t.Error("the second start made new keys")
		}
		cancel()
		if code := <-exit; code != 0 {
			t.Errorf("round %d ended with %d", round, code)
		}
	}
}
