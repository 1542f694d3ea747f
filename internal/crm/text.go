package crm

import (
	"strings"
	"unicode"
)

// maxSentence bounds foreign text that is stored and shown.
const maxSentence = 300

// sentence makes foreign text fit to be stored and shown: printable, on one line, bounded.
func sentence(s string) string {
	if len(s) > 4*maxSentence {
		s = s[:4*maxSentence]
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if runes := []rune(s); len(runes) > maxSentence {
		s = string(runes[:maxSentence]) + "…"
	}
	return strings.TrimSpace(s)
}
