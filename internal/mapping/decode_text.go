package mapping

import (
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// text reads a string. The usual one has no escapes and is a slice of the
// input; the others are rebuilt by unescape.
func (d *decoder) text() (string, error) {
	d.i++
	start := d.i
	for i := start; i < len(d.s); i++ {
		switch c := d.s[i]; {
		case c == '"':
			d.i = i + 1
			return d.s[start:i], nil
		case c == '\\':
			d.i = i
			return d.unescape(d.s[start:i])
		case c < ' ':
			d.i = i
			return "", d.fault("a control character in a text")
		}
	}
	d.i = len(d.s)
	return "", d.fault("a text without an end")
}

var errEscape = errors.New("bad escape")

func (d *decoder) unescape(head string) (string, error) {
	out := append(make([]byte, 0, len(head)+32), head...)
	for d.i < len(d.s) {
		switch c := d.s[d.i]; {
		case c == '"':
			d.i++
			return string(out), nil
		case c == '\\':
			var err error
			if out, err = d.escape(out); err != nil {
				return "", d.fault("an unknown escape in a text")
			}
		case c < ' ':
			return "", d.fault("a control character in a text")
		default:
			out = append(out, c)
			d.i++
		}
	}
	return "", d.fault("a text without an end")
}

func (d *decoder) escape(out []byte) ([]byte, error) {
	if d.i+1 >= len(d.s) {
		return out, errEscape
	}
	c := d.s[d.i+1]
	if c == 'u' {
		return d.escapedRune(out)
	}
	at := strings.IndexByte(`"\/bfnrt`, c)
	if at < 0 {
		return out, errEscape
	}
	d.i += 2
	return append(out, "\"\\/\b\f\n\r\t"[at]), nil
}

func (d *decoder) escapedRune(out []byte) ([]byte, error) {
	r, ok := hex4(d.s[d.i:])
	if !ok {
		return out, errEscape
	}
	d.i += 6
	if !utf16.IsSurrogate(r) {
		return utf8.AppendRune(out, r), nil
	}
	if low, ok := hex4(d.s[d.i:]); ok {
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			d.i += 6
			return utf8.AppendRune(out, pair), nil
		}
	}
	// Half of a pair has no UTF-8 form; its raw bytes mark the text as faulty.
	return append(out, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f), nil
}

// hex4 reads a \uXXXX at the start of s.
func hex4(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range []byte(s[2:6]) {
		switch {
		case isDigit(c):
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
