package mapping

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
)

// Override changes one rule of a definition for one connection, or adds one.
// It names the rule by its target; what it leaves unset stays as it is. It
// can be stored as JSON and read back.
type Override struct {
	// To is the rule's target path, however it is written.
	To string `json:"to"`
	// From replaces the host fields; the transform stays.
	From *[]string `json:"from,omitempty"`
	// Transform and Expr replace each other, and what depends on the schema's
	// type; so do they the options, unless those are given too.
	Transform *string `json:"transform,omitempty"`
	Expr      *string `json:"expr,omitempty"`
	// Options replace the transform's; nil keeps them.
	Options map[string]any `json:"options,omitzero"`
	// ValueMap replaces the rule's; nil keeps it, an empty one removes it.
	ValueMap map[string]any `json:"valueMap,omitzero"`
	// Default replaces the rule's; nil keeps it, JSON null removes it.
	Default json.RawMessage `json:"default,omitempty"`
	// OnCreate and OnUpdate are Always, Never or IfEmpty.
	OnCreate *string `json:"onCreate,omitempty"`
	OnUpdate *string `json:"onUpdate,omitempty"`
	Required *bool   `json:"required,omitempty"`
	Enabled  *bool   `json:"enabled,omitempty"`
	// Origin is OriginOverride ("" too) or OriginDerived.
	Origin string `json:"origin,omitempty"`
}

// UnmarshalJSON keeps the digits of numbers in options and value maps. Keys
// that it does not know are ignored.
func (o *Override) UnmarshalJSON(raw []byte) error {
	type plain Override
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return d.Decode((*plain)(o))
}

// DecodeOverrides reads overrides as a person edits them: rules of which only
// the given keys count. Where they come from is not the person's to say, so
// origin is not read. The error joins a *RuleError for each that cannot be
// read.
func DecodeOverrides(rules []json.RawMessage) ([]Override, error) {
	out := make([]Override, len(rules))
	var faults []*RuleError
	for i, raw := range rules {
		if err := json.Unmarshal(raw, &out[i]); err != nil {
			fault := &RuleError{Index: i, To: out[i].To, Problem: "cannot be read: " + err.Error()}
			if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
				fault.Key, fault.Problem = wrong.Field, "a JSON "+wrong.Value+" does not fit here"
			}
			faults = append(faults, fault)
		}
		out[i].Origin = ""
	}
	if len(faults) > 0 {
		return nil, joinFaults(faults)
	}
	return out, nil
}

// Matches reports whether the override asks for what the rule is: it sets
// something, and each key that it sets has the rule's value.
func (o Override) Matches(r Rule) bool {
	text := func(given *string, have string) bool { return given == nil || *given == have }
	flag := func(given *bool, have bool) bool { return given == nil || *given == have }
	data := func(given, have map[string]any) bool {
		return given == nil || len(given) == 0 && len(have) == 0 || sameValue(given, have)
	}
	if o.Default != nil {
		if v, err := decodeAny(bytes.TrimSpace(o.Default)); err != nil || !sameValue(v, r.Default) {
			return false
		}
	}
	if o.Transform != nil && r.Expr == "" && transformName(*o.Transform) != transformName(r.Transform) {
		return false
	}
	return (o.From != nil || o.Transform != nil || o.Expr != nil) && SamePath(o.To, r.To) &&
		(o.From == nil || slices.Equal(*o.From, r.From)) && text(o.Expr, r.Expr) &&
		data(o.Options, r.Options) && data(o.ValueMap, r.ValueMap) &&
		text(o.OnCreate, policy(r.OnCreate)) && text(o.OnUpdate, policy(r.OnUpdate)) &&
		flag(o.Required, r.Required) && flag(o.Enabled, r.Enabled)
}

func transformName(name string) string {
	if name == "" {
		return "copy"
	}
	return name
}
