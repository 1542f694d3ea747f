package alloy

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"sendtocrm/internal/crm"
)

// maxID is the longest id or name that is put into a path or header, in bytes.
const maxID = 512

// usableID reports whether s can stand for exactly one path segment, however often a proxy on the way decodes it.
func usableID(s string) bool {
	return s != "" && len(s) <= maxID && s != "." && s != ".." && utf8.ValidString(s) &&
		!strings.ContainsAny(s, `/\%?#`) && strings.IndexFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	}) < 0
}

// endpoint joins the segments, each escaped, to the base URL. InvalidRequest for a segment that could lead elsewhere.
func (c *Client) endpoint(segments []string) (*url.URL, error) {
	u := *c.base
	plain, escaped := u.Path, u.EscapedPath()
	for _, s := range segments {
		if !usableID(s) {
			return nil, &crm.Error{
				Code:   crm.InvalidRequest,
				Detail: "An id for Alloy is empty, too long, or contains characters that ids do not have.",
				Remedy: "Use ids as Alloy lists them.",
			}
		}
		plain += "/" + s
		escaped += "/" + url.PathEscape(s)
	}
	u.Path, u.RawPath = plain, escaped
	return &u, nil
}
