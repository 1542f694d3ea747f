package store

import (
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"sendtocrm/internal/crm"
)

// translate turns what pgx reports into the codes of package crm, by SQLSTATE, never by text. An error that is one of
// crm's already passes.
func translate(err error) error {
	if err == nil {
		return nil
	}
	var known *crm.Error
	if errors.As(err, &known) || errors.Is(err, crm.ErrKeyTaken) {
		return err
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return &crm.Error{Code: crm.NotFound, Detail: "There is no such object.", Err: err}
	}
	var state *pgconn.PgError
	if errors.As(err, &state) {
		return translateState(state)
	}
	// What is left is the network, a deadline or a closed pool, in one of their many forms: the outcome of the statement
	// is not known, and must not look like a success.
	return unavailable(err)
}

func translateState(state *pgconn.PgError) error {
	switch state.Code {
	case "23505": // unique_violation
		return &crm.Error{Code: crm.Conflict, Detail: "The object was changed by another request.", Err: state}
	case "40001", "40P01": // serialization_failure, deadlock_detected
		return unavailable(state)
	}
	switch state.Code[:2] {
	case "08", "53", "57", "58", "25": // connection, resources, operator intervention, system, read-only transaction
		return unavailable(state)
	}
	return &crm.Error{Code: crm.Internal, Detail: "The database refused a statement.", Err: state}
}

// retryAfter is the advice to callers while the database is away.
const retryAfter = time.Second

func unavailable(err error) *crm.Error {
	return &crm.Error{Code: crm.StorageUnavailable, Detail: "The database cannot be reached.", RetryAfter: retryAfter, Err: err}
}

// violates reports whether err is a violation of the named unique index.
func violates(err error, index string) bool {
	var state *pgconn.PgError
	return errors.As(err, &state) && state.Code == "23505" && state.ConstraintName == index
}

// ignoreNone turns the absence of a row into nothing to do.
func ignoreNone(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// oneIsAtFault reports whether a group failed because of one of its members: then all of it was rolled back, and the
// others can go on without that one.
func oneIsAtFault(err error) bool {
	var state *pgconn.PgError
	if !errors.As(err, &state) {
		return false
	}
	class := state.Code[:2]
	return class == "22" || class == "23" || class == "40" // data, integrity, serialization and deadlock
}
