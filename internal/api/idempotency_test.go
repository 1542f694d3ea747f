package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sendtocrm/internal/crm"
)

func TestParseKey(t *testing.T) {
	t.Parallel()
	const uuid = "8e03978e-40d5-43dd-bc93-6894a57f9324"
	for _, c := range []struct{ raw, want string }{ // an empty want: refused
		{uuid, uuid},
		{`"` + uuid + `"`, uuid},
		{"  padded ", "padded"},
		{"blanks in it", "blanks in it"},
		{`"a \"quoted\" \\ key"`, `a "quoted" \ key`},
		{`half "quoted"`, `half "quoted"`},
		{`back\slash`, `back\slash`},
		{"~", "~"},
		{strings.Repeat("k", 255), strings.Repeat("k", 255)},
		{`"` + strings.Repeat("k", 255) + `"`, strings.Repeat("k", 255)},
		{`"` + strings.Repeat(`\"`, 255) + `"`, strings.Repeat(`"`, 255)},
		{"", ""},
		{" ", ""},
		{`""`, ""},
		{`"`, ""},
		{`"open`, ""},
		{`"a"b"`, ""},
		{`"a\"`, ""},
		{`"a\n"`, ""},
		{`"a";p=1`, ""},
		{strings.Repeat("k", 256), ""},
		{`"` + strings.Repeat("k", 256) + `"`, ""},
		{"tab\tinside", ""},
		{"new\nline", ""},
		{"\x00", ""},
		{"delete\x7f", ""},
		{"schlüssel", ""},
		{"\xff\xfe", ""},
	} {
		key, fault := parseKey(c.raw)
		if key != c.want || (fault == "") != (c.want != "") {
			t.Errorf("%q: %q, fault %q; want %q", c.raw, key, fault, c.want)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	for _, seed := range []string{"", "k", `"k"`, `"\\\""`, `"\`, `"`, "\t", "é", strings.Repeat("k", 256)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		key, fault := parseKey(raw)
		if (fault == "") != (key != "") {
			t.Fatalf("%q: key %q with the fault %q", raw, key, fault)
		}
		if fault != "" {
			return
		}
		if len(key) > maxKey || strings.Trim(key, " ") != key && !strings.HasPrefix(strings.Trim(raw, " "), `"`) {
			t.Fatalf("%q: a key of %d bytes %q", raw, len(key), key)
		}
		quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(key) + `"`
		if again, fault := parseKey(quoted); again != key || fault != "" {
			t.Fatalf("%q quoted: %q %q", key, again, fault)
		}
	})
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	request := httptest.NewRequest(http.MethodPost, "/v1/sends", nil)
	if key, err := idempotencyKey(request, nil); key != nil || err != nil {
		t.Errorf("no header: %v %v", key, err)
	}
	request.Header[keyHeader] = []string{"a", "b"}
	for _, values := range [][]string{{"a", "b"}, {""}} {
		request.Header[keyHeader] = values
		_, err := idempotencyKey(request, nil)
		if crm.CodeOf(err) != crm.InvalidRequest || !strings.Contains(err.Error(), keyHeader) {
			t.Errorf("%q: %v", values, err)
		}
	}
	request.Header.Set("idempotency-key", `"a"`)
	key, err := idempotencyKey(request, json.RawMessage(`{"b":1}`))
	if err != nil || key.Value != "a" || len(key.Fingerprint) != 32 {
		t.Errorf("%v %v", key, err)
	}
}

// The same JSON gives the same fingerprint however it is written; anything else gives another.
func TestFingerhashed(t *testing.T) {
	t.Parallel()
	hashed := func(method, path, body string) string {
		t.Helper()
		hash, err := fingerprint(method, path, json.RawMessage(body))
		if err != nil {
			t.Fatal(err)
		}
		return string(hash)
	}
	base := hashed("POST", "/v1/sends", `{"record":{"id":"1","fields":{"a":1.0,"b":[1,2],"c":"é<"}},"object":"deal"}`)
	for _, same := range []string{
		`{"object":"deal","record":{"fields":{"c":"é<","b":[1,2],"a":1.0},"id":"1"}}`,
		"{ \"object\":\"deal\",\n\t\"record\" : {\"fields\":{\"c\":\"\\u00e9\\u003c\",\"b\":[ 1, 2 ],\"a\":1.0},\"id\":\"1\"}}\n",
	} {
		if hashed("POST", "/v1/sends", same) != base {
			t.Errorf("another fingerprint: %s", same)
		}
	}
	for _, other := range []string{
		`{"object":"deal","record":{"fields":{"c":"é<","b":[1,2],"a":1},"id":"1"}}`,
		`{"object":"deal","record":{"fields":{"c":"é<","b":[2,1],"a":1.0},"id":"1"}}`,
		`{"object":"deal","record":{"fields":{"c":"é<","b":[1,2],"a":"1.0"},"id":"1"}}`,
		`{"object":"deal","record":{"fields":{"c":"é<","b":[1,2],"a":1.0,"d":null},"id":"1"}}`,
	} {
		if hashed("POST", "/v1/sends", other) == base {
			t.Errorf("the same fingerprint: %s", other)
		}
	}
	if hashed("PUT", "/v1/sends", `{}`) == hashed("POST", "/v1/sends", `{}`) || hashed("POST", "/v1/a", `{}`) == hashed("POST", "/v1/b", `{}`) {
		t.Error("method and path do not count")
	}
}

func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{`{"b":1,"a":[1e400,-0,1.10]}`, `"\ud800"`, `[]`, ` null `, `{"a":{"a":{}}} {}`, `{`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		once, err := canonical(raw)
		if (err == nil) != json.Valid(raw) {
			t.Fatalf("%q: %v", raw, err)
		}
		if err != nil {
			return
		}
		var indented bytes.Buffer
		if err := json.Indent(&indented, raw, "\t", "  "); err != nil {
			t.Fatal(err)
		}
		for _, again := range [][]byte{once, indented.Bytes()} {
			twice, err := canonical(again)
			if err != nil || !bytes.Equal(once, twice) {
				t.Fatalf("%q: %s", raw, cmp.Diff(string(once), string(twice)))
			}
		}
	})
}
