package mapping

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// schemaDepth bounds how deep a schema is read; below it nothing is known.
const schemaDepth = 24

// ParseSchema reads an action's requestBody: JSON Schema in whatever dialect
// the CRM's description was made from. Types may be missing, lists, or null;
// "required" may stand at the property; allOf is merged, anyOf and oneOf list
// fields without requiring them; a $ref is taken as unknown. Nothing at all,
// null or {} give a Schema that knows nothing.
//
// The error says that raw is no JSON object.
func ParseSchema(raw json.RawMessage) (*Schema, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return &Schema{}, nil
	}
	v, err := decodeAny(raw)
	if err != nil {
		return nil, fmt.Errorf("request schema: %w", err)
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("request schema: want a JSON object, found %s", describe(v))
	}
	return &Schema{root: parseNode(object, 0)}, nil
}

// decodeAny decodes foreign JSON with its numbers kept as text. It forgives
// what encoding/json forgives, unlike DecodeFields.
func decodeAny(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("not valid JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not valid JSON: more text follows the first value")
	}
	return v, nil
}

func parseNode(v any, depth int) *schemaNode {
	in, ok := v.(map[string]any)
	if !ok || depth > schemaDepth {
		return nil
	}
	n := &schemaNode{kinds: parseKinds(in["type"]), about: parseAbout(in)}
	for _, name := range texts(in["required"]) {
		n.require(name)
	}
	if properties, ok := in["properties"].(map[string]any); ok {
		n.properties = make(map[string]*schemaNode, len(properties))
		for name, p := range properties {
			n.properties[name] = parseNode(p, depth+1)
			if p, ok := p.(map[string]any); ok && p["required"] == true {
				n.require(name)
			}
		}
	}
	n.items = parseNode(in["items"], depth+1)
	switch additional := in["additionalProperties"].(type) {
	case bool:
		n.closed = !additional
	case map[string]any:
		n.additional = parseNode(additional, depth+1)
	}
	n.parseEnum(in)
	for _, part := range list(in["allOf"]) {
		n.merge(parseNode(part, depth+1), true)
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		for _, part := range list(in[key]) {
			n.merge(parseNode(part, depth+1), false)
		}
	}
	n.inferKinds()
	slices.Sort(n.required)
	return n
}

// about is what a schema says of a field for people rather than for checks.
type about struct {
	format, title, description string
	fallback                   any
	maximum                    json.Number // "" for none
	readOnly                   bool
}

func parseAbout(in map[string]any) about {
	text := func(key string) string {
		s, _ := in[key].(string)
		return s
	}
	maximum, _ := in["maximum"].(json.Number)
	return about{text("format"), text("title"), text("description"), in["default"], maximum, in["readOnly"] == true}
}

// or takes from other what a does not say.
func (a about) or(other about) about {
	return about{
		format: cmp.Or(a.format, other.format), title: cmp.Or(a.title, other.title),
		description: cmp.Or(a.description, other.description), fallback: cmp.Or(a.fallback, other.fallback),
		maximum: cmp.Or(a.maximum, other.maximum), readOnly: a.readOnly || other.readOnly,
	}
}

func parseKinds(v any) kinds {
	if name, ok := v.(string); ok {
		return kindOf(name)
	}
	var all kinds
	for _, name := range texts(v) {
		all |= kindOf(name)
	}
	return all
}

// parseEnum keeps scalar choices; null among them says nothing here.
func (n *schemaNode) parseEnum(in map[string]any) {
	choices := list(in["enum"])
	if constant, ok := in["const"]; ok {
		choices = []any{constant}
	}
	for _, choice := range choices {
		switch choice.(type) {
		case string, bool, json.Number:
			if text, f := appendJSON(nil, choice, 0); f == nil {
				n.enum = append(n.enum, string(text))
			}
		}
	}
}

// merge adds what a composed part of the schema says about the same value.
func (n *schemaNode) merge(part *schemaNode, all bool) {
	if part == nil {
		return
	}
	n.kinds |= part.kinds
	n.about = n.about.or(part.about)
	for name, p := range part.properties {
		if n.properties == nil {
			n.properties = make(map[string]*schemaNode)
		}
		if n.properties[name] == nil {
			n.properties[name] = p
		}
	}
	if n.items == nil {
		n.items = part.items
	}
	if !all {
		return
	}
	for _, name := range part.required {
		n.require(name)
	}
	if n.additional == nil {
		n.additional = part.additional
	}
	if n.enum == nil {
		n.enum = part.enum
	}
	n.closed = n.closed || part.closed
}

// inferKinds fills a missing type from what the schema says otherwise.
func (n *schemaNode) inferKinds() {
	if n.kinds != 0 {
		return
	}
	switch {
	case len(n.properties) > 0:
		n.kinds = kindObject
	case n.items != nil:
		n.kinds = kindArray
	}
}

func (n *schemaNode) require(name string) {
	if !slices.Contains(n.required, name) {
		n.required = append(n.required, name)
	}
}

func list(v any) []any {
	items, _ := v.([]any)
	return items
}

func texts(v any) []string {
	var out []string
	for _, item := range list(v) {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
