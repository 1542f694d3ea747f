package crm

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// digest names what a send of this plan would do: the same connection, record, operation and bytes give the same
// digest, and nothing else does.
func (p *Plan) digest() string {
	h := sha256.New()
	// Marshalling cannot fail: strings, and a body that the mapping wrote as JSON. Map keys come out sorted.
	_ = json.NewEncoder(h).Encode([]any{
		p.Connection.ID, p.Object, p.RecordID, p.Operation, p.Action, p.Link.CRMRecordID,
		p.Request.PathParams, p.Request.Query, string(p.Request.Body),
	})
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}
