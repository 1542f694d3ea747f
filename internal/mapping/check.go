package mapping

import (
	"net/mail"
	"net/url"
	"strings"
	"unicode/utf8"
)

// check looks at one source value before its transform and gives it the form
// that its type has: trimmed e-mail, text for text fields.
type check func(v any) (any, *fault)

// checkOf is the check of host fields of a type; those that nobody has
// declared are only required to hold text that can be written.
func checkOf(t FieldType) check {
	switch t {
	case TypeEmail:
		return checkEmail
	case TypeURL:
		return checkURL
	case TypeString, TypePhone:
		return checkText
	case TypeDecimal:
		return checkNumber(number)
	case TypeInteger:
		return checkNumber(wholeNumber)
	case TypePercent:
		return checkNumber(percent)
	case TypeDate:
		return checkDate
	case TypeBoolean:
		return checkBoolean
	case TypeList:
		return checkList
	case TypeReference:
		return checkReference
	}
	return checkWritable
}

func checkWritable(v any) (any, *fault) {
	if s, ok := v.(string); ok {
		return v, writable(s)
	}
	return v, nil
}

// writable refuses text that JSON or the databases behind a CRM cannot hold.
func writable(s string) *fault {
	i := 0
	for i < len(s) && 0 < s[i] && s[i] < utf8.RuneSelf {
		i++
	}
	switch rest := s[i:]; {
	case rest == "":
		return nil
	case strings.IndexByte(rest, 0) >= 0:
		return faulty(WrongType, "the text contains a NUL character")
	case !utf8.ValidString(rest):
		return faulty(WrongType, "the text is not valid Unicode (UTF-8)")
	}
	return nil
}

func checkText(v any) (any, *fault) {
	if s, ok := v.(string); ok {
		return v, writable(s)
	}
	if s, ok := numberText(v); ok {
		return s, nil
	}
	return v, faulty(WrongType, "text is needed, but it is "+describe(v))
}

func checkEmail(v any) (any, *fault) {
	s, ok := v.(string)
	if !ok {
		return v, faulty(InvalidEmail, "an e-mail address is needed, but it is "+describe(v))
	}
	if f := writable(s); f != nil {
		return v, f
	}
	trimmed := strings.TrimSpace(s)
	if !isEmail(trimmed) {
		return v, faulty(InvalidEmail, excerpt(trimmed)+" is not an e-mail address")
	}
	if len(trimmed) != len(s) {
		return trimmed, nil
	}
	return v, nil
}

func isEmail(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || len(s) > 254 {
		return false
	}
	domain := s[at+1:]
	if dot := strings.IndexByte(domain, '.'); dot < 1 || strings.HasSuffix(domain, ".") || domain[0] == '[' {
		return false
	}
	if plainAtoms(s[:at], "._+-") && plainAtoms(domain, ".-") {
		return true
	}
	address, err := mail.ParseAddress(s)
	return err == nil && address.Name == "" && address.Address == s
}

// plainAtoms spares the usual address the full grammar: letters, digits and
// the given marks, no mark at an end, no two dots in a row.
func plainAtoms(s, marks string) bool {
	previous := byte('.')
	for _, c := range []byte(s) {
		alphanumeric := isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !alphanumeric && (strings.IndexByte(marks, c) < 0 || previous == '.') {
			return false
		}
		previous = c
	}
	return isDigit(previous) || previous >= 'A' && previous != '_'
}

func checkURL(v any) (any, *fault) {
	v, f := checkText(v)
	if f != nil {
		return v, f
	}
	s := strings.TrimSpace(v.(string))
	if !isWebAddress(s) {
		return v, &fault{code: InvalidURL, problem: excerpt(s) + " does not look like a web address", warning: true}
	}
	return v, nil
}

func isWebAddress(s string) bool {
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	host := u.Hostname()
	return strings.Contains(host, ".") && !strings.HasPrefix(host, ".") && !strings.ContainsAny(host, " \t")
}

func checkNumber(read func(any) (string, *fault)) check {
	return func(v any) (any, *fault) {
		_, f := read(v)
		return v, f
	}
}

func percent(v any) (string, *fault) {
	text, f := number(v)
	if f != nil {
		return "", f
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if text[0] == '-' || len(whole) > 3 || len(whole) == 3 && (whole > "100" || whole == "100" && fraction != "") {
		return "", faulty(OutOfRange, "a percentage lies between 0 and 100, but it is "+shorten(text))
	}
	return text, nil
}

func checkDate(v any) (any, *fault) {
	_, f := moment(v)
	return v, f
}

func checkBoolean(v any) (any, *fault) {
	switch t := v.(type) {
	case bool:
		return v, nil
	case string:
		if text := strings.TrimSpace(t); text == "true" || text == "false" {
			return text == "true", nil
		}
	}
	return v, faulty(WrongType, "true or false is needed, but it is "+describe(v))
}

func checkList(v any) (any, *fault) {
	if _, ok := v.([]any); !ok {
		return v, faulty(WrongType, "a list is needed, but it is "+describe(v))
	}
	return v, nil
}

func checkReference(v any) (any, *fault) {
	if s, ok := v.(string); ok {
		return v, writable(s)
	}
	text, f := wholeNumber(v)
	if f != nil {
		return v, faulty(WrongType, "the id of a record is needed, but it is "+describe(v))
	}
	return text, nil
}
