package expr

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxShown is the most characters of a value that a sentence repeats.
const maxShown = 60

// show writes a value of a record for a person, cut to maxShown characters.
func show(v any) string {
	var b strings.Builder
	showTo(&b, v)
	return cut(b.String(), maxShown)
}

// showTo stops a little after maxShown characters, however large v is.
func showTo(b *strings.Builder, v any) {
	if b.Len() > 4*maxShown {
		return
	}
	switch t := v.(type) {
	case nil:
		b.WriteString("missing")
	case string:
		b.WriteString(quote(t))
	case json.Number:
		b.WriteString(cut(string(t), maxShown))
	case []any:
		b.WriteByte('[')
		for i, element := range t {
			if i > 0 {
				b.WriteString(", ")
			}
			if showTo(b, element); b.Len() > 4*maxShown {
				return
			}
		}
		b.WriteByte(']')
	case map[string]any:
		b.WriteByte('{')
		keys := slices.Sorted(maps.Keys(t))
		for i, key := range keys {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(quote(key) + ": ")
			if showTo(b, t[key]); b.Len() > 4*maxShown {
				return
			}
		}
		b.WriteByte('}')
	default:
		fmt.Fprint(b, t)
	}
}

// quote puts a text in quotes, cut to maxShown characters.
func quote(text string) string {
	return cut(strconv.Quote(cut(strings.ToValidUTF8(text, "\uFFFD"), maxShown)), maxShown+2)
}

// shorten is the name of a field for a sentence: as it is where it is an
// ordinary name, quoted otherwise.
func shorten(name string) string {
	for _, r := range name {
		if r <= ' ' || r == utf8.RuneError || r == 0x7f {
			return quote(name)
		}
	}
	if name == "" {
		return `""`
	}
	return cut(name, maxShown)
}

func cut(text string, characters int) string {
	if len(text) <= characters {
		return text
	}
	n := 0
	for i := range text {
		if n == characters-1 {
			rest := text[i:]
			if _, size := utf8.DecodeRuneInString(rest); size == len(rest) {
				return text
			}
			return text[:i] + "…"
		}
		n++
	}
	return text
}
