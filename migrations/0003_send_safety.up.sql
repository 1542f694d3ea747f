-- What one CRM record per host record needs: sends that wait (queued) or are looked up (unknown), idempotency keys, the
-- pace of each connection, and what waits for a person. sends.request goes: a send is planned anew from its draft.
-- Locks: short ACCESS EXCLUSIVE on sends and links; columns are added without a rewrite. The indexes are built inside the
-- migration: on a ledger of millions, create them CONCURRENTLY by hand first. The down file forgets keys and drafts.

ALTER TABLE sends
    DROP COLUMN request,
    ADD COLUMN draft         bytea,                      -- sealed: the record's fields as the host gave them
    ADD COLUMN expect        text NOT NULL DEFAULT '',   -- the digest that the caller insists on
    ADD COLUMN before        bytea,                      -- sealed: what an update replaced, as far as known
    ADD COLUMN warnings      bytea,                      -- sealed: the mapping's words may quote the record
    ADD COLUMN due_at        timestamptz,                -- of a send that waits: when it is attended to next; infinity: a person has to decide
    ADD COLUMN rounds        integer NOT NULL DEFAULT 0, -- how often it was attended to
    ADD COLUMN lookups       integer NOT NULL DEFAULT 0, -- look-ups in a row that did not find the record
    ADD COLUMN unknown_since timestamptz,
    ADD COLUMN recreated     integer NOT NULL DEFAULT 0, -- creates that look-ups have allowed after the first
    ADD COLUMN ruled_out     text[] NOT NULL DEFAULT '{}', -- CRM records that a person says are not this one
    ADD COLUMN claim         uuid,                       -- the last taking of the record's lease for this send
    ADD COLUMN accepted      boolean NOT NULL DEFAULT false, -- the caller was told that it will be made (202)
    ADD COLUMN found         boolean NOT NULL DEFAULT false, -- a look-up settled it: whether it made the record is not proven
    ADD COLUMN trying_since  timestamptz NOT NULL DEFAULT clock_timestamp(), -- a queued send is given up some time after this
    ADD COLUMN undoes        uuid REFERENCES sends (id), -- the send that this one takes back
    ADD COLUMN undone_at     timestamptz;
ALTER TABLE sends DROP CONSTRAINT sends_operation_check,
    ADD CONSTRAINT sends_operation_check CHECK (operation IN ('create', 'update', 'unchanged', 'delete'));
-- No index may mention the status: then a send's outcome is an update in place (HOT) as long as it does not have to wait.
UPDATE sends SET due_at = now() WHERE status IN ('queued', 'unknown', 'needs_review');
ALTER TABLE sends ADD CONSTRAINT sends_waiting CHECK ((due_at IS NOT NULL) = (status IN ('queued', 'unknown', 'needs_review')));
DROP INDEX sends_open;
CREATE INDEX sends_by_user_waiting ON sends (user_id, id DESC) WHERE due_at IS NOT NULL;
CREATE INDEX sends_due ON sends (connection_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX sends_queue ON sends (connection_id, object, record_id, id) WHERE due_at IS NOT NULL;

ALTER TABLE links
    ADD COLUMN lease_claim uuid,                         -- one taking of the lease
    ADD COLUMN shared      boolean NOT NULL DEFAULT false; -- a person linked it to a CRM record that belongs to another one as well
CREATE INDEX links_by_crm_record ON links (connection_id, object, crm_record_id) WHERE crm_record_id IS NOT NULL;
CREATE UNIQUE INDEX links_one_holder ON links (connection_id, object, crm_record_id) WHERE crm_record_id IS NOT NULL AND NOT shared;

-- The state machine of a send; internal/crm/state.go has the same table, and a test holds one against the other.
CREATE FUNCTION sends_check_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status || '>' || NEW.status NOT IN (
        'queued>sending', 'queued>succeeded', 'queued>failed', 'queued>canceled',
        'sending>succeeded', 'sending>failed', 'sending>unknown', 'sending>needs_review', 'sending>queued',
        'unknown>succeeded', 'unknown>failed', 'unknown>queued', 'unknown>needs_review', 'unknown>canceled',
        'needs_review>queued', 'needs_review>succeeded', 'needs_review>canceled',
        'failed>queued', 'canceled>queued') THEN
        RAISE EXCEPTION 'a send cannot go from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sends_transition BEFORE UPDATE OF status ON sends FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION sends_check_transition();

CREATE TABLE idempotency_keys (
    user_id     uuid NOT NULL REFERENCES users (id),
    key         text NOT NULL,
    fingerprint bytea NOT NULL,                          -- SHA-256 of the request
    send_id     uuid NOT NULL REFERENCES sends (id),
    status      integer,                                 -- the answer that was given; unset: as the send says
    answer      bytea,                                   -- sealed
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- Generic cell rate: next_slot is when the next call may be made. One row a connection, updated in place.
CREATE TABLE paces (
    connection_id uuid PRIMARY KEY REFERENCES connections (id),
    next_slot     timestamptz NOT NULL,
    wait          interval NOT NULL DEFAULT '0',         -- what the last asker was told
    blocked_until timestamptz NOT NULL DEFAULT '-infinity', -- the CRM's Retry-After
    slowness      double precision NOT NULL DEFAULT 1,   -- learned: multiplies the configured interval; fades
    learned_at    timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

CREATE TABLE conflicts (
    id            uuid PRIMARY KEY,
    user_id       uuid NOT NULL REFERENCES users (id),
    connection_id uuid NOT NULL REFERENCES connections (id),
    send_id       uuid NOT NULL REFERENCES sends (id),
    kind          text NOT NULL CHECK (kind IN ('match', 'outcome')),
    object        text NOT NULL,
    record_id     text NOT NULL,
    candidates    bytea,                                 -- sealed: the CRM's records that match
    choice        text CHECK (choice IN ('link', 'create', 'skip', 'settled')),
    created_at    timestamptz NOT NULL DEFAULT now(),
    resolved_at   timestamptz,
    CHECK ((choice IS NULL) = (resolved_at IS NULL))
);
CREATE UNIQUE INDEX conflicts_open ON conflicts (send_id) WHERE resolved_at IS NULL;
CREATE INDEX conflicts_by_user ON conflicts (user_id, id DESC) WHERE resolved_at IS NULL;
