package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"sendtocrm/internal/crm"
)

const (
	keyHeader = "Idempotency-Key"
	maxKey    = 255 // bytes
)

// idempotencyKey reads the request's key, nil where it has none. body is what the request asks for, decoded.
func idempotencyKey(r *http.Request, body any) (*crm.Key, error) {
	values, given := r.Header[keyHeader]
	if !given {
		return nil, nil
	}
	if len(values) != 1 {
		return nil, badKey("The header is there more than once.")
	}
	value, fault := parseKey(values[0])
	if fault != "" {
		return nil, badKey(fault)
	}
	hash, err := fingerprint(r.Method, r.URL.EscapedPath(), body)
	if err != nil {
		return nil, &crm.Error{Code: crm.Internal, Err: err}
	}
	return &crm.Key{Value: value, Fingerprint: hash}, nil
}

// parseKey takes a key as it is, or as the quoted string that draft-ietf-httpapi-idempotency-key-header asks for (an
// sf-string of RFC 8941, without parameters): both forms name the same key. fault is empty for a good one.
func parseKey(raw string) (key, fault string) {
	key = strings.Trim(raw, " ")
	if strings.HasPrefix(key, `"`) {
		unquoted, ok := unquote(key)
		if !ok {
			return "", `A key that begins with " has to be one quoted string, in which only \" and \\ are escapes.`
		}
		key = unquoted
	}
	switch {
	case key == "":
		return "", "The key is empty."
	case len(key) > maxKey:
		return "", "The key is longer than 255 bytes."
	case strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }):
		return "", "The key may hold visible ASCII and blanks only."
	}
	return key, ""
}

// unquote reads an sf-string.
func unquote(s string) (string, bool) {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return "", false
	}
	var b strings.Builder
	for inner := s[1 : len(s)-1]; inner != ""; inner = inner[1:] {
		switch inner[0] {
		case '"':
			return "", false
		case '\\':
			if inner = inner[1:]; inner == "" || (inner[0] != '"' && inner[0] != '\\') {
				return "", false
			}
		}
		b.WriteByte(inner[0])
	}
	return b.String(), true
}

func badKey(fault string) error {
	return &crm.Error{
		Code: crm.InvalidRequest, Detail: keyHeader + " cannot be used: " + fault,
		Remedy: "Use a key of 1 to 255 bytes, such as a UUID, or leave the header out.",
		Fields: []crm.FieldError{{Field: keyHeader, Code: "invalid", Message: fault}},
	}
}

// fingerprint is a hash of what a request asks for: its method, its path and its body as JSON, however that was written.
func fingerprint(method, path string, body any) ([]byte, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	if raw, err = canonical(raw); err != nil {
		return nil, err
	}
	hash := sha256.New()
	for _, part := range [][]byte{[]byte(method), {0}, []byte(path), {0}, raw} {
		_, _ = hash.Write(part) // never fails
	}
	return hash.Sum(nil), nil
}

// canonical writes one JSON value anew: without white space, the keys of objects sorted, numbers as they were.
func canonical(raw []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, &json.SyntaxError{Offset: decoder.InputOffset()}
	}
	return json.Marshal(value)
}
