package crm

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"sync"

	"sendtocrm/internal/mapping"
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

// mapperCache keeps the compiled mapping of each object's action for as long as the catalogue keeps the action.
type mapperCache struct{ kept sync.Map } // mapperKey -> compiled

type mapperKey struct {
	object *mapping.Object
	action string
}

type compiled struct {
	action *Action
	mapper *mapping.Mapper
}

func (c *mapperCache) compile(object *mapping.Object, action *Action) (*mapping.Mapper, error) {
	key := mapperKey{object, action.ID}
	if found, ok := c.kept.Load(key); ok && found.(compiled).action == action {
		return found.(compiled).mapper, nil
	}
	schema, err := mapping.ParseSchema(action.RequestBody)
	if err != nil {
		return nil, err
	}
	mapper, err := mapping.Compile(object.Rules, schema)
	if err != nil {
		return nil, err
	}
	c.kept.Store(key, compiled{action, mapper})
	return mapper, nil
}
