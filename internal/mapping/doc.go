// Package mapping turns a record of the host platform into the request body
// that one CRM's action wants, and a record of that CRM back into the host's
// fields. It is pure: no network, no database, no clock, no state; files are
// read once, by Open.
//
//	definitions/*.yaml   host's fields     one connection's overrides
//	     | Open             | LoadCatalogue        |
//	     v                  |                      |
//	  Library ---------> *Object ------- With -> *Object      live schema of the action
//	                                               |            | ParseSchema
//	                                               +- Compile <-+
//	                                                     |
//	                                                     v
//	  host fields --- Forward ---> Values, Issues, Unmapped --- Body ---> JSON
//	  host fields <-- Backward --- the CRM's record
//
// A rule names one target path of the CRM and the host fields that fill it; a
// named transform stands between them. Every transform is a lens: it has a
// forward and a backward half that obey
//
//	GetPut  reading back what was just sent changes nothing at the host
//	PutGet  sending what was just read changes nothing at the CRM
//
// where a number and its text count as one value, since some CRMs answer
// everything as text. References, associations, templates and expressions
// only send.
//
// A definition also says how its CRM's records are found again, so that a
// record is not created twice; overrides that send another host field in the
// place of a natural key take the question along, or take it away:
//
//	host fields --- Queries ---> Query --- Candidates(answer) ---> records with the natural key
//	values sent, record read --- Holds, Differs ---> what the CRM holds of them
//	values by path --- Compose ---> JSON
//
// And it explains itself to the people who edit a mapping:
//
//	Mapper.Verify    what the live schema has against the rules, before any record
//	Mapper.Omitted   why a rule sends nothing for a record
//	Shape, Drift     what a schema has changed since a mapping was made
//	Filter.Decide    whether a record takes part, and why
//
// Expressions, in filters and in the place of transforms, are CEL; the package
// expr compiles and runs them. The package derive proposes rules for a CRM
// that has no definition.
//
// Rules are data. They are compiled once per action schema into a Mapper,
// which is immutable and safe for concurrent use, and walked without
// reflection for each record.
//
// Four promises shape the code. Nothing is dropped silently: whatever a
// record holds ends up in a Value, an Issue or the Unmapped list. Nothing is
// passed through: a host field that no rule reads never reaches the CRM.
// Nothing is guessed: a value that a CRM's query language cannot express for
// sure is not asked for, an answer that may be incomplete is an error and not
// a "not there", and nothing that a user typed is rewritten unless a rule says
// so. And money never touches a binary float.
//
// The package may import the standard library, a decimal type, a YAML parser,
// the numbering plans of telephones, the names of countries and its own
// package expr, and nothing else of this program.
package mapping
