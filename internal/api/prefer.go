package api

import (
	"net/http"
	"strings"
)

const (
	preferHeader = "Prefer"
	respondAsync = "respond-async"
)

// foldPrefer makes one of several Prefer headers: RFC 7240 says that they mean the same, and the generated router takes
// a header once only.
func foldPrefer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if values := r.Header[preferHeader]; len(values) > 1 {
			r.Header.Set(preferHeader, strings.Join(values, ", "))
		}
		next.ServeHTTP(w, r)
	})
}

// prefersAsync reports whether a Prefer header (RFC 7240) holds respond-async, which takes no value. Preferences that are not
// known, and what cannot be read, are passed over; of one that is there twice the first counts.
func prefersAsync(header string) bool {
	for _, element := range splitUnquoted(header, ',') {
		token, value, _ := strings.Cut(splitUnquoted(element, ';')[0], "=")
		if strings.ToLower(strings.TrimSpace(token)) != respondAsync {
			continue
		}
		value = strings.TrimSpace(value)
		return value == "" || value == `""` // an empty value is none
	}
	return false
}

// splitUnquoted splits at each separator that is in no quoted string. It returns one part at least.
func splitUnquoted(s string, separator byte) (parts []string) {
	start, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == separator && !quoted:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}
