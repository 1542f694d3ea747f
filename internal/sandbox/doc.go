// Package sandbox simulates Alloy Automation's Connectivity API and the CRMs behind it. It exists to keep a client
// honest: it does what the API is documented, observed or feared to do, not what would be convenient.
//
//	client ──► record ──► authenticate ──► misbehave ──► handler ──► one CRM account
//	           ledger     headers, user    faults        execute     dialect: HubSpot, Salesforce, …
//
//	person ──► consent page ──► a new credential        tester ──► management port
//	       ──► /crm, what arrived in the CRMs                      settings, faults, schemas, ledger, records
//
// The pieces, each in a file of its own:
//
//	server, routes     the two handlers
//	record, ledger     every API call, in order
//	auth, problem      header checks and Alloy's four forms of an error
//	directory          users, credentials and consents under way
//	catalog            connectors, actions and schemas as data (catalog/*.json)
//	execute, envelope  one action call, and the three forms of its answer
//	account, table     what a CRM holds, per Alloy user and connector
//	hubspot …          one dialect per CRM: what it accepts, answers and refuses
//	faults, settings,
//	schemas            what a tester switches
//	persist            the state file
//	pages              HTML for a person
//
// It imports nothing of the service and shares no type with any client, so that a misunderstanding cannot be on both
// sides of the wire. Its limits are in README.md.
package sandbox
