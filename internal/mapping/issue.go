package mapping

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Severities of an Issue.
const (
	// Error keeps the record from being sent.
	Error = "error"
	// Warning is told to the person; the record can be sent.
	Warning = "warning"
)

// Codes of an Issue: a closed set.
const (
	// RequiredMissing: the CRM needs the field and the record lacks it.
	RequiredMissing = "required_missing"
	// NoRule: the CRM needs the field and no rule fills it; the definition, not the record, is at fault.
	NoRule = "no_rule"
	// WrongType: the value is of a kind that the field cannot take.
	WrongType = "wrong_type"
	// InvalidEmail: not an e-mail address.
	InvalidEmail = "invalid_email"
	// InvalidURL: not a web address; a warning.
	InvalidURL = "invalid_url"
	// InvalidPhone: no telephone number; a warning where it may be one.
	InvalidPhone = "invalid_phone"
	// InvalidCountry: no country that is known by this name or code; a warning.
	InvalidCountry = "invalid_country"
	// InvalidDate: not a date, or a day that the calendar lacks.
	InvalidDate = "invalid_date"
	// InvalidNumber: not a number, or not a whole one where that is needed.
	InvalidNumber = "invalid_number"
	// OutOfRange: a number or percentage beyond its bounds.
	OutOfRange = "out_of_range"
	// NotInSchema: the action's schema lacks the field; an error where the schema is closed.
	NotInSchema = "not_in_schema"
	// LeftOut: the vendor is known to refuse the field and the live schema does not list it; a warning.
	LeftOut = "left_out"
	// NotAllowed: the value is not among those that the field takes.
	NotAllowed = "not_allowed"
	// Empty: an update's explicit null or "" does not clear the CRM's value; a warning.
	Empty = "empty"
	// UnresolvedReference: the record points to one that is not in the CRM yet.
	UnresolvedReference = "unresolved_reference"
	// ExpressionFailed: a rule's expression cannot be computed for the record.
	ExpressionFailed = "expression_failed"
	// Contradiction: two rules read different values for one host field from the CRM; Backward only, a warning.
	Contradiction = "contradiction"
)

// Issue is one thing that a person should know about a record's mapping.
type Issue struct {
	Severity string   // Error or Warning
	Code     string   // one of the constants above
	From     []string // the host fields, empty where none is concerned
	To       string   // the CRM's path
	Message  string   // a sentence; values in it are cut to 60 characters
}

// fault is an Issue in the making: what is wrong with a value, not yet where.
type fault struct {
	code    string
	problem string // a clause without a full stop
	warning bool   // the value is sent nevertheless
}

func faulty(code, problem string) *fault { return &fault{code: code, problem: problem} }

// issue places a fault at the rule that met it.
func (r *rule) issue(f *fault, lead string) Issue {
	severity := Error
	if f.warning {
		severity = Warning
	}
	message := lead + ": " + f.problem + "."
	if r.note != "" {
		message += " " + r.note
	}
	return Issue{Severity: severity, Code: f.code, From: r.from, To: r.to, Message: message}
}

func (r *rule) cannotSend(f *fault) Issue {
	lead := r.field + " cannot be filled from " + listing(r.from)
	if f.warning {
		lead = r.field + " is filled from " + listing(r.from) + " nevertheless"
	}
	return r.issue(f, lead)
}

// listing names host fields in a sentence.
func listing(names []string) string {
	switch len(names) {
	case 0:
		return "the rule's fixed value"
	case 1:
		return shorten(names[0])
	}
	short := make([]string, len(names))
	for i, name := range names {
		short[i] = shorten(name)
	}
	return strings.Join(short[:len(short)-1], ", ") + " and " + short[len(short)-1]
}

const excerptRunes = 60

// excerpt quotes the beginning of a value for a message.
func excerpt(s string) string { return `"` + shorten(s) + `"` }

// shorten cuts s to 60 characters and replaces what cannot be printed.
func shorten(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n == excerptRunes {
			b.WriteRune('…')
			break
		}
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			r = '?'
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}
