// Package web is the demo host: a believable page of a SaaS product, "Ledgerline", whose customer list has a "Send to
// CRM" button. It shows how a platform uses the service and is served by `dev` only.
//
//	browser                          this package (the host)            the service
//	GET  /demo, /demo/assets/*  ->   page, style, modules
//	POST /demo/session {user}   ->   POST /v1/sessions, service key ->  session token
//	GET|POST|PUT|DELETE /v1/*       ------------------------------------->  with that token
//
// The page calls nothing but the public API of openapi.yaml. The host's own part is one endpoint: like any host's back
// end it holds the service key and hands out short-lived tokens for the user who is signed in. It may not import
// another package of the service, and the key never reaches the browser.
//
// demo/ holds the page: plain HTML, CSS and JavaScript modules, no build step, nothing from another origin.
// Package callback, below it, is part of the service and not of the demo: the page after a CRM's consent.
package web
