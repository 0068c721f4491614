"""The tables of an account, and how files of older formats become like new ones."""

from __future__ import annotations

FIRST = """
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    external_key TEXT UNIQUE,      -- the external_id in lower case: Zendesk compares it case-blind
    role TEXT NOT NULL,
    phone TEXT,
    haystack TEXT NOT NULL,        -- what a text search looks into, in lower case
    body TEXT NOT NULL             -- the stored properties as JSON
);
CREATE INDEX users_by_role ON users (role);
CREATE INDEX users_by_phone ON users (phone) WHERE phone IS NOT NULL;
CREATE TABLE identities (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id),
    type TEXT NOT NULL,            -- email, phone_number
    value TEXT NOT NULL,
    is_primary INTEGER NOT NULL,
    verified INTEGER NOT NULL,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    UNIQUE (type, value)
);
CREATE INDEX identities_by_user ON identities (user_id);
CREATE TABLE user_fields (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL
);
CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    accepted REAL NOT NULL,        -- seconds since 1970, as every time in this file
    due REAL NOT NULL,
    total INTEGER NOT NULL,
    payload TEXT,                  -- the users as sent, until the job has run
    results TEXT                   -- null until the job has run
);
CREATE INDEX jobs_to_run ON jobs (due) WHERE results IS NULL;
CREATE TABLE arrivals (            -- users received by writes, kept for the last minutes
    at REAL NOT NULL,
    users INTEGER NOT NULL,
    accepted INTEGER NOT NULL
);
CREATE INDEX arrivals_by_time ON arrivals (at);
CREATE TABLE single_writes (at REAL NOT NULL, user_id INTEGER);
CREATE TABLE tally (
    requests INTEGER NOT NULL DEFAULT 0,
    refused INTEGER NOT NULL DEFAULT 0,
    writes INTEGER NOT NULL DEFAULT 0,
    jobs INTEGER NOT NULL DEFAULT 0,
    users_received INTEGER NOT NULL DEFAULT 0,
    users_refused INTEGER NOT NULL DEFAULT 0,
    max_users_in_one_second INTEGER NOT NULL DEFAULT 0,
    users_created INTEGER NOT NULL DEFAULT 0,
    users_updated INTEGER NOT NULL DEFAULT 0,
    users_failed INTEGER NOT NULL DEFAULT 0,
    verification_mails INTEGER NOT NULL DEFAULT 0,
    first_write_at REAL,
    last_write_at REAL,
    first_users_at REAL,
    last_users_at REAL,
    last_users INTEGER NOT NULL DEFAULT 0,
    minute INTEGER NOT NULL DEFAULT 0,          -- the minute that requests_in_minute counts
    requests_in_minute INTEGER NOT NULL DEFAULT 0
);
INSERT INTO tally DEFAULT VALUES;
"""

# Zendesk keeps what it deletes for a while; faults, credentials and how jobs end came with this format.
SECOND = """
ALTER TABLE users ADD COLUMN active INTEGER NOT NULL DEFAULT 1;
ALTER TABLE jobs ADD COLUMN action TEXT NOT NULL DEFAULT 'create_or_update_many';
ALTER TABLE jobs ADD COLUMN fate TEXT;         -- what a fault has in store for the job
ALTER TABLE jobs ADD COLUMN failing TEXT;      -- JSON of the fault that fails some of its users
ALTER TABLE jobs ADD COLUMN status TEXT;       -- null until the job has ended
ALTER TABLE jobs ADD COLUMN message TEXT;
UPDATE jobs SET status = 'completed' WHERE results IS NOT NULL;
DROP INDEX jobs_to_run;
CREATE INDEX jobs_to_run ON jobs (due) WHERE status IS NULL;
CREATE TABLE gone_identities (id INTEGER PRIMARY KEY);  -- an id is never given twice
CREATE TABLE script (document TEXT NOT NULL);  -- at most one row
CREATE TABLE fault_counts (
    position INTEGER PRIMARY KEY,
    seen INTEGER NOT NULL DEFAULT 0,           -- calls the fault was meant for
    hits INTEGER NOT NULL DEFAULT 0            -- those it acted on
);
CREATE TABLE tenants (until REAL NOT NULL, jobs INTEGER NOT NULL);
CREATE TABLE standing (name TEXT PRIMARY KEY, value TEXT NOT NULL);  -- what faults changed, as JSON
CREATE TABLE tokens (
    digest TEXT PRIMARY KEY,                   -- SHA-256 of the token
    scope TEXT NOT NULL,
    expires REAL                               -- null: never
);
"""

STEPS = (FIRST, SECOND)
FORMAT = len(STEPS)


def script_from(found: int) -> str:
    """Return the statements that bring a file of a format, 0 for an empty one, to the newest."""
    return "".join(STEPS[found:]) + f"PRAGMA user_version={FORMAT};"
