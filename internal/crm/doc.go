// Package crm is the middle of the service: its nouns, its rules and its use cases. It knows neither HTTP nor SQL nor
// Alloy's wire forms; it declares the small interfaces that it needs, and the rooms around it implement them.
//
//	api ──▶ Connector use cases   Catalog (what can be connected), Connections (connect, reconnect, disconnect)
//	    ──▶ Sending use cases     Planner (record ─▶ exact request) ──▶ Preview
//	                                                               └──▶ Sender ──▶ CRM
//	    ──▶ Explainer             why a record is, or is not, in the CRM
//
// A preview and a send come from one function, [Planner.Plan], so what was previewed is what is sent.
//
// The one rule above all others: no call that writes to a CRM is made without a committed row that says so, and a
// create whose outcome is not known is never repeated blindly.
package crm
