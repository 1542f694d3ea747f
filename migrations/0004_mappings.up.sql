-- What each customer changes about the mapping of a connection, with its history; sync settings; schema drift; and what
-- happened that the host wants to hear of.
-- Locks: a short ACCESS EXCLUSIVE on connections for a column that is added without a rewrite; the rest is new tables.
-- Undo with the down file; it forgets every override and filter, so that the shipped definitions count again.

ALTER TABLE connections
    ADD COLUMN tailored bigint NOT NULL DEFAULT 0;        -- counts the changes to its mappings and settings; 0: all as shipped

-- Every version that ever was; the highest counts. One without overrides is a return to the definition.
CREATE TABLE mappings (
    connection_id uuid NOT NULL REFERENCES connections (id),
    object        text NOT NULL,
    version       integer NOT NULL CHECK (version > 0),
    overrides     json NOT NULL,                          -- mapping.Override, in order
    actions       json NOT NULL DEFAULT '{}',             -- logical operation to action id, where a person chose
    restored_from integer,                                -- the version whose overrides these are
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (connection_id, object, version)
);

CREATE TABLE sync_settings (
    connection_id uuid NOT NULL REFERENCES connections (id),
    object        text NOT NULL,
    settings      json NOT NULL,
    updated_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (connection_id, object)
);

-- What the live schema said about the mapped fields when the mapping was first used, and what has changed since.
CREATE TABLE schema_watches (
    connection_id uuid NOT NULL REFERENCES connections (id),
    object        text NOT NULL,
    operation     text NOT NULL,
    version       integer NOT NULL,                       -- of the mapping
    shape         json NOT NULL,
    drifts        json NOT NULL DEFAULT '[]',
    since         timestamptz,                            -- of the drifts; unset without any
    checked_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (connection_id, object, operation)
);
CREATE INDEX schema_watches_due ON schema_watches (checked_at);

-- Written with what they tell of, delivered later.
CREATE TABLE events (
    id         uuid PRIMARY KEY,                          -- UUIDv7: sorts by time
    user_id    uuid NOT NULL REFERENCES users (id),
    type       text NOT NULL,
    payload    json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX events_by_age ON events (created_at);
