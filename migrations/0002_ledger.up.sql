-- What was sent (sends) and what is remembered of each record (links). A send's row is committed before the CRM is
-- called; a link's lease lets one send of a record through at a time, across all replicas, by the database's clock.
-- New tables only: no lock is taken on anything in use. Undo with the down file; it forgets which CRM record belongs to
-- which record of the host, so that the next sends would create duplicates: export links first.

CREATE TABLE links (
    id                 uuid PRIMARY KEY,
    connection_id      uuid NOT NULL REFERENCES connections (id),
    object             text NOT NULL,
    record_id          text NOT NULL,                     -- the host's id
    crm_record_id      text,                              -- unset until created, and after the CRM deleted it
    crm_url            text NOT NULL DEFAULT '',
    view               bytea,                             -- sealed: what the CRM is known to hold, by target path
    view_certain       boolean NOT NULL DEFAULT true,     -- false after an update whose answer was lost
    revision           bigint NOT NULL DEFAULT 0,         -- a plan is good for one revision
    mapping_version    integer NOT NULL DEFAULT 0,
    last_sent_at       timestamptz,
    unresolved_send_id uuid,                              -- a create whose outcome is not known
    lease_send_id      uuid,
    lease_token        bigint NOT NULL DEFAULT 0,         -- fences off a holder that comes late
    lease_expires_at   timestamptz,
    created_at         timestamptz NOT NULL DEFAULT now(),
    UNIQUE (connection_id, object, record_id),
    CHECK ((lease_send_id IS NULL) = (lease_expires_at IS NULL))
) WITH (fillfactor = 80);                                 -- leases and outcomes update in place
CREATE INDEX links_leased ON links (lease_expires_at) WHERE lease_send_id IS NOT NULL;

CREATE TABLE sends (
    id              uuid PRIMARY KEY,                     -- UUIDv7: sorts by time
    user_id         uuid NOT NULL REFERENCES users (id),
    connection_id   uuid NOT NULL REFERENCES connections (id),
    connector       text NOT NULL,
    object          text NOT NULL,
    record_id       text NOT NULL,
    status          text NOT NULL CHECK (status IN ('queued', 'sending', 'succeeded', 'failed', 'unknown', 'needs_review', 'canceled')),
    operation       text NOT NULL CHECK (operation IN ('create', 'update', 'unchanged')),
    action          text NOT NULL DEFAULT '',
    request         bytea,                                -- sealed: what is transmitted
    digest          text NOT NULL,
    crm_record_id   text NOT NULL DEFAULT '',
    crm_url         text NOT NULL DEFAULT '',
    execution_id    text NOT NULL DEFAULT '',
    attempts        integer NOT NULL DEFAULT 0,
    failure         bytea,                                -- sealed: the CRM's words may quote the record
    mapping_version integer NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL DEFAULT now(),
    completed_at    timestamptz
) WITH (fillfactor = 80);
CREATE INDEX sends_by_user ON sends (user_id, id DESC);
CREATE INDEX sends_by_record ON sends (user_id, object, record_id, id DESC);
CREATE INDEX sends_open ON sends (user_id, status, id DESC) WHERE status NOT IN ('succeeded', 'failed');
