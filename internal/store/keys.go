package store

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"sendtocrm/internal/crm"
)

// Key returns what an idempotency key of the user was used for.
func (s *Store) Key(ctx context.Context, user, value string) (crm.KeyUse, bool, error) {
	found, err := collect(ctx, s.pool, func(row pgx.CollectableRow) (use crm.KeyUse, err error) {
		var status int
		var answer []byte
		if use.Send, err = s.scanSendAnd(row, &use.Fingerprint, &status, &answer); err != nil {
			return use, err
		}
		if status != 0 {
			use.Answer = &crm.KeptAnswer{Status: status}
			use.Answer.Body, err = s.sealer.open(answerContext(user, value), answer)
		}
		return use, err
	}, `
		SELECT `+sendColumns+`, k.fingerprint, coalesce(k.status, 0), k.answer
		FROM idempotency_keys k JOIN sends s ON s.id = k.send_id JOIN users u ON u.id = k.user_id
		WHERE u.external_id = $1 AND k.key = $2`, user, value)
	if err != nil || len(found) == 0 {
		return crm.KeyUse{}, false, err
	}
	return found[0], true, nil
}

// BindKey notes a key for a send that another request began.
func (s *Store) BindKey(ctx context.Context, user string, k crm.Key, send uuid.UUID) error {
	_, err := s.exec(ctx, `
		INSERT INTO idempotency_keys (user_id, key, fingerprint, send_id)
		SELECT u.id, $2, $3, $4 FROM users u WHERE u.external_id = $1`, user, k.Value, k.Fingerprint, send)
	return keyTaken(err)
}

// KeepAnswer keeps the first answer given for a key and returns the one that is kept.
func (s *Store) KeepAnswer(ctx context.Context, user, key string, a crm.KeptAnswer) (kept crm.KeptAnswer, err error) {
	var body []byte
	ctx, cancel := crm.StorageContext(ctx, operationLimit)
	defer cancel()
	if err := s.pool.QueryRow(ctx, `
		UPDATE idempotency_keys k SET status = coalesce(k.status, $3), answer = coalesce(k.answer, $4)
		FROM users u WHERE u.id = k.user_id AND u.external_id = $1 AND k.key = $2
		RETURNING k.status, k.answer`,
		user, key, a.Status, s.sealer.seal(answerContext(user, key), a.Body)).Scan(&kept.Status, &body); err != nil {
		return kept, translate(err)
	}
	kept.Body, err = s.sealer.open(answerContext(user, key), body)
	return kept, err
}

// ForgetKeys removes keys that are older than two days.
func (s *Store) ForgetKeys(ctx context.Context) error {
	_, err := s.exec(ctx, `
		DELETE FROM idempotency_keys WHERE (user_id, key) IN (
			SELECT user_id, key FROM idempotency_keys WHERE created_at < now() - interval '48 h' ORDER BY created_at LIMIT 10000)`)
	return err
}

func keyArgs(k *crm.Key) (value string, fingerprint []byte) {
	if k == nil {
		return "", nil
	}
	return k.Value, k.Fingerprint
}

// keyTaken makes [crm.ErrKeyTaken] of the violation of the keys' primary key.
func keyTaken(err error) error {
	var state *pgconn.PgError
	if errors.As(err, &state) && state.Code == "23505" && state.ConstraintName == "idempotency_keys_pkey" {
		return errors.Join(crm.ErrKeyTaken, err)
	}
	return err
}
