package mapping

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxKey bounds in bytes a value that records are searched by: no CRM field
// that identifies a record is longer, and searches have bounds of their own.
const maxKey = 255

// key is a host value that a search asks for.
type key struct {
	kind    keyKind
	written string // as the host has it, without surrounding blanks
	asked   string // what is asked for: the bare host name of a domain, else as written
	same    string // the form in which it is compared
}

// keyOf reads a value to search by. ok is false for one that cannot be
// searched by: none, longer than 255 bytes, with control characters, or no
// e-mail address or host name where the field holds one.
func keyOf(kind keyKind, v any) (k key, ok bool) {
	text, ok := v.(string)
	if !ok {
		text, ok = numberText(v)
	}
	if !ok || len(text) > maxKey || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return key{}, false
	}
	k.kind, k.written = kind, strings.TrimSpace(text)
	k.asked, k.same = k.written, comparison(kind, k.written)
	switch kind {
	case emailKey:
		return k, isEmail(k.written)
	case domainKey:
		k.asked = k.same
	}
	return k, k.same != ""
}

// comparison is the form in which a value of the kind is compared, "" for
// one that is not of the kind.
func comparison(kind keyKind, text string) string {
	if kind == domainKey {
		return hostName(text)
	}
	return strings.ToLower(strings.Join(strings.Fields(text), " "))
}

// hostName is the host of a domain or web address in lower case, without www,
// "" where there is none: acme.com for https://www.Acme.com:443/en.
func hostName(text string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		if strings.ContainsAny(scheme, "/?#") {
			return ""
		}
		text = rest
	}
	if end := strings.IndexAny(text, "/?#"); end >= 0 {
		text = text[:end]
	}
	text, _, _ = strings.Cut(text, ":")
	text = strings.TrimSuffix(text, ".")
	if rest, ok := strings.CutPrefix(text, "www."); ok && strings.Contains(rest, ".") {
		text = rest
	}
	for label := range strings.SplitSeq(text, ".") {
		if label == "" || strings.ContainsFunc(label, func(r rune) bool {
			return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) || r == utf8.RuneError
		}) {
			return ""
		}
	}
	if !strings.Contains(text, ".") {
		return ""
	}
	return text
}

// domains are the forms in which CRMs hold a domain that they compare as a
// whole: bare, with www, and as the host writes it.
func (k key) domains() []any {
	out := []any{k.asked, "www." + k.asked}
	if k.written != k.asked && k.written != "www."+k.asked {
		out = append(out, k.written)
	}
	return out
}
