package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// schemaChange is what a tester has changed in the live schema of an action, as when the CRM or Alloy moves on. The CRM
// behind the schema takes what it took before.
type schemaChange struct {
	ID        string `json:"id"`
	Connector string `json:"connector"`
	Action    string `json:"action"`
	Path      string `json:"path"`               // of a field in the request body: properties.jobtitle, data[0].Title
	Drop      bool   `json:"drop,omitempty"`     // the schema lists the field no more
	Type      string `json:"type,omitempty"`     // its JSON type from now on; a field that was not there is added
	Required  *bool  `json:"required,omitempty"` // whether it has to be there; a text is added where it was not there
}

const maxSchemaChanges = 1000

var jsonTypes = []string{"string", "number", "integer", "boolean", "array", "object"}

// schemaStep is a key with the list positions that follow it.
var schemaStep = regexp.MustCompile(`^([^.\[\]]+)((?:\[\d+\])*)$`)

func (c schemaChange) check() error {
	switch {
	case c.Drop && (c.Type != "" || c.Required != nil):
		return errors.New("a field that is dropped has neither a type nor is it required")
	case !c.Drop && c.Type == "" && c.Required == nil:
		return errors.New("nothing changes; give drop, type or required")
	case c.Type != "" && !slices.Contains(jsonTypes, c.Type):
		return fmt.Errorf("type %q is none of %s", c.Type, strings.Join(jsonTypes, ", "))
	}
	return nil
}

// edit changes a decoded schema in place.
func (c schemaChange) edit(node map[string]any) error {
	steps := strings.Split(c.Path, ".")
	for i, written := range steps {
		step := schemaStep.FindStringSubmatch(written)
		if step == nil || i == len(steps)-1 && step[2] != "" {
			return fmt.Errorf("path %q is none; it should look like properties.jobtitle or data[0].Title", c.Path)
		}
		if i == len(steps)-1 {
			return c.editField(node, step[1])
		}
		properties, _ := node["properties"].(map[string]any)
		node, _ = properties[step[1]].(map[string]any)
		for range strings.Count(step[2], "[") {
			node, _ = node["items"].(map[string]any)
		}
		if node == nil {
			return fmt.Errorf("the schema has nothing at %s", strings.Join(steps[:i+1], "."))
		}
	}
	return nil
}

func (c schemaChange) editField(parent map[string]any, name string) error {
	properties, _ := parent["properties"].(map[string]any)
	field, there := properties[name].(map[string]any)
	required, _ := parent["required"].([]any)
	required = slices.DeleteFunc(slices.Clone(required), func(v any) bool { return v == name && (c.Drop || c.Required != nil) })
	switch {
	case properties == nil:
		return fmt.Errorf("the schema lists no fields where %s should be", c.Path)
	case c.Drop && !there:
		return fmt.Errorf("the schema lists no %s", c.Path)
	case c.Drop:
		delete(properties, name)
	case !there:
		field = map[string]any{"type": "string"}
		properties[name] = field
	}
	if c.Type != "" {
		for keyword := range field {
			if keyword != "title" && keyword != "description" { // the others speak of the former type
				delete(field, keyword)
			}
		}
		field["type"] = c.Type
	}
	if c.Required != nil && *c.Required {
		required = append(required, name)
	}
	if parent["required"] = required; len(required) == 0 {
		delete(parent, "required")
	}
	return nil
}

// schemaBook holds the changes, oldest first.
type schemaBook struct {
	mu   sync.RWMutex
	list []schemaChange
	seq  int
}

// applied is the action's schema with all changes that fit it. The schema of a variant may lack a path.
func (b *schemaBook) applied(connector, action string, raw schema) schema {
	b.mu.RLock()
	defer b.mu.RUnlock()
	changed := raw
	for _, c := range b.list {
		if c.Connector == connector && c.Action == action {
			if next, err := c.apply(changed); err == nil {
				changed = next
			}
		}
	}
	return changed
}

func (c schemaChange) apply(raw schema) (schema, error) {
	var node map[string]any
	if err := json.Unmarshal(raw, &node); err != nil {
		return nil, errors.New("the action takes no body")
	}
	if err := c.edit(node); err != nil {
		return nil, err
	}
	return json.Marshal(node)
}

func (b *schemaBook) add(c schemaChange) (schemaChange, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.list) == maxSchemaChanges {
		return c, fmt.Errorf("there are %d changes already; DELETE /schemas takes them back", maxSchemaChanges)
	}
	b.seq++
	c.ID = strconv.Itoa(b.seq)
	b.list = append(b.list, c)
	return c, nil
}

// remove takes one change back, or all with "".
func (b *schemaBook) remove(id string) (found bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := len(b.list)
	b.list = slices.DeleteFunc(b.list, func(c schemaChange) bool { return id == "" || c.ID == id })
	return len(b.list) < before
}

func (b *schemaBook) all() []schemaChange {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return append([]schemaChange{}, b.list...)
}

// liveSchema is the request body of the call's action as clients see it now; nil: it takes none.
func (s *Server) liveSchema(c *connector, a *action, set *settings) schema {
	return s.schemas.applied(c.ID, a.ID, c.bodySchema(a, set))
}
