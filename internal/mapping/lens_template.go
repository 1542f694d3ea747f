package mapping

import (
	"regexp"
	"slices"
	"strings"
)

// maxTemplate bounds a template's text in bytes.
const maxTemplate = 2000

// templateLens writes several host fields into one text:
//
//	{contact_first_name} ({contact_company})
//
// A field without a value takes along what would stand around nothing: the
// brackets about it, or the separator before it ( , ; / | · - – ), at the
// beginning of a line or bracket the one behind it; then the blanks in a row become one,
// and lines that are left empty go. There is no way back.
type templateLens struct {
	pieces []templatePiece
}

// templatePiece is literal text, or the position of a source where that is
// not negative.
type templatePiece struct {
	literal string
	source  int
}

func newTemplate(o *options, _ target) lens {
	var l templateLens
	text := o.text("text", "")
	if text == "" || len(text) > maxTemplate {
		o.fault("option text: want 1 to %d bytes, such as {contact_first_name} ({contact_company})", maxTemplate)
	}
	if f := writable(text); f != nil {
		o.fault("option text: %s", f.problem)
	}
	used := make([]bool, len(o.from))
	for text != "" {
		literal, rest, field := strings.Cut(text, "{")
		if strings.Contains(literal, "}") {
			o.fault("option text: a } without a {")
		}
		if literal != "" {
			l.pieces = append(l.pieces, templatePiece{literal, -1})
		}
		if !field {
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			o.fault("option text: a { without a }")
			break
		}
		text = after
		at := slices.Index(o.from, name)
		if at < 0 {
			o.fault("option text: {%s} is not among the rule's host fields", shorten(name))
			continue
		}
		used[at] = true
		l.pieces = append(l.pieces, templatePiece{source: at})
	}
	for i, name := range o.from {
		if !used[i] {
			o.fault("option text: has no place for the host field %s; write {%[1]s}", shorten(name))
		}
	}
	return l
}

// gap stands for a missing value while a text is put together. Host values
// cannot hold it, since no text with it can be sent.
const gap = "\x00"

func (l templateLens) forward(dst []byte, in *sources) ([]byte, *fault) {
	var b strings.Builder
	whole := true
	for _, p := range l.pieces {
		if p.source < 0 {
			b.WriteString(p.literal)
			continue
		}
		v := in.values[p.source]
		if v == nil {
			whole = false
			b.WriteString(gap)
			continue
		}
		text, ok := textOf(v)
		if !ok {
			return dst, faulty(WrongType, "text is needed, but "+shorten(in.names[p.source])+" is "+describe(v))
		}
		b.WriteString(text)
	}
	text := b.String()
	if !whole {
		text = closeGaps(text)
	}
	return appendText(dst, text), nil
}

func (templateLens) oneWay() {}

// backward keeps the host's fields.
func (templateLens) backward(_ any, current []any) ([]any, *fault) { return current, nil }

var (
	emptyBrackets   = regexp.MustCompile(`\([ \t]*\x00[\x00 \t]*\)|\[[ \t]*\x00[\x00 \t]*\]|<[ \t]*\x00[\x00 \t]*>|"\x00+"`)
	separatorBefore = regexp.MustCompile(`[ \t]*[,;/|·–-][ \t]*\x00`)
	separatorAfter  = regexp.MustCompile(`(^|[(\[<])[ \t]*\x00[\x00 \t]*[,;/|·–-][ \t]*`)
	blanks          = regexp.MustCompile(`[ \t]+`)
)

// closeGaps takes out what a missing value leaves behind, line by line.
func closeGaps(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if strings.Contains(line, gap) {
			for before := ""; before != line; {
				before = line
				line = emptyBrackets.ReplaceAllString(line, gap)
				line = separatorBefore.ReplaceAllString(line, gap)
				line = separatorAfter.ReplaceAllString(line, "${1}"+gap)
			}
			line = strings.ReplaceAll(line, gap, "")
			if line = strings.TrimSpace(blanks.ReplaceAllString(line, " ")); line == "" {
				continue
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
