package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
)

// Sealer encrypts payloads at rest with AES-256-GCM. The first key encrypts, all decrypt, so keys are rotated by putting
// a new one in front. What it writes says which key it needs:
//
//	1, length of the key's id, the key's id, nonce (12 bytes), ciphertext and tag
//	0, plain text: written where no key is configured
//
// The context (table, column and row) is authenticated, so that a sealed value is of no use in another place.
type Sealer struct {
	first string
	aeads map[string]cipher.AEAD
}

// Key is one encryption key: an id of 1 to 255 bytes and 32 bytes.
type Key struct {
	ID     string
	Secret []byte
}

const (
	formPlain  byte = 0
	formSealed byte = 1
)

// NewSealer without keys writes plain text and reads it.
func NewSealer(keys []Key) (*Sealer, error) {
	s := &Sealer{aeads: map[string]cipher.AEAD{}}
	for _, k := range keys {
		if k.ID == "" || len(k.ID) > 255 {
			return nil, fmt.Errorf("an encryption key's id has to have 1 to 255 bytes")
		}
		if _, double := s.aeads[k.ID]; double {
			return nil, fmt.Errorf("the encryption key id %q is there twice", k.ID)
		}
		if len(k.Secret) != 32 {
			return nil, fmt.Errorf("encryption key %q has %d bytes; it needs 32", k.ID, len(k.Secret))
		}
		block, err := aes.NewCipher(k.Secret)
		if err != nil {
			return nil, err
		}
		if s.aeads[k.ID], err = cipher.NewGCM(block); err != nil {
			return nil, err
		}
		if s.first == "" {
			s.first = k.ID
		}
	}
	return s, nil
}

func (s *Sealer) seal(context string, plain []byte) []byte {
	if plain == nil {
		return nil
	}
	if s.first == "" {
		return append([]byte{formPlain}, plain...)
	}
	aead := s.aeads[s.first]
	out := append([]byte{formSealed, byte(len(s.first))}, s.first...) // at most 255, see NewSealer
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails: it ends the process instead
	out = append(out, nonce...)
	return aead.Seal(out, nonce, plain, []byte(context))
}

var errSealed = errors.New("a stored payload is damaged")

func (s *Sealer) open(context string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	if sealed[0] == formPlain {
		return sealed[1:], nil
	}
	if sealed[0] != formSealed || len(sealed) < 2 || len(sealed) < 2+int(sealed[1]) {
		return nil, errSealed
	}
	id, rest := string(sealed[2:2+int(sealed[1])]), sealed[2+int(sealed[1]):]
	aead, ok := s.aeads[id]
	if !ok {
		return nil, fmt.Errorf("a stored payload needs the encryption key %q, which ENCRYPTION_KEYS does not have", id)
	}
	if len(rest) < aead.NonceSize() {
		return nil, errSealed
	}
	plain, err := aead.Open(nil, rest[:aead.NonceSize()], rest[aead.NonceSize():], []byte(context))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}
