package main

import (
	"maps"
	"strings"
	"testing"
)

func goodSettings() env {
	return env{
		"DATABASE_URL": "postgres://u:p@localhost:5432/d", "ALLOY_API_KEY": "k", "PUBLIC_URL": "https://crm.example",
		"SERVICE_KEYS": "a:secret-a-0123456789,b:secret:with:colons-0123", "SESSION_SECRETS": "0123456789abcdef,fedcba9876543210",
	}
}

// All faults at once, each naming its setting and what is expected, none quoting a secret.
func TestSettings(t *testing.T) {
	t.Parallel()
	if _, s, err := readConfig(goodSettings()); err != nil || len(s.serviceKeys) != 2 || len(s.sessionSecrets) != 2 || len(s.warnings) != 1 {
		t.Fatalf("%+v %v", s, err)
	}
	if _, _, err := readConfig(env{}); err == nil {
		t.Fatal("no settings at all are not enough")
	} else {
		for _, name := range []string{"DATABASE_URL", "ALLOY_API_KEY", "PUBLIC_URL", "SERVICE_KEYS", "SESSION_SECRETS"} {
			if !strings.Contains(err.Error(), name) {
				t.Errorf("%s is not named:\n%v", name, err)
			}
		}
	}
	for name, c := range map[string]struct{ setting, value, says string }{
		"plain http":           {"PUBLIC_URL", "http://crm.example", "https"},
		"query":                {"PUBLIC_URL", "https://crm.example?x", "query"},
		"no host":              {"ALLOY_BASE_URL", "alloy", "absolute"},
		"user in the URL":      {"ALLOY_BASE_URL", "https://u:canary@alloy.example", "without user"},
		"wildcard origin":      {"CORS_ORIGINS", "*", "wildcards"},
		"origin with a path":   {"CORS_ORIGINS", "https://a.example/", "without a path"},
		"return URL":           {"RETURN_URLS", "/done", "absolute"},
		"scheme":               {"RETURN_URLS", "javascript:alert(1)", "absolute"},
		"key without a name":   {"SERVICE_KEYS", "canary", "name:secret"},
		"short session secret": {"SESSION_SECRETS", "canary", "16"},
		"encryption key":       {"ENCRYPTION_KEYS", "k1:canary", "32 bytes"},
		"duration":             {"ALLOY_TIMEOUT", "30", "a duration such as"},
		"duration too long":    {"STATE_TTL", "1h", "10m"},
		"number":               {"DB_MAX_CONNS", "many", "whole number"},
		"one connection":       {"DB_MAX_CONNS", "1", "2 or more"},
		"level":                {"LOG_LEVEL", "loud", "trace, debug"},
		"format":               {"LOG_FORMAT", "xml", "json or console"},
		"wildcard host":        {"CORS_ORIGINS", "https://*.example.com", "wildcards"},
		"database":             {"DATABASE_URL", "mysql://u:canary@h/d", "postgres://"},
		"listen address":       {"LISTEN_ADDR", "8080", "port"},
		"admin address":        {"ADMIN_ADDR", "nonsense", "port"},
		"key id twice":         {"ENCRYPTION_KEYS", "k:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=,k:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "twice"},
		"log level disabled":   {"LOG_LEVEL", "disabled", "trace, debug"},
		"username prefix":      {"USERNAME_PREFIX", "a/b c", "letters"},
		"JWKS":                 {"HOST_JWKS_URL", "http://host.example/jwks", "https"},
	} {
		settings := goodSettings()
		maps.Copy(settings, env{c.setting: c.value})
		_, _, err := readConfig(settings)
		if err == nil || !strings.Contains(err.Error(), c.setting) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no command":      {nil, 2, "expected one of"},
		"unknown command": {[]string{"sevre"}, 2, "sevre"},
		"help":            {[]string{"--help"}, 0, "Send to CRM"},
		"version":         {[]string{"version"}, 0, version},
		"serve, bare":     {[]string{"serve"}, 2, "DATABASE_URL is missing"},
		"migrate, bare":   {[]string{"migrate"}, 2, "DATABASE_URL is missing"},
		"migrate, wrong":  {[]string{"migrate", "sideways"}, 2, "sideways"},
	} {
		var out strings.Builder
		code := run(t.Context(), c.args, env{}, &out, &out)
		if code != c.code || !strings.Contains(out.String(), c.says) {
			t.Errorf("%s: %d\n%s", name, code, out.String())
		}
	}
}
