package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sendtocrm/internal/crm"
)

// reserveSlot takes a connection's next slot, for all replicas together: the generic cell rate algorithm in one statement
// on one row. $2 the interval, stretched by what was learned; the lesson fades by half each minute. $3 how many calls may
// come at once after a rest. $4 the longest wait: a slot beyond it is not taken. $5 a claim: the slot is only taken with
// that lease on the record $6, $7; null: unconditionally.
const reserveSlot = `
	INSERT INTO paces AS p (connection_id, next_slot)
	SELECT $1, clock_timestamp() + $2::interval
	WHERE $5::uuid IS NULL OR EXISTS (
		SELECT FROM links WHERE connection_id = $1 AND object = $6 AND record_id = $7 AND lease_claim = $5)
	ON CONFLICT (connection_id) DO UPDATE SET (next_slot, wait) = (
		SELECT CASE WHEN slot - t <= $4::interval THEN slot + step ELSE p.next_slot END, greatest(slot - t, '0')
		FROM (
			SELECT t, step, greatest(p.next_slot, p.blocked_until, t - ($3::int - 1) * step) AS slot
			FROM (SELECT clock_timestamp() AS t, $2::interval * ` + faded + ` AS step) a) b)
	RETURNING wait`

// faded is what is left of a lesson.
const faded = `(1 + (p.slowness - 1) * power(0.5, least(60, extract(epoch FROM clock_timestamp() - p.learned_at) / 60)::float8))`

// scanWait reads the answer; a slot that was not asked for, because there is no lease, is no wait.
func (st *standing) scanWait(rows pgx.Rows) error {
	waits, err := pgx.CollectRows(rows, pgx.RowTo[time.Duration])
	if err == nil && len(waits) == 1 {
		st.wait = waits[0]
	}
	return err
}

// Reserve takes the next slot of the connection; false: it is further away than p.MaxWait, and was not taken.
func (s *Store) Reserve(ctx context.Context, connection uuid.UUID, p crm.Pace) (time.Duration, bool, error) {
	waits, err := collect(ctx, s.pool, pgx.RowTo[time.Duration], reserveSlot,
		connection, p.Interval, p.Burst, p.MaxWait, nil, "", "")
	if err != nil || len(waits) == 0 {
		return 0, false, err
	}
	return waits[0], waits[0] <= p.MaxWait, nil
}

// Paused is what is left of a pause that the CRM asked for.
func (s *Store) Paused(ctx context.Context, connection uuid.UUID) (time.Duration, error) {
	left, err := collect(ctx, s.pool, pgx.RowTo[time.Duration], `
		SELECT make_interval(secs => greatest(0, extract(epoch FROM blocked_until - clock_timestamp())))
		FROM paces WHERE connection_id = $1 AND isfinite(blocked_until)`, connection)
	if err != nil || len(left) == 0 {
		return 0, err
	}
	return left[0], nil
}

// Throttled notes a pause that the CRM asked for, and slows the connection down: by half as much again, at most once a
// second, since many calls may have met the same wall.
func (s *Store) Throttled(ctx context.Context, connection uuid.UUID, pause time.Duration) error {
	_, err := s.exec(ctx, `
		INSERT INTO paces AS p (connection_id, next_slot, blocked_until, slowness)
		VALUES ($1, clock_timestamp(), clock_timestamp() + $2::interval, 1.5)
		ON CONFLICT (connection_id) DO UPDATE SET
			blocked_until = greatest(p.blocked_until, excluded.blocked_until),
			slowness = CASE WHEN p.slowness > 1 AND p.learned_at > clock_timestamp() - interval '1 s' THEN p.slowness
			                ELSE least(8, 1.5 * `+faded+`) END,
			learned_at = clock_timestamp()`, connection, pause)
	return err
}
