package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxID bounds a record id in bytes; known CRMs stay below 40.
const maxID = 255

// Answer says how to read what the CRM answered to a create or update.
type Answer struct {
	ID       []string // candidate paths of the record's id, the first that is there counts
	Guess    *Guess   // in place of ID, where nobody knows the paths
	URL      []string // candidate paths of the record's web address
	Refusals []Sign   // how a refusal looks inside a successful HTTP answer
}

// Sign recognises a refusal: the value at At is Is, or merely there where Is
// is nil. Code, Message and Field are paths of what the CRM says about it.
type Sign struct {
	At                   string
	Is                   any
	Code, Message, Field string
}

// Refusal is what the CRM said; each part may be empty.
type Refusal struct {
	Code, Message, Field string
}

// Record finds the id and the web address of the record that was written. A
// missing or malformed address is left empty. The error says what was found
// in place of an id; an id that is in doubt is none, and none is shortened.
func (a Answer) Record(responseData json.RawMessage) (id, address string, err error) {
	v, err := decodeAny(responseData)
	if err != nil {
		return "", "", fmt.Errorf("the CRM's answer is %w", err)
	}
	if id, err = a.id(v); err != nil {
		return "", "", err
	}
	for _, candidate := range a.URL {
		if text, ok := at(v, candidate).(string); ok && isHTTP(text) {
			return id, text, nil
		}
	}
	return id, "", nil
}

func (a Answer) id(v any) (string, error) {
	if a.Guess != nil {
		id, err := a.Guess.find(v)
		if err != nil {
			return "", fmt.Errorf("record id: %w", err)
		}
		return id, nil
	}
	var found any
	for _, candidate := range a.ID {
		if found = at(v, candidate); found != nil {
			break
		}
	}
	id, err := recordID(found)
	if err != nil {
		return "", fmt.Errorf("record id at %s: %w", strings.Join(a.ID, " or "), err)
	}
	return id, nil
}

// Refusal reports whether a successful answer carries a refusal of the record.
func (a Answer) Refusal(responseData json.RawMessage) (Refusal, bool) {
	v, err := decodeAny(responseData)
	if err != nil {
		return Refusal{}, false
	}
	for _, sign := range a.Refusals {
		found := at(v, sign.At)
		if found == nil || sign.Is != nil && !sameValue(sign.Is, found) {
			continue
		}
		part := func(candidate string) string {
			text, _ := textOf(at(v, candidate))
			return text
		}
		return Refusal{Code: part(sign.Code), Message: part(sign.Message), Field: part(sign.Field)}, true
	}
	return Refusal{}, false
}

// at is the value at a written path, nil where the path or the value is not there.
func at(v any, written string) any {
	p, err := parsePath(written)
	if err != nil {
		return nil
	}
	found, _ := p.get(v)
	return found
}

// recordID makes text of an id: a string, or a whole number above zero.
func recordID(v any) (string, error) {
	switch t := v.(type) {
	case string:
		switch {
		case t == "":
			return "", errors.New("the text is empty")
		case len(t) > maxID:
			return "", fmt.Errorf("%s is longer than %d bytes", excerpt(t), maxID)
		case strings.TrimSpace(t) != t:
			return "", fmt.Errorf("%s begins or ends with a blank", excerpt(t))
		case strings.ContainsFunc(t, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }):
			return "", fmt.Errorf("%s contains a control character or broken Unicode", excerpt(t))
		}
		return t, nil
	case json.Number:
		digits := string(t)
		if len(digits) > maxID || strings.Trim(digits, "0123456789") != "" || digits == "0" {
			return "", fmt.Errorf("%s is not a whole number above zero", shorten(digits))
		}
		return digits, nil
	}
	return "", fmt.Errorf("found %s, want text or a whole number", describe(v))
}

func isHTTP(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && len(text) <= 2048
}
