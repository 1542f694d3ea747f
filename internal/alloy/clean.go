package alloy

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"sendtocrm/internal/crm"
)

// The longest texts that leave this package, in characters.
const (
	maxText   = 300
	maxCode   = 64
	maxFields = 50
)

// clean makes a failure fit to be shown and logged: its texts are bounded, on one line, and without secrets.
func (c *Client) clean(e *crm.CallError, secrets []string) {
	w := c.washer(secrets)
	e.Message = w.wash(e.Message, maxText)
	e.UpstreamCode = w.wash(e.UpstreamCode, maxCode)
	e.ExecutionID = w.wash(e.ExecutionID, maxText)
	if len(e.Fields) > maxFields {
		e.Fields = e.Fields[:maxFields]
	}
	for i, f := range e.Fields {
		e.Fields[i] = crm.FieldError{
			Field:   w.wash(f.Field, maxText),
			Code:    w.wash(f.Code, maxCode),
			Message: w.wash(f.Message, maxText),
		}
	}
	if _, own := e.Err.(*crm.Error); !own { //nolint:errorlint // ours, unwrapped, quotes nobody
		e.Err = w.cause(e.Err)
	}
}

// washer takes secrets out of texts.
type washer struct{ secrets *strings.Replacer }

func (c *Client) washer(secrets []string) washer {
	var forms, pairs []string
	for _, s := range append([]string{c.key()}, secrets...) {
		forms = append(forms, s, url.QueryEscape(s), url.PathEscape(s))
	}
	// The longest first: a secret that begins like another must not leave its end behind.
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
	for _, form := range forms {
		pairs = append(pairs, form, "[redacted]")
	}
	return washer{strings.NewReplacer(pairs...)}
}

// urlQuery is the query of a URL inside a text: Alloy's consent URLs carry a token there.
var urlQuery = regexp.MustCompile(`(?i)(https?://[^\s?"'<>]*)\?[^\s"'<>]*`)

// wash returns s on one line, without secrets, with at most limit characters. Secrets go before the cut, so that no
// part of one is left at the end.
func (w washer) wash(s string, limit int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, " "), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	}), " ")
	s = w.secrets.Replace(s)
	s = urlQuery.ReplaceAllString(s, "$1?[redacted]")
	count := 0
	for i := range s {
		if count++; count == limit {
			if len([]rune(s[i:])) > 1 {
				return s[:i] + "…"
			}
			break
		}
	}
	return s
}

// cause keeps of an inner error its cleaned text and what errors.Is recognises. The error itself is not reachable: a
// transport's error may quote what the other side sent.
type cause struct {
	text string
	is   func(target error) bool
}

func (w washer) cause(err error) error {
	if err == nil {
		return nil
	}
	return &cause{text: w.wash(err.Error(), maxText), is: func(target error) bool { return errors.Is(err, target) }}
}

func (c *cause) Error() string        { return c.text }
func (c *cause) Is(target error) bool { return c.is(target) }
