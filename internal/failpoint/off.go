//go:build !fault || !unix

package failpoint

// Enabled reports whether this build can crash on order.
const Enabled = false

// At does nothing in this build.
func At(Name) {}
