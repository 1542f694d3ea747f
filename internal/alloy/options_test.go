package alloy_test

import (
	"strings"
	"testing"
	"time"

	"sendtocrm/internal/alloy"
)

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		give   alloy.Options
		faults []string // parts of the message; none: the options are good
	}{
		{"defaults", alloy.Options{APIKey: "k"}, nil},
		{"https with a path", alloy.Options{APIKey: "k", BaseURL: "https://alloy.example/v1/"}, nil},
		{"loopback", alloy.Options{APIKey: "k", BaseURL: "http://127.0.0.1:9000"}, nil},
		{"loopback by name", alloy.Options{APIKey: "k", BaseURL: "http://localhost:9000"}, nil},
		{"loopback, IPv6", alloy.Options{APIKey: "k", BaseURL: "http://[::1]:9000"}, nil},
		{"plain http", alloy.Options{APIKey: "k", BaseURL: "http://alloy.example"}, []string{"unencrypted"}},
		{"looks like loopback", alloy.Options{APIKey: "k", BaseURL: "http://127.0.0.1.evil.example"}, []string{"unencrypted"}},
		{"other scheme", alloy.Options{APIKey: "k", BaseURL: "ftp://alloy.example"}, []string{"scheme"}},
		{"no host", alloy.Options{APIKey: "k", BaseURL: "https:///x"}, []string{"no host"}},
		{"no URL", alloy.Options{APIKey: "k", BaseURL: "://"}, []string{"cannot be parsed"}},
		{"user in URL", alloy.Options{APIKey: "k", BaseURL: "https://a:b@alloy.example"}, []string{"user name"}},
		{"query in URL", alloy.Options{APIKey: "k", BaseURL: "https://alloy.example?key=1"}, []string{"query"}},
		{"key with a line break", alloy.Options{APIKey: "k\n"}, []string{"API key"}},
		{"longest timeout", alloy.Options{APIKey: "k", Timeout: 5 * time.Minute}, nil},
		{
			"all at once", alloy.Options{BaseURL: "http://alloy.example", APIVersion: "latest", Timeout: time.Hour},
			[]string{"unencrypted", "API key is missing", "latest", "timeout"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := alloy.New(test.give)
			if (err == nil) != (test.faults == nil) {
				t.Fatalf("got %v, want faults %q", err, test.faults)
			}
			for _, fault := range test.faults {
				if !strings.Contains(err.Error(), fault) {
					t.Errorf("%q does not mention %q", err, fault)
				}
			}
		})
	}
}
