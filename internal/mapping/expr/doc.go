// Package expr evaluates expressions over a record of the host: filters,
// which decide whether a record is sent, and computed values of mapping rules.
//
//	record.contact_email.endsWith("@acme.com") && "vip" in record.tags
//	record.deal_amount * 0.2
//
// The language is CEL: it has no loops but those over lists, no side effects
// and no variables but record, the record's fields, and id. How a source
// becomes an answer:
//
//	source -- parse -- rewrite -- check -- estimate -- guard -- plan --> Program
//	             |         |         |         |         |                |  Eval  value
//	          syntax    record["x"] types    too_costly  keys of          |  Test  verdict, reason
//	                    literals    of fields            objects
//
// It differs from plain CEL in what a person who writes a filter expects of a
// record:
//
//   - There is one kind of number, an exact decimal with up to 18 digits before
//     the point and 9 behind it; 1/2 is 0.5, and 0.1 + 0.2 is 0.3. What cannot be
//     exact, a quotient or a long product, is rounded half away from zero.
//     Text that holds a number counts as one in a field that is a number.
//   - Dates are moments, and may be written date("2026-01-31"). As text, by
//     string() or as the result, midnight UTC is the day alone.
//   - Objects are gone through in the order of their keys, so that a record
//     gives the same result each time.
//   - A field that is absent or null has no value: has(record.x) is false,
//     record.?x.orValue("…") gives the other value, and record.x is an error
//     with Missing set. A list leaves out a record.?x that has no value.
//   - Fields must be named outright, so that Fields can tell which ones an
//     expression reads. record as a whole and record[id] are refused.
//   - Errors and reasons are sentences for people; none of the library's texts
//     gets through.
//
// Beside CEL's own functions there are those on texts of its strings
// extension (lowerAscii, upperAscii, trim, replace, split, join, substring,
// indexOf, lastIndexOf, charAt), matches with a literal RE2 pattern, date,
// number, round, and optional values. The lists extension is left out: range
// makes lists of any length and distinct and sort take quadratic time.
//
// Nothing takes long: a source has at most 4,096 bytes, an estimate refuses
// expressions that would take too many steps on a record of ordinary size, and
// an evaluation is stopped after 100,000 steps, which take some 10 ms; 25 ms
// where the last one puts 50,000 keys in order. The length of a computed key
// counts, as that of a text does. What could take long within one step
// (replace, join, matches, lists put together) is bound before it begins.
//
// The package is pure, imports nothing else of this program, and has no
// present time, so that a verdict can be explained later. It may not import
// more than the standard library, CEL and a decimal type.
package expr
