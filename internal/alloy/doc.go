// Package alloy is the client of Alloy Automation's Connectivity API, and nothing else. It implements the ports that
// the middle declares: [crm.Directory], [crm.Vault] and [crm.Executor].
//
//	an endpoint ──▶ newRequest ──▶ do ──▶ checkResponse ──▶ verdict ──▶ *crm.CallError
//	(ten lines)     headers,       one     error or not,    what it       │
//	                safe path      try     in any form      means         └─▶ fault ──▶ *crm.Error
//
// Alloy's documents disagree with each other and with what has been observed, so the client reads tolerantly: three
// envelopes of an answer, four forms of an error, and the CRM's own error inside any of them (errors_*.go, one file per
// CRM family). What it concludes is strict all the same: a call that may have reached the CRM is never reported as one
// that has not, and what cannot be understood counts as that.
//
// Alloy acts as the owner of the API key where a call names no user. Every call on behalf of a tenant therefore takes
// the user's id, and is refused before it is made without one.
//
// The client never retries and follows no redirect. It holds no state but its connections. Alloy's wire forms do not
// leave this package, and neither do secrets: every text that comes from the other side is cleaned before it becomes an
// error or a log line.
package alloy
