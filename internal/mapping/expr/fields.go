package expr

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
)

// recordType is the name of the record's type inside CEL, which no source can
// write.
const recordType = "@record"

// provider gives the record its fields: the known ones with their types, any
// other as dynamic. A field is converted when it is read, so an evaluation
// pays for the fields that it looks at and for no others.
type provider struct {
	*types.Registry
	fields map[string]*types.FieldType
}

func newProvider(fields map[string]Type) (*provider, *Error) {
	p := &provider{types.NewEmptyRegistry(), make(map[string]*types.FieldType, len(fields))}
	for name, t := range fields {
		if p.fields[name] = fieldType(name, t); p.fields[name] == nil {
			return nil, &Error{Code: CodeType, Field: name, Message: "the field " + shorten(name) + " has the unknown type " + quote(string(t))}
		}
	}
	return p, nil
}

// FindStructType implements types.Provider.
func (p *provider) FindStructType(name string) (*types.Type, bool) {
	if name == recordType {
		return types.NewTypeTypeWithParam(types.NewObjectType(recordType)), true
	}
	return p.Registry.FindStructType(name)
}

// FindStructFieldType implements types.Provider.
func (p *provider) FindStructFieldType(owner, field string) (*types.FieldType, bool) {
	if owner != recordType {
		return p.Registry.FindStructFieldType(owner, field)
	}
	if t, ok := p.fields[field]; ok {
		return t, true
	}
	return fieldType(field, Dyn), true
}

// fieldType says how a field is tested and read; nil for an unknown type.
func fieldType(name string, t Type) *types.FieldType {
	var static *cel.Type
	var read func(v any) (any, string)
	own := adapter{name}
	switch t {
	case String:
		static, read = cel.StringType, readText
	case Number:
		static, read = cel.IntType, func(v any) (any, string) { return readNumber(v, false) }
	case Integer:
		static, read = cel.IntType, func(v any) (any, string) { return readNumber(v, true) }
	case Bool:
		static, read = cel.BoolType, readBool
	case Date:
		static, read = cel.TimestampType, readDate
	case List:
		static, read = cel.ListType(cel.DynType), own.readList
	case Dyn:
		static, read = cel.DynType, func(v any) (any, string) { return own.NativeToValue(v), "" }
	default:
		return nil
	}
	return &types.FieldType{
		Type: static,
		IsSet: func(target any) bool {
			record, _ := target.(map[string]any)
			return record[name] != nil
		},
		GetFrom: func(target any) (any, error) {
			record, _ := target.(map[string]any)
			v := record[name]
			if v == nil {
				return nil, missing(name)
			}
			value, problem := read(v)
			if problem != "" {
				return nil, &Error{Code: CodeFailed, Field: name, Message: shorten(name) + " is " + show(v) + ", which " + problem}
			}
			return value, nil
		},
	}
}
