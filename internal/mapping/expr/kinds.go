package expr

import (
	"strings"

	"cel.dev/cel-go/common/types/ref"
)

// kindOf names the kind of a value in words.
func kindOf(v ref.Val) string {
	if v == nil {
		return "nothing"
	}
	return kindOfType(v.Type().TypeName())
}

// kindOfType names a type in words, from CEL's name of it.
func kindOfType(name string) string {
	base, _, _ := strings.Cut(name, "(")
	switch base {
	case "string":
		return "text"
	case "int", "uint", "double":
		return "a number"
	case "bool":
		return "true or false"
	case "timestamp", "google.protobuf.Timestamp":
		return "a date"
	case "duration", "google.protobuf.Duration":
		return "a length of time"
	case "list":
		return "a list"
	case "map":
		return "an object"
	case "null", "null_type", "google.protobuf.NullValue":
		return "null"
	case "optional_type":
		return "a value that may be missing"
	case "bytes":
		return "bytes"
	case recordType:
		return "the record"
	}
	return "a value of another kind"
}

// hint says how two kinds that do not go together can be made to.
func hint(kinds ...string) string {
	has := map[string]bool{}
	for _, kind := range kinds {
		has[kind] = true
	}
	switch {
	case has["a value that may be missing"]:
		return `; say what counts where it is missing, with .orValue("…")`
	case has["text"] && has["a number"]:
		return "; number(…) makes a number of a text, string(…) a text of a number"
	case has["text"] && has["a date"]:
		return `; write a date as date("2026-01-31")`
	case has["null"]:
		return "; to see whether a field is there, write has(record.…)"
	}
	return ""
}
