package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// reader walks the nodes of one YAML file and collects its faults with their
// lines, where decoding into structs would stop or forget the place.
type reader struct {
	file      string     // its name, for messages
	catalogue *Catalogue // knows the host fields
	scope     string     // the object being read
	faults    []error
}

// maxFile bounds a file in bytes.
const maxFile = 1 << 20

// document reads the one document of a file, nil where it cannot be read.
func (r *reader) document(from io.Reader) *yaml.Node {
	var doc, more yaml.Node
	limited := &io.LimitedReader{R: from, N: maxFile + 1}
	d := yaml.NewDecoder(limited)
	err := d.Decode(&doc)
	empty := errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0
	if err == nil && d.Decode(&more) == nil {
		err = errors.New("has several documents; the first only would be read")
	}
	switch {
	case limited.N == 0:
		err = fmt.Errorf("larger than %d bytes", maxFile)
	case empty:
		err = errors.New("the file is empty")
	}
	if err != nil {
		r.faults = append(r.faults, fmt.Errorf("%s: %w", r.file, err))
		return nil
	}
	return doc.Content[0]
}

// fields are the keys that an object can have.
type fields map[string]func(*yaml.Node)

func (r *reader) fault(n *yaml.Node, format string, args ...any) {
	where := fmt.Sprintf("%s:%d: ", r.file, n.Line)
	if r.scope != "" {
		where += r.scope + ": "
	}
	r.faults = append(r.faults, fmt.Errorf(strings.ReplaceAll(where, "%", "%%")+format, args...))
}

// entries visits the pairs of a YAML mapping; a key twice is a fault.
func (r *reader) entries(n *yaml.Node, visit func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.fault(n, "want an object with keys, found %s", kindText(n))
		return
	}
	seen := make(map[string]bool)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if seen[key.Value] {
			r.fault(key, "the key %s appears twice", excerpt(key.Value))
			continue
		}
		seen[key.Value] = true
		visit(key, n.Content[i+1])
	}
}

// object visits a mapping with a fixed set of keys, some of them required.
func (r *reader) object(n *yaml.Node, known fields, required ...string) {
	seen := make(map[string]bool)
	r.entries(n, func(key, value *yaml.Node) {
		visit, ok := known[key.Value]
		if !ok {
			r.fault(key, "unknown key %s; known are %s", excerpt(key.Value), strings.Join(slices.Sorted(maps.Keys(known)), ", "))
			return
		}
		seen[key.Value] = true
		visit(value)
	})
	for _, key := range required {
		if n.Kind == yaml.MappingNode && !seen[key] {
			r.fault(n, "the key %s is missing", key)
		}
	}
}

func (r *reader) items(n *yaml.Node, visit func(*yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		r.fault(n, "want a list, found %s", kindText(n))
		return
	}
	for _, item := range n.Content {
		visit(item)
	}
}

func (r *reader) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" || n.Value == "" {
		r.fault(n, "want text, found %s", kindText(n))
		return ""
	}
	return n.Value
}

// texts is a list of texts; one alone needs no brackets.
func (r *reader) texts(n *yaml.Node) []string {
	if n.Kind == yaml.ScalarNode {
		return []string{r.text(n)}
	}
	var out []string
	r.items(n, func(n *yaml.Node) { out = append(out, r.text(n)) })
	return out
}

func (r *reader) flag(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" {
		r.fault(n, "want true or false, found %s", kindText(n))
	}
	return strings.EqualFold(n.Value, "true")
}

func (r *reader) path(n *yaml.Node) string {
	written := r.text(n)
	if _, err := parsePath(written); written != "" && err != nil {
		r.fault(n, "%w", err)
	}
	return written
}

func (r *reader) paths(n *yaml.Node) []string {
	if n.Kind == yaml.ScalarNode {
		return []string{r.path(n)}
	}
	var out []string
	r.items(n, func(n *yaml.Node) { out = append(out, r.path(n)) })
	return out
}

func (r *reader) values(n *yaml.Node) map[string]any {
	out := make(map[string]any)
	r.entries(n, func(key, value *yaml.Node) {
		if v := r.value(value); v != nil {
			out[key.Value] = v
		}
	})
	return out
}

// value is any data, in the types of decoded JSON. YAML's own extras, such as
// dates, aliases and hexadecimal numbers, are faults: quote them.
func (r *reader) value(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		return r.values(n)
	case yaml.SequenceNode:
		out := []any{}
		r.items(n, func(n *yaml.Node) { out = append(out, r.value(n)) })
		return out
	case yaml.ScalarNode:
		switch n.Tag {
		case "!!str":
			return n.Value
		case "!!bool":
			return strings.EqualFold(n.Value, "true")
		case "!!int", "!!float":
			if numberPrefix(n.Value) == len(n.Value) {
				return json.Number(n.Value)
			}
		}
	}
	r.fault(n, "want text in quotes, a number, true or false, a list or an object, found %s", kindText(n))
	return nil
}

func kindText(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "an object"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias, which definitions do not use"
	}
	if n.Value == "" || n.Tag == "!!null" {
		return "nothing"
	}
	return excerpt(n.Value)
}
