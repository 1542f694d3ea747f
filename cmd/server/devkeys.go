package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// devSecrets are what `dev` makes up for itself, once; they stay with the data, which is of no use without them.
type devSecrets struct {
	AlloyAPIKey, ServiceKey, SessionSecret, EncryptionKey string
}

func devKeys(path string) (devSecrets, error) {
	var keys devSecrets
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		keys = devSecrets{random("alloy_", 24), random("demo_", 24), random("", 32), base64.StdEncoding.EncodeToString(randomBytes(32))}
		raw, err = json.MarshalIndent(keys, "", "  ")
		if err != nil {
			return keys, err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return keys, err
		}
		return keys, os.WriteFile(path, raw, 0o600)
	case err != nil:
		return keys, err
	}
	if err := json.Unmarshal(raw, &keys); err != nil || keys.EncryptionKey == "" {
		return keys, fmt.Errorf("%s is damaged; delete the folder it is in to start afresh", path)
	}
	return keys, nil
}

func random(prefix string, n int) string {
	return prefix + base64.RawURLEncoding.EncodeToString(randomBytes(n))
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: it ends the process instead
	return b
}
