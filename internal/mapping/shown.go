package mapping

import "encoding/json"

// Shown gives the values that a CRM's record, as [Object.RecordOf] returns it, has at target paths. A path that the record
// does not show is not in the outcome.
func Shown(record json.RawMessage, paths []string) map[string]json.RawMessage {
	out := make(map[string]json.RawMessage)
	if len(record) == 0 {
		return out
	}
	v, err := decodeAny(record)
	if err != nil {
		return out
	}
	for _, written := range paths {
		p, err := parsePath(written)
		if err != nil {
			continue
		}
		if found, there := p.get(v); there {
			if text, err := json.Marshal(found); err == nil {
				out[written] = text
			}
		}
	}
	return out
}

// IsEmpty reports whether a JSON value says that there is none: null, blank text, an empty list.
func IsEmpty(value json.RawMessage) bool {
	v, err := decodeAny(value)
	return err == nil && isEmpty(v)
}

// ShownByReads reports whether a read of the CRM shows what the rule with the target to sends.
func (o *Object) ShownByReads(to string) bool {
	p, err := parsePath(to)
	if err != nil {
		return false
	}
	rule := o.ruleFor(p)
	return rule == nil || !rule.isWriteOnly()
}
