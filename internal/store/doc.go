// Package store is Postgres: one file per noun, the SQL beside the function that runs it. It implements the ports that
// package crm declares, and keeps pgx to itself.
//
// An exported method is one transaction, or one statement; an unexported function is SQL on somebody's transaction.
// Every statement that reads or changes a user's object names the user, so that another user's object is an absent one.
// Payloads and the CRM's words about them are sealed before they get here (seal.go).
package store
