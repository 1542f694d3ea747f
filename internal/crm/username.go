package crm

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

const hashedPrefix = "h_"

var (
	plainName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)
	// objectID is the form of Alloy's own ids; Alloy looks users up by id and by name in the same place.
	objectID = regexp.MustCompile(`^[0-9a-fA-F]{24}$`)
)

// username is the name of a host's user at Alloy: stable, unique and not personal. A host id that is no plain word (an
// e-mail address, say), or that could be taken for something else, is hashed.
func username(prefix, externalID string) string {
	name := prefix + externalID
	if plainName.MatchString(externalID) && !strings.HasPrefix(externalID, hashedPrefix) && !objectID.MatchString(name) {
		return name
	}
	sum := sha256.Sum256([]byte(externalID))
	return prefix + hashedPrefix + hex.EncodeToString(sum[:])
}
