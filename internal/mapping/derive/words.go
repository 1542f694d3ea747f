package derive

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a name that is cut into words; longer ones mean nothing to people.
const (
	maxName  = 200
	maxWords = 16
)

// words cuts a name or a short text into its words in their common form:
// "Mailing_PostCode", "mailingPostcode" and "mailing postcodes" are all
// [mailing postal]. Nil where the text is too long to be a name.
func words(text string) []string {
	if len(text) > maxName || !utf8.ValidString(text) {
		return nil
	}
	var out []string
	for _, word := range cut(text) {
		for _, part := range apart(word) {
			out = append(out, common(part)...)
		}
	}
	if len(out) > maxWords {
		return nil
	}
	return out
}

// cut splits at everything that is neither letter nor digit, between a lower
// and an upper case letter, before the last capital of several, and between
// letters and digits. The parts are in lower case.
func cut(text string) []string {
	var out []string
	runes := []rune(text)
	start := -1
	flush := func(end int) {
		if start >= 0 {
			out = append(out, strings.ToLower(string(runes[start:end])))
		}
		start = -1
	}
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			flush(i)
			continue
		}
		if start >= 0 && boundary(runes, i) {
			flush(i)
		}
		if start < 0 {
			start = i
		}
	}
	flush(len(runes))
	return out
}

// boundary reports whether a word begins at i, inside a run of letters and digits.
func boundary(runes []rune, i int) bool {
	before, r := runes[i-1], runes[i]
	switch {
	case unicode.IsDigit(before) != unicode.IsDigit(r):
		return true
	case unicode.IsUpper(r):
		return !unicode.IsUpper(before) || i+1 < len(runes) && unicode.IsLower(runes[i+1])
	}
	return false
}

// apart cuts a word that was written without gaps, such as
// numberofemployees, if words of the vocabulary make it up completely. The
// fewest words win, then those with the longest beginning.
func apart(word string) []string {
	known := vocabulary()
	if known.has(word) || len(word) < 5 || len(word) > 40 {
		return []string{word}
	}
	best := make([][]string, len(word)+1)
	best[len(word)] = []string{}
	for i := len(word) - 2; i >= 0; i-- {
		for end := len(word); end >= i+2; end-- {
			rest := best[end]
			if rest == nil || !known.has(word[i:end]) || best[i] != nil && len(best[i]) <= len(rest)+1 {
				continue
			}
			best[i] = append([]string{word[i:end]}, rest...)
		}
	}
	if best[0] == nil {
		return []string{word}
	}
	return best[0]
}

// common is the form that stands for a word's plural and synonyms; nothing
// for words that carry no meaning of their own.
func common(word string) []string {
	if empty[word] {
		return nil
	}
	if same, ok := synonyms[word]; ok {
		return strings.Fields(same)
	}
	word = singular(word)
	if same, ok := synonyms[word]; ok {
		return strings.Fields(same)
	}
	return []string{word}
}

// singular undoes the regular English plural.
func singular(word string) string {
	switch {
	case len(word) < 4:
		return word
	case strings.HasSuffix(word, "ies"):
		return word[:len(word)-3] + "y"
	case strings.HasSuffix(word, "sses"), strings.HasSuffix(word, "xes"), strings.HasSuffix(word, "ches"), strings.HasSuffix(word, "shes"):
		return word[:len(word)-2]
	case strings.HasSuffix(word, "ss"), strings.HasSuffix(word, "us"), strings.HasSuffix(word, "is"):
		return word
	}
	return strings.TrimSuffix(word, "s")
}
