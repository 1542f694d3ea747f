package alloy

import (
	"encoding/json"
	"net/http"
	"regexp"
)

// document is a CRM's body, opened one level deep. Both parts are empty for a text or a number.
type document struct {
	keys  map[string]json.RawMessage // of an object
	items []json.RawMessage          // of an array
}

// families recognise the error bodies of the CRMs. Each returns false for anything that is not an error of its own;
// none of them matches a success, because a success is shown to them as well. To add a CRM, add its function.
var families = []func(document) (complaint, bool){
	salesforceError,
	zohoError,
	hubspotError,
	copperError,
	pipedriveError,
}

// recognise reads the body as an error of a known CRM.
func recognise(raw json.RawMessage) (complaint, bool) {
	d := document{keys: object(raw), items: elements(raw)}
	for _, family := range families {
		if c, ok := family(d); ok {
			return c, true
		}
	}
	return complaint{}, false
}

var (
	// sameRecord is how CRMs say in words that they have the record already.
	sameRecord = regexp.MustCompile(`(?i)\b(already (exists?|taken|used|in use|been (taken|used)|in the system)` +
		`|must be unique|not unique|duplicate)\b`)
	// existingRecord is where they name it: HubSpot's "Existing ID: 12345", Salesforce's "on record with id: 003…".
	existingRecord = regexp.MustCompile(`(?i)\b(?:existing id|record with id):\s*([0-9a-z]{1,64})\b`)
)

// existingIDIn is the id of the existing record that a message names; empty where it names none.
func existingIDIn(message string) string {
	if match := existingRecord.FindStringSubmatch(message); match != nil {
		return match[1]
	}
	return ""
}

// classOfStatus is what a status says where the CRM's body has no code: nothing definite for 5xx.
func classOfStatus(status int, message string) class {
	switch {
	case status == http.StatusUnauthorized:
		return unauthenticated
	case status == http.StatusTooManyRequests:
		return throttled
	case status == http.StatusNotFound, status == http.StatusGone:
		return gone
	case status == http.StatusRequestTimeout:
		return unclassified
	case status >= 400 && status <= 499 && sameRecord.MatchString(message):
		return duplicate
	case status >= 400 && status <= 499:
		return rejected
	}
	return unclassified
}
