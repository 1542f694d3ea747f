// Package tailor gives each connection its mapping: what the connector's definition says, changed by what the customer has
// overridden; or, for a CRM that nobody has described, what was worked out from its live schemas and then accepted.
//
//	definition ─┐                      overrides (versioned)
//	            ├─▶ base object ─▶ With ─▶ crm.Mapping ─▶ planner
//	live schema ┘        │                     ▲
//	   │                 └─▶ suggestions ──accepted──┘
//	   └─▶ watch: is the schema still what it was when the mapping was first used?
//
// It uses nothing that nobody has accepted: a CRM without a definition has no mapping until somebody puts one. It saves
// nothing that could not be used: rules are compiled, expressions type-checked and targets held against the live schema
// first. Old versions are kept, and a return to one is a new version.
//
// It may import crm, mapping and mapping/derive; it knows neither SQL nor HTTP.
package tailor
