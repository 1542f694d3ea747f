DROP TABLE conflicts, paces, idempotency_keys;
DROP TRIGGER sends_transition ON sends;
DROP FUNCTION sends_check_transition();
DROP INDEX links_by_crm_record, links_one_holder;
ALTER TABLE links DROP COLUMN lease_claim, DROP COLUMN shared;
DROP INDEX sends_due, sends_queue, sends_by_user_waiting;
ALTER TABLE sends DROP CONSTRAINT sends_waiting;
CREATE INDEX sends_open ON sends (user_id, status, id DESC) WHERE status NOT IN ('succeeded', 'failed');
-- Those that wait would wait for ever.
UPDATE sends SET status = 'failed', completed_at = now() WHERE status = 'queued';
DELETE FROM sends WHERE operation = 'delete';
ALTER TABLE sends DROP CONSTRAINT sends_operation_check,
    ADD CONSTRAINT sends_operation_check CHECK (operation IN ('create', 'update', 'unchanged'));
ALTER TABLE sends
    DROP COLUMN draft, DROP COLUMN expect, DROP COLUMN before, DROP COLUMN warnings, DROP COLUMN due_at,
    DROP COLUMN rounds, DROP COLUMN lookups, DROP COLUMN unknown_since, DROP COLUMN recreated, DROP COLUMN ruled_out, DROP COLUMN claim, DROP COLUMN accepted, DROP COLUMN found, DROP COLUMN trying_since,
    DROP COLUMN undoes, DROP COLUMN undone_at, ADD COLUMN request bytea;
