package mapping

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Bounds of a catalogue.
const (
	maxFieldName = 255 // bytes
	maxFields    = 500 // of an object
	maxChoices   = 1000
)

// LoadCatalogue reads the YAML in which a host declares fields of its own
// beside the universal ones, a list by object:
//
//	contact:
//	  - {name: contact_shoe_size, type: decimal, label: Shoe size}
//	deal:
//	  - {name: deal_owner, type: reference, object: contact}
//	  - {name: deal_stage, choices: [new, {value: won, label: Won}]}
//
// A field without type is text. A universal field can be given a label and
// choices, but keeps its type. The error joins all faults, each with its line.
func LoadCatalogue(r io.Reader) (*Catalogue, error) {
	read := &reader{file: "host fields"}
	objects := universalFields()
	if root := read.document(r); root != nil {
		read.entries(root, func(key, value *yaml.Node) {
			if objects[key.Value] == nil {
				read.fault(key, "unknown object %s; known are %s", excerpt(key.Value), strings.Join(Objects(), ", "))
				return
			}
			read.scope = key.Value
			objects[key.Value] = read.hostFields(value, objects[key.Value])
			read.scope = ""
		})
	}
	if len(read.faults) > 0 {
		return nil, errors.Join(read.faults...)
	}
	return newCatalogue(objects), nil
}

// hostFields reads the declarations of one object into its fields.
func (r *reader) hostFields(n *yaml.Node, known []Field) []Field {
	declared := make(map[string]bool)
	r.items(n, func(n *yaml.Node) {
		f := r.hostField(n)
		if f.Name == "" {
			return
		}
		if declared[f.Name] {
			r.fault(n, "the field %s is declared twice", excerpt(f.Name))
			return
		}
		declared[f.Name] = true
		at := slices.IndexFunc(known, func(k Field) bool { return k.Name == f.Name })
		switch {
		case at >= 0:
			r.extend(n, &known[at], f)
		case len(known) == maxFields:
			r.fault(n, "%s is one field too many; an object has at most %d", excerpt(f.Name), maxFields)
		default:
			known = append(known, r.custom(n, f))
		}
	})
	return known
}

func (r *reader) hostField(n *yaml.Node) (f Field) {
	r.object(n, fields{
		"name": func(n *yaml.Node) {
			f.Name = r.text(n)
			if problem := NameProblem(f.Name); n.Value != "" && problem != "" {
				r.fault(n, "the field's name %s %s", excerpt(f.Name), problem)
				f.Name = ""
			}
		},
		"type": func(n *yaml.Node) {
			f.Type = FieldType(r.text(n))
			if f.Type != "" && !slices.Contains(fieldTypes(), f.Type) {
				r.fault(n, "unknown type %s; known are %v", excerpt(string(f.Type)), fieldTypes())
			}
		},
		"label":   func(n *yaml.Node) { f.Label = r.label(n) },
		"object":  func(n *yaml.Node) { f.Object = r.text(n) },
		"choices": func(n *yaml.Node) { f.Choices = r.choices(n) },
	}, "name")
	return f
}

// extend gives a universal field what the host says about it.
func (r *reader) extend(n *yaml.Node, known *Field, f Field) {
	if f.Type != "" && f.Type != known.Type || f.Object != "" && f.Object != known.Object {
		r.fault(n, "%s belongs to the universal model and is of type %s; a declaration can give it a label and choices only", known.Name, known.Type)
	}
	if f.Label != "" {
		known.Label = f.Label
	}
	if f.Choices != nil {
		known.Choices = f.Choices
		r.checkChoices(n, known)
	}
}

// custom completes a field of the host's own.
func (r *reader) custom(n *yaml.Node, f Field) Field {
	f.Custom = true
	if f.Type == "" {
		f.Type = TypeString
	}
	if f.Label == "" {
		f.Label = f.Name
	}
	switch {
	case f.Type == TypeReference && !slices.Contains(Objects(), f.Object):
		r.fault(n, "%s is a reference: its object must be one of %s", excerpt(f.Name), strings.Join(Objects(), ", "))
	case f.Type != TypeReference && f.Object != "":
		r.fault(n, "%s has an object, but is no reference", excerpt(f.Name))
	}
	r.checkChoices(n, &f)
	return f
}

func (r *reader) label(n *yaml.Node) string {
	label := r.text(n)
	if len(label) > maxFieldName || !utf8.ValidString(label) || strings.ContainsFunc(label, unicode.IsControl) {
		r.fault(n, "the label %s must have at most %d bytes and no control characters", excerpt(label), maxFieldName)
	}
	return label
}

// choices reads values, each alone or beside its label.
func (r *reader) choices(n *yaml.Node) []Choice {
	out := []Choice{}
	r.items(n, func(n *yaml.Node) {
		var c Choice
		if n.Kind == yaml.MappingNode {
			r.object(n, fields{
				"value": func(n *yaml.Node) { c.Value = r.value(n) },
				"label": func(n *yaml.Node) { c.Label = r.label(n) },
			}, "value")
		} else {
			c.Value = r.value(n)
		}
		text, ok := textOf(c.Value)
		if !ok || noValue(text) {
			if c.Value != nil { // else the reader has said what is wrong
				r.fault(n, "a choice is text, a number or a boolean, but this is %s", describe(c.Value))
			}
			return
		}
		if c.Label == "" {
			c.Label = text
		}
		out = append(out, c)
	})
	if len(out) > maxChoices {
		r.fault(n, "%d choices; a field has at most %d", len(out), maxChoices)
	}
	return out
}

// checkChoices holds the choices against the field's type. A list's choices
// are those of its entries.
func (r *reader) checkChoices(n *yaml.Node, f *Field) {
	seen := make(map[string]bool)
	for _, c := range f.Choices {
		text, _ := textOf(c.Value)
		if seen[text] {
			r.fault(n, "%s: the choice %s appears twice", excerpt(f.Name), excerpt(text))
		}
		seen[text] = true
		if f.Type == TypeList {
			continue
		}
		if _, fault := checkOf(f.Type)(c.Value); fault != nil {
			r.fault(n, "%s: the choice %s: %s", excerpt(f.Name), excerpt(text), fault.problem)
		}
	}
}

// NameProblem says what is wrong with the name of a host field; empty: nothing.
func NameProblem(name string) string {
	switch {
	case noValue(name):
		return "is empty"
	case len(name) > maxFieldName:
		return "is longer than " + strconv.Itoa(maxFieldName) + " bytes"
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return "has control characters or is not valid Unicode"
	}
	return ""
}
