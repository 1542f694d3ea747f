package mapping

import (
	"strings"
	"unicode"
)

// languages quote a value for a place inside a query language. What a
// language cannot express for sure is refused, never guessed.
var languages = map[string]func(string) (string, bool){
	"soql":     quoteSOQL,
	"like":     quoteLike,
	"sosl":     quoteSOSL,
	"criteria": quoteCriteria,
}

// quoteSOQL is for a place between single quotes, compared with = or IN.
//
// https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_quotedstringescapes.htm
func quoteSOQL(s string) (string, bool) {
	return escape(s, `\'"`), true
}

// quoteLike is quoteSOQL for LIKE. What a backslash in front of a wildcard
// would mean there is not documented, so a value with one is refused.
func quoteLike(s string) (string, bool) {
	return escape(s, `'"%_`), !strings.Contains(s, `\`)
}

// quoteSOSL makes a phrase of a search term. Salesforce wants two characters
// at least and ignores marks.
//
// https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_sosl_find.htm
func quoteSOSL(s string) (string, bool) {
	characters := 0
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			characters++
		}
	}
	return `"` + escape(s, `?&|!{}[]()^~*:\"'+-`) + `"`, characters >= 2
}

// quoteCriteria is for a value of Zoho's criteria. How a backslash is written
// there is not documented, so a value with one is refused.
//
// https://www.zoho.com/crm/developer/docs/api/v8/search-records.html
func quoteCriteria(s string) (string, bool) {
	return escape(s, "(),"), !strings.Contains(s, `\`)
}

// escape puts a backslash before each of the marks.
func escape(s, marks string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(marks, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
