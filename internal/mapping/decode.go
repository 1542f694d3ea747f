package mapping

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a host record. It keeps a hostile body from
// growing the stack; no CRM field is anywhere near as deep.
const maxDepth = 64

// DecodeFields decodes a JSON object into Fields. It is stricter than
// encoding/json: a key that appears twice is refused, since one of the two
// values would be lost, and nesting is bounded to 64 levels. Numbers keep
// their digits. Text that is no valid Unicode keeps its faulty bytes, so that
// Forward can name the field instead of sending a replacement character.
//
// It is written by hand because decoding is the larger half of mapping a
// record: strings share the memory of one copy of raw.
func DecodeFields(raw json.RawMessage) (Fields, error) {
	d := decoder{s: string(raw)}
	d.space()
	if d.peek() != '{' {
		return nil, fmt.Errorf("record fields: want a JSON object, found %s", shorten(orNothing(d.s[d.i:])))
	}
	fields, err := d.object(1)
	if err != nil {
		return nil, err
	}
	d.space()
	if d.i < len(d.s) {
		return nil, d.fault("text after the end of the object")
	}
	return fields, nil
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

type decoder struct {
	s string
	i int
}

func (d *decoder) fault(problem string) error {
	return fmt.Errorf("record fields: %s at byte %d", problem, d.i)
}

// peek is the current byte, or 0 at the end.
func (d *decoder) peek() byte {
	if d.i < len(d.s) {
		return d.s[d.i]
	}
	return 0
}

func (d *decoder) space() {
	for d.i < len(d.s) {
		switch d.s[d.i] {
		case ' ', '\t', '\n', '\r':
			d.i++
		default:
			return
		}
	}
}

func (d *decoder) value(depth int) (any, error) {
	switch c := d.peek(); {
	case c == '"':
		return d.text()
	case c == '{':
		m, err := d.object(depth + 1)
		return map[string]any(m), err
	case c == '[':
		return d.array(depth + 1)
	case c == '-' || isDigit(c):
		return d.number()
	case d.word("true"):
		return true, nil
	case d.word("false"):
		return false, nil
	case d.word("null"):
		return nil, nil
	}
	return nil, d.fault("no JSON value")
}

func (d *decoder) word(w string) bool {
	if strings.HasPrefix(d.s[d.i:], w) {
		d.i += len(w)
		return true
	}
	return false
}

func (d *decoder) object(depth int) (Fields, error) {
	if depth > maxDepth {
		return nil, d.fault(fmt.Sprintf("more than %d levels of nesting", maxDepth))
	}
	fields := make(Fields, 8)
	d.i++
	d.space()
	if d.peek() == '}' {
		d.i++
		return fields, nil
	}
	for {
		d.space()
		if d.peek() != '"' {
			return nil, d.fault("no key")
		}
		key, err := d.text()
		if err != nil {
			return nil, err
		}
		if !utf8.ValidString(key) {
			return nil, d.fault("a key that is not valid Unicode")
		}
		d.space()
		if d.peek() != ':' {
			return nil, d.fault("no colon after a key")
		}
		d.i++
		d.space()
		v, err := d.value(depth)
		if err != nil {
			return nil, err
		}
		known := len(fields)
		fields[key] = v
		if len(fields) == known {
			return nil, d.fault("the key " + excerpt(key) + " a second time")
		}
		done, err := d.next('}')
		if err != nil || done {
			return fields, err
		}
	}
}

func (d *decoder) array(depth int) (any, error) {
	if depth > maxDepth {
		return nil, d.fault(fmt.Sprintf("more than %d levels of nesting", maxDepth))
	}
	items := []any{}
	d.i++
	d.space()
	if d.peek() == ']' {
		d.i++
		return items, nil
	}
	for {
		d.space()
		v, err := d.value(depth)
		if err != nil {
			return nil, err
		}
		items = append(items, v)
		done, err := d.next(']')
		if err != nil || done {
			return items, err
		}
	}
}

// next passes a comma or the closing bracket; done tells which.
func (d *decoder) next(closing byte) (done bool, err error) {
	d.space()
	switch d.peek() {
	case ',':
		d.i++
		return false, nil
	case closing:
		d.i++
		return true, nil
	}
	return false, d.fault("neither a comma nor " + string(closing))
}

func (d *decoder) number() (any, error) {
	n := numberPrefix(d.s[d.i:])
	if n == 0 {
		return nil, d.fault("no valid number")
	}
	literal := json.Number(d.s[d.i : d.i+n])
	d.i += n
	return literal, nil
}
