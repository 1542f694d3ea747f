-- Users of the host platform, their connections to CRMs, and the consent flows that lead to them.
-- New tables only: no lock is taken on anything in use. Undo with the down file; it forgets every connection, while the
-- credentials stay at Alloy and are adopted again at the next connect.

CREATE TABLE users (
    id            uuid PRIMARY KEY,
    external_id   text NOT NULL UNIQUE CHECK (octet_length(external_id) BETWEEN 1 AND 255), -- the host's id, opaque
    alloy_user_id text UNIQUE,                            -- unset until the first connect; never shared by two users
    created_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE connections (
    id                    uuid PRIMARY KEY,
    user_id               uuid NOT NULL REFERENCES users (id),
    connector             text NOT NULL,                  -- Alloy's id, such as hubspot
    label                 text NOT NULL DEFAULT '',
    status                text NOT NULL CHECK (status IN ('pending', 'needs_input', 'active', 'needs_reconnect', 'disconnected')),
    status_reason         text NOT NULL DEFAULT '',
    authentication_type   text NOT NULL DEFAULT '',
    credential_id         text,                           -- Alloy's; no secret
    retired_credential_id text,                           -- replaced, to be deleted after the new one's first success
    account_name          text NOT NULL DEFAULT '',
    created_at            timestamptz NOT NULL DEFAULT now(),
    updated_at            timestamptz NOT NULL DEFAULT now(),
    CHECK (status <> 'active' OR credential_id IS NOT NULL)
);
CREATE INDEX connections_by_user ON connections (user_id, id DESC);
-- One attempt at a time to connect a user to a CRM, so that a new credential belongs to exactly one of them.
CREATE UNIQUE INDEX connections_waiting ON connections (user_id, connector) WHERE status IN ('pending', 'needs_input');
-- A credential serves one connection.
CREATE UNIQUE INDEX connections_credential ON connections (credential_id);

CREATE TABLE flows (
    id            uuid PRIMARY KEY,
    connection_id uuid NOT NULL REFERENCES connections (id),
    state_hash    bytea NOT NULL UNIQUE,                  -- SHA-256 of the state; the state itself is nowhere
    return_url    text NOT NULL DEFAULT '',
    known         text[] NOT NULL,                        -- the user's credentials when the flow began
    created_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz NOT NULL,
    used_at       timestamptz,                            -- the browser came back
    ended_at      timestamptz,
    outcome       text CHECK (outcome IN ('fulfilled', 'superseded')), -- it led to a credential, or gave way to something newer
    checked_at    timestamptz,                            -- Alloy was last asked for its credential
    CHECK ((ended_at IS NULL) = (outcome IS NULL))
);
CREATE INDEX flows_by_connection ON flows (connection_id);
CREATE INDEX flows_by_expiry ON flows (expires_at);

-- Credentials that have to be deleted at Alloy, tried until it succeeds.
CREATE TABLE credential_deletions (
    id            uuid PRIMARY KEY,
    user_id       uuid NOT NULL REFERENCES users (id),
    credential_id text NOT NULL UNIQUE,
    attempts      integer NOT NULL DEFAULT 0,
    due_at        timestamptz NOT NULL DEFAULT now(),
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX credential_deletions_due ON credential_deletions (due_at);
