package expr

import "fmt"

// Codes of an Error.
const (
	CodeSyntax      = "syntax"       // the source cannot be read
	CodeType        = "type"         // an operator or function meets values that it cannot work on
	CodeUnknownName = "unknown_name" // a variable or function that does not exist
	CodeTooLong     = "too_long"     // the source exceeds MaxSource
	CodeTooCostly   = "too_costly"   // it would take, or took, too many steps
	CodeFailed      = "failed"       // the expression is sound, but not for this record
)

// Error says why an expression was refused or could not be evaluated, in a
// sentence for the person who wrote it.
type Error struct {
	Code    string // one of the Code constants
	Line    int    // from 1; 0 where the whole expression is meant
	Column  int    // from 1, in characters
	Message string // a sentence without its place
	Field   string // the record's field that is at fault, where one is
	Missing bool   // Field is not in the record, or null there: there is no value
}

// Error gives the sentence with its place.
func (e *Error) Error() string {
	switch e.Line {
	case 0:
		return e.Message
	case 1:
		return fmt.Sprintf("%s (at character %d)", e.Message, e.Column)
	}
	return fmt.Sprintf("%s (line %d, character %d)", e.Message, e.Line, e.Column)
}

func failed(format string, args ...any) *Error {
	return &Error{Code: CodeFailed, Message: fmt.Sprintf(format, args...)}
}

func missing(field string) *Error {
	return &Error{Code: CodeFailed, Field: field, Missing: true, Message: "the record has no " + shorten(field)}
}

func tooCostly(message string) *Error { return &Error{Code: CodeTooCostly, Message: message} }
