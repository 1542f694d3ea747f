package sandbox

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// soql is the part of Salesforce's query language that the sandbox understands:
//
//	SELECT a, b | COUNT() | FIELDS(ALL) FROM Object
//	[WHERE a = 'x' AND b >= 2025-01-01T00:00:00Z AND c IN ('x', 'y') AND d LIKE 'x%' …]   (AND only, or OR only)
//	[ORDER BY a [ASC|DESC]] [LIMIT n] [OFFSET n]
type soql struct {
	fields     []string // nil: all
	count      bool
	from       string
	conditions []condition
	any        bool // the conditions are joined by OR
	orderBy    string
	descending bool
	limit      int
	offset     int
}

type condition struct {
	field, operator string
	values          []string
	null            bool
}

const soqlBatch = 2000 // records that one answer holds

var soqlToken = regexp.MustCompile(`'(?:\\.|[^'\\])*'|[A-Za-z0-9_.:+-]+|<=|>=|!=|[=<>(),]|\S`)

// soqlReader walks through the tokens.
type soqlReader struct {
	tokens []string
	at     int
}

func (r *soqlReader) peek() string {
	if r.at < len(r.tokens) {
		return r.tokens[r.at]
	}
	return ""
}

func (r *soqlReader) next() string {
	token := r.peek()
	r.at++
	return token
}

// take steps over the words if they come next.
func (r *soqlReader) take(words ...string) bool {
	for i, word := range words {
		if r.at+i >= len(r.tokens) || !strings.EqualFold(r.tokens[r.at+i], word) {
			return false
		}
	}
	r.at += len(words)
	return true
}

func parseSOQL(text string) (*soql, error) {
	if text == "" || len(text) > 100_000 {
		return nil, fmt.Errorf("unexpected token: <EOF>")
	}
	r := &soqlReader{tokens: soqlToken.FindAllString(text, -1)}
	q := &soql{limit: soqlBatch}
	if !r.take("SELECT") {
		return nil, fmt.Errorf("unexpected token: %q", r.peek())
	}
	switch {
	case r.take("COUNT", "(", ")"):
		q.count = true
	case r.take("FIELDS", "(", "ALL", ")"), r.take("FIELDS", "(", "STANDARD", ")"):
	default:
		q.fields = []string{r.next()}
		for r.take(",") {
			q.fields = append(q.fields, r.next())
		}
	}
	if !r.take("FROM") {
		return nil, fmt.Errorf("unexpected token: %q, expecting FROM", r.peek())
	}
	q.from = r.next()
	if err := q.rest(r); err != nil {
		return nil, err
	}
	if r.at < len(r.tokens) {
		return nil, fmt.Errorf("unexpected token: %q", r.peek())
	}
	return q, nil
}

func (q *soql) rest(r *soqlReader) error {
	if r.take("WHERE") {
		for joined := ""; ; {
			c, err := r.condition()
			if err != nil {
				return err
			}
			q.conditions = append(q.conditions, c)
			word := strings.ToUpper(r.peek())
			if word != "AND" && word != "OR" {
				break
			}
			if joined != "" && joined != word {
				return fmt.Errorf("unexpected token: %q; the sandbox joins conditions by AND or by OR, not by both", word)
			}
			joined, q.any = word, word == "OR"
			r.next()
		}
	}
	if r.take("ORDER", "BY") {
		q.orderBy = r.next()
		q.descending = !r.take("ASC") && r.take("DESC")
	}
	for _, clause := range []struct {
		word string
		into *int
	}{{"LIMIT", &q.limit}, {"OFFSET", &q.offset}} {
		if r.take(clause.word) {
			n, err := strconv.Atoi(r.next())
			if err != nil || n < 0 {
				return fmt.Errorf("%s needs a number", clause.word)
			}
			*clause.into = n
		}
	}
	q.limit = min(q.limit, soqlBatch)
	return nil
}

func (r *soqlReader) condition() (condition, error) {
	c := condition{field: r.next(), operator: strings.ToUpper(r.next())}
	switch c.operator {
	case "=", "!=", "<", "<=", ">", ">=", "LIKE":
		c.add(r.next())
	case "IN":
		if !r.take("(") {
			return c, fmt.Errorf("unexpected token: %q, expecting (", r.peek())
		}
		c.add(r.next())
		for r.take(",") {
			c.add(r.next())
		}
		if !r.take(")") {
			return c, fmt.Errorf("unexpected token: %q, expecting )", r.peek())
		}
	default:
		return c, fmt.Errorf("unexpected token: %q", c.operator)
	}
	return c, nil
}

func (c *condition) add(token string) {
	if strings.EqualFold(token, "null") {
		c.null = true
	}
	if len(token) > 1 && token[0] == '\'' {
		token = strings.NewReplacer(`\'`, `'`, `\\`, `\`, `\"`, `"`).Replace(token[1 : len(token)-1])
	}
	c.values = append(c.values, token)
}

// names are the fields that the query mentions.
func (q *soql) names() []string {
	names := append([]string{}, q.fields...)
	for _, c := range q.conditions {
		names = append(names, c.field)
	}
	if q.orderBy != "" {
		names = append(names, q.orderBy)
	}
	return names
}

func (q *soql) matches(value func(name string) any) bool {
	for _, c := range q.conditions {
		if c.matches(value(c.field)) == q.any {
			return q.any
		}
	}
	return !q.any || len(q.conditions) == 0
}

func (c condition) matches(v any) bool {
	value := text(v)
	switch {
	case c.null:
		return (value == "") == (c.operator == "=")
	case c.operator == "!=":
		return compare(value, c.values[0]) != 0
	case value == "":
		return false
	}
	order := compare(value, c.values[0])
	switch c.operator {
	case "=":
		return order == 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	case "LIKE":
		return like(strings.ToLower(value), strings.ToLower(c.values[0]))
	default: // IN
		for _, wanted := range c.values {
			if compare(value, wanted) == 0 {
				return true
			}
		}
		return false
	}
}

// like matches % as anything and _ as one character.
func like(value, pattern string) bool {
	expression := strings.NewReplacer("%", ".*", "_", ".").Replace(regexp.QuoteMeta(pattern))
	matched, err := regexp.MatchString("(?s)^"+expression+"$", value)
	return err == nil && matched
}
