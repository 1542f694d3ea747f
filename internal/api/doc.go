// Package api is the HTTP side: routes, callers, decoding and encoding, problems. Every rule of the business is in
// package crm; this one only translates, in both directions.
//
//	request ─▶ record (id, log, metrics, panic) ─▶ CORS ─▶ caller ─▶ gate ─▶ body guard ─▶ openapi.yaml ─▶ handler ─▶ crm
//	answer  ◀─ JSON, or problem+json from problem.go ◀───────────────────────────────────────────────────┘
package api
