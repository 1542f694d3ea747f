// Package derive works out how a CRM that nobody has described corresponds to
// the universal model, from what the CRM says about itself. It suggests and
// decides nothing: a suggestion counts once a person has accepted it.
//
//	names of actions ---- Rank ----> candidates by object and operation
//	an action's detail -- Confirm -> whether it can be what its name says
//	chosen actions ------ Object --> a mapping.Object without rules
//	request schema ------ Rules ---> rules with a confidence and a reason
//	                      Missing -> what the CRM wants and nobody proposes
//
// Words are compared, not letters: identifiers are cut into words (camelCase,
// snake_case, and run-together ones such as jobtitle), plurals and synonyms
// become one form, and a phrase of the field's meaning has to explain every
// word of the name. "phone" therefore means the phone, "work_phone" too, and
// "phone_extension" nothing that the model has. The tables hold general
// English of the trade; no CRM's own words are among them.
//
// The functions are pure, deterministic and bounded, whatever the schema is.
// The package imports mapping and nothing else of this program.
package derive
