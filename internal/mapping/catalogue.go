package mapping

import (
	"slices"
	"sync"
)

// FieldType says what a host field holds and so how it is checked.
type FieldType string

// Types of host fields.
const (
	TypeEmail     FieldType = "email"     // one address without a display name
	TypePhone     FieldType = "phone"     // sent as typed
	TypeURL       FieldType = "url"       // http or https, the scheme may be missing
	TypeDecimal   FieldType = "decimal"   // number or its text, exact
	TypeDate      FieldType = "date"      // YYYY-MM-DD or RFC 3339
	TypePercent   FieldType = "percent"   // 0 to 100
	TypeInteger   FieldType = "integer"   // whole number or its text
	TypeString    FieldType = "string"    // free text
	TypeBoolean   FieldType = "boolean"   // true or false, or its text
	TypeList      FieldType = "list"      // a JSON list
	TypeReference FieldType = "reference" // the host's id of another record
)

func fieldTypes() []FieldType {
	return []FieldType{
		TypeString, TypeEmail, TypePhone, TypeURL, TypeDecimal, TypeInteger, TypePercent, TypeDate, TypeBoolean, TypeList, TypeReference,
	}
}

// Field is one field of the host's records.
type Field struct {
	Name    string
	Type    FieldType
	Label   string   // for people
	Object  string   // what a reference points to, else empty
	Custom  bool     // declared by the host, not part of the universal model
	Choices []Choice // the values that the host uses, nil where nobody has said
}

// Choice is a value that a host field can have.
type Choice struct {
	Value any    // text, number or boolean, as decoded JSON
	Label string // for people
}

// Catalogue knows the fields of the host's records: those of the universal
// model, and the host's own as far as they were declared. Every other key of
// a record is a host's custom field of unknown type. It is immutable and safe
// for concurrent use.
type Catalogue struct {
	objects      map[string][]Field // in display order
	index        map[string]map[string]int
	environments map[string]environment
}

var universal = sync.OnceValue(func() *Catalogue { return newCatalogue(universalFields()) })

// Universal is the catalogue of the universal model alone.
func Universal() *Catalogue { return universal() }

// Objects lists the objects of the universal model.
func Objects() []string { return []string{"contact", "company", "deal"} }

// Fields lists an object's fields in display order, the universal ones first;
// nil for an unknown object.
func (c *Catalogue) Fields(object string) []Field { return slices.Clone(c.objects[object]) }

// Field finds a field of an object.
func (c *Catalogue) Field(object, name string) (Field, bool) {
	at, ok := c.index[object][name]
	if !ok {
		return Field{}, false
	}
	return c.objects[object][at], true
}

func newCatalogue(objects map[string][]Field) *Catalogue {
	c := &Catalogue{objects: objects, index: make(map[string]map[string]int), environments: make(map[string]environment)}
	for object, list := range objects {
		c.index[object] = make(map[string]int, len(list))
		for i := range list {
			c.index[object][list[i].Name] = i
		}
	}
	for _, object := range append(Objects(), "") {
		c.environments[object] = newEnvironment(typing{c, object})
	}
	return c
}

// typing tells the types of one object's fields. Without an object the fields
// of all are known; the universal names are unique.
type typing struct {
	catalogue *Catalogue
	object    string
}

// of is the type of a field, "" for one that nobody has declared.
func (t typing) of(name string) FieldType {
	if t.object != "" {
		f, _ := t.catalogue.Field(t.object, name)
		return f.Type
	}
	for _, object := range Objects() {
		if f, ok := t.catalogue.Field(object, name); ok {
			return f.Type
		}
	}
	return ""
}

// types are the types of the fields that the object's rules read.
func (o *Object) types() typing {
	if o.catalogue == nil {
		return typing{Universal(), o.Name}
	}
	return typing{o.catalogue, o.Name}
}
