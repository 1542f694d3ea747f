package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"sendtocrm/internal/sandbox"
	"sendtocrm/internal/testdb"
)

// programEnv makes the test binary the program itself, for tests that need a process to kill.
const programEnv = "SENDTOCRM_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programEnv) != "" {
		main() // exits
	}
	testdb.Main(m)
}

const (
	testAlloyKey   = "test-alloy-key-0123456789"
	testServiceKey = "test-service-key-0123456789"
	testReturnURL  = "https://app.example/crm/done?tab=crm"
	testOrigin     = "https://app.example"
)

// world is the program as an operator runs it, on a database of its own, with a sandbox Alloy of its own. Every answer
// that passes through it is held against openapi.yaml.
type world struct {
	t          testing.TB
	url        string // the public listener
	admin      string
	db         string
	alloy      *httptest.Server // the sandbox
	management *httptest.Server // its switches
	settings   env
	logs       *logbook
	stop       func() int // ends the program as SIGTERM does; returns its exit code
}

func newWorld(t testing.TB, overrides ...env) *world {
	t.Helper()
	return newWorldBehind(t, func(alloy http.Handler) http.Handler { return alloy }, overrides...)
}

// newWorldBehind puts something between the program and the sandbox.
func newWorldBehind(t testing.TB, wrap func(http.Handler) http.Handler, overrides ...env) *world {
	t.Helper()
	w := &world{t: t, db: testdb.New(t)}
	box, err := sandbox.New(sandbox.Options{APIKey: testAlloyKey, Now: time.Now, Logger: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	w.alloy = httptest.NewServer(wrap(box.Handler()))
	t.Cleanup(w.alloy.Close)
	box.SetPublicURL(w.alloy.URL)
	w.management = httptest.NewServer(box.Management())
	t.Cleanup(w.management.Close)

	addr := freeAddr(t)
	w.url = "http://" + addr
	w.settings = env{
		"DATABASE_URL": w.db, "ALLOY_API_KEY": testAlloyKey, "ALLOY_BASE_URL": w.alloy.URL, "ALLOY_TIMEOUT": "5s",
		"LISTEN_ADDR": addr, "ADMIN_ADDR": "127.0.0.1:0", "PUBLIC_URL": w.url,
		"SERVICE_KEYS": "back-end:" + testServiceKey, "SESSION_SECRETS": "a-session-secret-of-32-bytes-0000",
		"RETURN_URLS": testReturnURL, "CORS_ORIGINS": testOrigin, "LOG_LEVEL": "debug",
		"ENCRYPTION_KEYS": "k1:" + base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef")),
	}
	for _, o := range overrides {
		maps.Copy(w.settings, o)
	}
	w.start()
	return w
}

// start runs `serve`. It returns when the program says that it serves.
func (w *world) start() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	reader, writer := io.Pipe()
	w.logs = newLogbook(reader)
	exit := make(chan int, 1)
	go func() {
		exit <- run(ctx, []string{"serve"}, w.settings, io.Discard, writer)
		_ = writer.Close()
	}()
	w.stop = sync.OnceValue(func() int {
		cancel()
		select {
		case code := <-exit:
			return code
		case <-time.After(30 * time.Second):
			w.t.Error("the program did not stop")
			return -1
		}
	})
	logs := w.logs
	w.t.Cleanup(func() {
		w.stop()
		if w.t.Failed() {
			w.t.Logf("the program's log:\n%s", logs.text())
		}
	})
	line, ok := w.logs.wait("serving", 20*time.Second)
	if !ok {
		w.t.Fatalf("the program does not serve:\n%s", w.logs.text())
	}
	w.admin = "http://" + line["admin"].(string)
}

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// logbook keeps the program's log lines.
type logbook struct {
	mu    sync.Mutex
	lines []map[string]any
	raw   strings.Builder
	more  chan struct{}
}

func newLogbook(r io.Reader) *logbook {
	b := &logbook{more: make(chan struct{}, 1)}
	go func() {
		scanner := bufio.NewScanner(r)
		scanner.Buffer(nil, 1<<20)
		for scanner.Scan() {
			b.add(scanner.Text())
		}
	}()
	return b
}

func (b *logbook) add(line string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.raw.WriteString(line + "\n")
	var fields map[string]any
	if json.Unmarshal([]byte(line), &fields) == nil {
		b.lines = append(b.lines, fields)
	}
	select {
	case b.more <- struct{}{}:
	default:
	}
}

func (b *logbook) find(match func(map[string]any) bool) (map[string]any, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, line := range b.lines {
		if match(line) {
			return line, true
		}
	}
	return nil, false
}

func (b *logbook) wait(message string, limit time.Duration) (map[string]any, bool) {
	deadline := time.After(limit)
	for {
		if line, ok := b.find(func(l map[string]any) bool { return l["message"] == message }); ok {
			return line, true
		}
		select {
		case <-b.more:
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			return nil, false
		}
	}
}

func (b *logbook) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.raw.String()
}

// manage calls the sandbox's management port.
func (w *world) manage(method, path string, body any) []byte {
	w.t.Helper()
	return w.fetch(method, w.management.URL+path, body)
}

func (w *world) fetch(method, address string, body any) []byte {
	w.t.Helper()
	var payload io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			w.t.Fatal(err)
		}
		payload = strings.NewReader(string(raw))
	}
	request, err := http.NewRequest(method, address, payload)
	if err != nil {
		w.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if response.StatusCode >= 300 {
		w.t.Fatalf("%s %s: %s\n%s", method, address, response.Status, raw)
	}
	return raw
}

// consent walks through the CRM's consent page as a person does, and returns where the browser ends up.
func (w *world) consent(authorizationURL, button string) *url.URL {
	w.t.Helper()
	client := &http.Client{
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if r.URL.Host == "app.example" {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}
	page, err := client.Get(authorizationURL)
	if err != nil {
		w.t.Fatal(err)
	}
	html, _ := io.ReadAll(page.Body)
	_ = page.Body.Close()
	if page.StatusCode != http.StatusOK {
		w.t.Fatalf("the consent page answered %s\n%s", page.Status, html)
	}
	action, form := consentForm(w.t, string(html), button)
	target, err := page.Request.URL.Parse(action)
	if err != nil {
		w.t.Fatal(err)
	}
	response, err := client.PostForm(target.String(), form)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	if location := response.Header.Get("Location"); location != "" {
		if target, err = url.Parse(location); err != nil {
			w.t.Fatal(err)
		}
		return target
	}
	return response.Request.URL
}

// answer is a checked answer of the service.
type answer struct {
	status int
	header http.Header
	raw    []byte
	body   map[string]any
}

func (a answer) String() string { return fmt.Sprintf("%d %s", a.status, a.raw) }

// str reads a string by path: a.str("crmRecord", "id").
func (a answer) str(path ...string) string {
	var at any = a.body
	for _, key := range path {
		object, _ := at.(map[string]any)
		at = object[key]
	}
	s, _ := at.(string)
	return s
}
