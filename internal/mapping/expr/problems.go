package expr

import (
	"fmt"
	"regexp"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/operators"
)

// phrase puts one of the library's messages in words; $1 in the sentence is
// what the pattern's group found.
type phrase struct {
	pattern  *regexp.Regexp
	sentence string
}

func say(pattern, sentence string) phrase { return phrase{regexp.MustCompile("^" + pattern), sentence} }

// Messages of the parser. What none of them matches is never repeated.
var syntaxPhrases = []phrase{
	say(`.*at input '<EOF>'|.*mismatched input '<EOF>'`, "the expression ends too early; something is missing at its end"),
	say(`.*missing '([)\]}])'`, "a closing bracket $1 is missing"),
	say(`.*token recognition error at: '=`, "a comparison is written with two signs: =="),
	say(`.*token recognition error at: '&`, "conditions that must all hold are joined by two signs: &&"),
	say(`.*token recognition error at: '\|`, "conditions of which one must hold are joined by two signs: ||"),
	say(`.*token recognition error at: '["']`, "the text that begins here is not closed by a quotation mark"),
	say(`.*(?:extraneous|mismatched) input '([^']{1,40})' expecting <EOF>`, `"$1" does not fit here; conditions are joined by && or ||`),
	say(`.*(?:extraneous|mismatched) input '([^']{1,40})'`, `"$1" does not fit here`),
	say(`.*no viable alternative at input '\.`, "a point must be followed by a name"),
	say(`.*reserved identifier: (\w{1,40})`, `"$1" is a reserved word; choose another name`),
	say(`invalid argument to has`, `has() takes a field such as has(record.contact_email); for other names write "first name" in record`),
	say(`invalid \w+ literal`, "this number is too large or too small"),
	say(`argument must be a simple name|argument is not an identifier`, "the first value in the brackets must be a name of your choice for each element, as in tags.exists(t, t == \"vip\")"),
	say(`(?i).*(?:recursion|nesting)`, "there are too many brackets within each other"),
	say(`expression (?:node )?count exceeds|.*count exceeds limit`, "the expression is too long once its loops are written out"),
}

// Messages of the type checker, beside those that operands explains.
var typePhrases = []phrase{
	say(`expression of type '([^']*)' cannot be range`, "all(), exists(), map() and filter() go through a list, not $1"),
	say(`type '([^']*)' does not support field selection`, "$1 has no fields of its own"),
	say(`expected type 'bool' but found '([^']*)'`, "&& and || join conditions that are true or false, not $1"),
	say(`(?i).*node count exceeds`, "the expression is too long once its loops are written out"),
}

var (
	undeclared = regexp.MustCompile(`^undeclared reference to '([^']{1,200})'`)
	noOverload = regexp.MustCompile(`^found no matching overload for '([^']+)' applied to '(.*)'$`)
)

func parseProblem(issues *cel.Issues, source string) *Error {
	first := issues.Errors()[0]
	return place(&Error{Code: CodeSyntax, Message: translate(syntaxPhrases, first.Message, "the expression cannot be read from here on")}, first.Location, source)
}

func checkProblem(issues *cel.Issues, source string) *Error {
	first := issues.Errors()[0]
	e := &Error{Code: CodeType}
	if name := undeclared.FindStringSubmatch(first.Message); name != nil {
		e.Code, e.Message = CodeUnknownName, fmt.Sprintf("there is no function %s", quote(name[1]))
		switch name[1] {
		case "now":
			e.Message = "there is no now(), since a filter must give the same answer when it is explained later; compare with a date(…)"
		case "double", "float", "decimal":
			e.Message += "; number(…) reads a number from a text"
		}
	} else if call := noOverload.FindStringSubmatch(first.Message); call != nil {
		e.Message = misfit(call[1], call[2])
	} else {
		e.Message = translate(typePhrases, first.Message, "this part does not fit its place")
	}
	return place(e, first.Location, source)
}

// translate finds the sentence for a message of the library.
func translate(phrases []phrase, message, otherwise string) string {
	for _, p := range phrases {
		if m := p.pattern.FindStringSubmatch(message); m != nil {
			if len(m) < 2 {
				return p.sentence
			}
			found := m[1]
			if strings.Contains(p.pattern.String(), "type '") {
				found = kindOfType(found)
			}
			if strings.ContainsAny(found, `"'`) {
				return strings.Replace(p.sentence, `"$1"`, found, 1) // it has its quotes
			}
			return strings.Replace(p.sentence, "$1", found, 1)
		}
	}
	return otherwise
}

// place puts an error at a location. The library points at the bracket of a
// call, and a person looks for its name.
func place(e *Error, at common.Location, source string) *Error {
	if at == nil || at.Line() < 1 {
		return e
	}
	e.Line, e.Column = at.Line(), at.Column()+1
	lines := strings.Split(source, "\n")
	if e.Line <= len(lines) {
		line := []rune(lines[e.Line-1])
		if c := e.Column - 1; 0 < c && c < len(line) && line[c] == '(' {
			for c > 0 && isNameRune(line[c-1]) {
				c--
			}
			e.Column = c + 1
		}
	}
	return e
}

func isNameRune(r rune) bool {
	return r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

// misfit says why an operator or function cannot work on values of the given
// types, such as "(string, int)" or, of a call on a value, "int.(string)".
func misfit(function, signature string) string {
	target, args, member := strings.Cut(signature, ".(")
	if !member {
		args = strings.TrimPrefix(signature, "(")
	}
	kinds := typeList(strings.TrimSuffix(args, ")"))
	symbol, isOperator := operators.FindReverse(function)
	switch {
	case member:
		return fmt.Sprintf("%s(%s) does not exist for %s%s", function, strings.Join(kinds, ", "), kindOfType(target), hint(kindOfType(target)))
	case function == operators.Conditional && len(kinds) == 3:
		if kinds[0] != "true or false" {
			return "before ? there must be a condition that is true or false, not " + kinds[0]
		}
		return "both outcomes of ? : must be of one kind, not " + kinds[1] + " and " + kinds[2] + hint(kinds[1:]...)
	case function == operators.Index && len(kinds) == 2:
		return kinds[0] + " has no parts that " + kinds[1] + " in brackets could name"
	case function == operators.In && len(kinds) == 2:
		return "\"in\" looks for " + kinds[0] + " in a list, not in " + kinds[1]
	case isOperator && len(kinds) == 2:
		return fmt.Sprintf("%q does not work between %s and %s%s", symbol, kinds[0], kinds[1], hint(kinds...))
	case function == operators.LogicalNot:
		return "\"!\" needs a condition that is true or false, not " + strings.Join(kinds, ", ")
	case function == operators.Negate:
		return "\"-\" needs a number, not " + strings.Join(kinds, ", ")
	case len(kinds) == 0:
		return function + "() needs a value in its brackets"
	}
	return fmt.Sprintf("%s() does not take %s", function, strings.Join(kinds, ", "))
}

// typeList cuts "string, list(int)" into the words for its types.
func typeList(s string) []string {
	var kinds []string
	depth, start := 0, 0
	for i := 0; i <= len(s); i++ {
		switch {
		case i == len(s) || s[i] == ',' && depth == 0:
			if t := strings.TrimSpace(s[start:i]); t != "" {
				kinds = append(kinds, kindOfType(t))
			}
			start = i + 1
		case s[i] == '(':
			depth++
		case s[i] == ')':
			depth--
		}
	}
	return kinds
}
