package crm

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestUsername(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ prefix, id, want string }{
		{"", "user-1", "user-1"},
		{"prod_", "42", "prod_42"},
		{"", "someone@example.com", "h_"},          // personal
		{"", "h_x", "h_"},                          // could be another's hash
		{"", "68c3f1a2b3c4d5e6f7a8b9c0", "h_"},     // Alloy would take it for an id
		{"p", "68c3f1a2b3c4d5e6f7a8b9c0", "p68c3"}, // with a prefix it is none
		{"68c3f1a2b3c4d5e6f7a8b", "9c0", "68c3f1a2b3c4d5e6f7a8bh_"},
		{"", "a/b", "h_"},
		{"", "ünïcode", "h_"},
		{"", strings.Repeat("x", 255), "h_"},
	} {
		if got := username(c.prefix, c.id); !strings.HasPrefix(got, c.want) || (c.want == c.prefix+"h_" && len(got) != len(c.want)+64) {
			t.Errorf("username(%q, %q) = %q", c.prefix, c.id, got)
		}
	}
}

// Two users never share a name at Alloy: that would be one tenant with another's CRM.
func TestUsernamesDiffer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.SampledFrom([]string{"", "dev_", "h_"}).Draw(t, "prefix")
		a := rapid.OneOf(rapid.StringMatching(`h_[0-9a-f]{4,64}`), rapid.String()).Draw(t, "a")
		b := rapid.OneOf(rapid.StringMatching(`h_[0-9a-f]{4,64}`), rapid.String()).Draw(t, "b")
		if a != b && username(prefix, a) == username(prefix, b) {
			t.Fatalf("%q and %q are both %q", a, b, username(prefix, a))
		}
	})
}
