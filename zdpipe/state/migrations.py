"""The statements that bring a state file from each version to the next."""

from __future__ import annotations

MIGRATIONS = {
    1: (
        "ALTER TABLE runs ADD COLUMN wants_full INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE runs ADD COLUMN times_resumed INTEGER NOT NULL DEFAULT 0",
    ),
    # SQLite cannot change a primary key or drop a reference, so both tables are made anew.
    2: (
        """
        CREATE TABLE new_batches (
          run_id TEXT NOT NULL REFERENCES runs,
          number INTEGER NOT NULL,
          first INTEGER NOT NULL DEFAULT 0,
          users INTEGER NOT NULL,
          after INTEGER NOT NULL,
          state TEXT NOT NULL,
          job_id TEXT,
          attempts INTEGER NOT NULL DEFAULT 0,
          was_unsure INTEGER NOT NULL DEFAULT 0,
          first_sent_at TEXT,
          sent_at TEXT,
          settled_at TEXT,
          created INTEGER NOT NULL DEFAULT 0,
          updated INTEGER NOT NULL DEFAULT 0,
          failed INTEGER NOT NULL DEFAULT 0,
          merged INTEGER NOT NULL DEFAULT 0,
          PRIMARY KEY (run_id, number, first)
        ) STRICT, WITHOUT ROWID
        """,
        """
        INSERT INTO new_batches
        SELECT run_id, number, 0, users, after, state, job_id, attempts, was_unsure, first_sent_at, sent_at,
          settled_at, created, updated, failed, merged
        FROM batches
        """,
        """
        CREATE TABLE new_results (
          run_id TEXT NOT NULL REFERENCES runs,
          batch INTEGER NOT NULL,
          position INTEGER NOT NULL,
          status TEXT NOT NULL,
          zendesk_id INTEGER,
          reason TEXT,
          details TEXT,
          PRIMARY KEY (run_id, batch, position)
        ) STRICT, WITHOUT ROWID
        """,
        """
        INSERT INTO new_results
        SELECT run_id, batch, position, status, zendesk_id, reason, details FROM results
        """,
        "DROP TABLE results",
        "DROP TABLE batches",
        "ALTER TABLE new_batches RENAME TO batches",
        "ALTER TABLE new_results RENAME TO results",
        "CREATE INDEX batches_by_state ON batches (run_id, state, number)",
        "CREATE INDEX failed_results ON results (run_id, batch, position, reason) WHERE status = 'failed'",
    ),
    3: (
        "ALTER TABLE runs ADD COLUMN retried_people INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE runs ADD COLUMN missing_people INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE batches ADD COLUMN times_accepted INTEGER NOT NULL DEFAULT 0",
        # So far every sending counted like a job.
        "UPDATE batches SET times_accepted = attempts",
    ),
    4: (
        "ALTER TABLE runs ADD COLUMN allowed TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE runs ADD COLUMN guards TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE runs ADD COLUMN held_back INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE runs ADD COLUMN seal TEXT",
        "ALTER TABLE runs ADD COLUMN sample INTEGER",
    ),
    5: (
        "ALTER TABLE batches ADD COLUMN settled_zendesk TEXT",
        "ALTER TABLE runs ADD COLUMN canary INTEGER",
        "ALTER TABLE runs ADD COLUMN canary_people INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE runs ADD COLUMN canary_batches INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE runs ADD COLUMN canary_verdict TEXT",
    ),
    6: ("ALTER TABLE runs ADD COLUMN attribute_tables TEXT NOT NULL DEFAULT '{}'",),
    7: (
        "ALTER TABLE runs ADD COLUMN remembers INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE runs ADD COLUMN rolls_back TEXT",
        "ALTER TABLE runs ADD COLUMN suspends INTEGER NOT NULL DEFAULT 0",
    ),
    8: (
        "ALTER TABLE runs ADD COLUMN identity TEXT",
        "ALTER TABLE runs ADD COLUMN gone_action TEXT NOT NULL DEFAULT 'report'",
        """
        CREATE TABLE errands (
          run_id TEXT NOT NULL REFERENCES runs,
          number INTEGER NOT NULL,
          deed TEXT NOT NULL,
          users INTEGER NOT NULL,
          state TEXT NOT NULL,
          job_id TEXT,
          attempts INTEGER NOT NULL DEFAULT 0,
          lost INTEGER NOT NULL DEFAULT 0,
          sent INTEGER NOT NULL DEFAULT 0,
          sent_at TEXT,
          settled_at TEXT,
          merged INTEGER NOT NULL DEFAULT 0,
          PRIMARY KEY (run_id, number)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE fates (
          run_id TEXT NOT NULL REFERENCES runs,
          errand INTEGER NOT NULL,
          position INTEGER NOT NULL,
          fate TEXT NOT NULL,
          details TEXT,
          PRIMARY KEY (run_id, errand, position)
        ) STRICT, WITHOUT ROWID
        """,
    ),
    9: ("ALTER TABLE runs ADD COLUMN closed INTEGER NOT NULL DEFAULT 0",),
    10: (
        """
        CREATE TABLE alerts (
          channel TEXT NOT NULL,
          query TEXT NOT NULL,
          destination TEXT NOT NULL,
          kind TEXT NOT NULL,
          cause TEXT NOT NULL,
          since TEXT NOT NULL,
          run_id TEXT,
          is_over INTEGER NOT NULL DEFAULT 0,
          is_told INTEGER NOT NULL DEFAULT 0,
          tries INTEGER NOT NULL DEFAULT 0,
          tried_at TEXT,
          PRIMARY KEY (channel, query, destination, kind)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE alerts_sent (
          sent_at TEXT NOT NULL,
          channel TEXT NOT NULL,
          query TEXT NOT NULL,
          destination TEXT NOT NULL,
          run_id TEXT,
          kinds TEXT NOT NULL,
          delivery TEXT NOT NULL,
          words TEXT NOT NULL
        ) STRICT
        """,
    ),
    11: ("ALTER TABLE runs ADD COLUMN paces TEXT NOT NULL DEFAULT '[]'",),
    12: (
        "ALTER TABLE runs ADD COLUMN occasion INTEGER",
        """
        CREATE TABLE occasions (
          number INTEGER PRIMARY KEY AUTOINCREMENT,
          name TEXT NOT NULL,
          ending TEXT NOT NULL,
          due_at TEXT,
          started_at TEXT NOT NULL,
          finished_at TEXT,
          times_resumed INTEGER NOT NULL DEFAULT 0,
          overlapped INTEGER NOT NULL DEFAULT 0,
          errors TEXT NOT NULL DEFAULT '{}'
        ) STRICT
        """,
        "CREATE INDEX occasions_by_name ON occasions (name, number)",
        "CREATE INDEX occasions_by_ending ON occasions (name, ending, number)",
    ),
    # SQLite cannot change a primary key, so the table is made anew.
    13: (
        """
        CREATE TABLE new_alerts (
          channel TEXT NOT NULL,
          query TEXT NOT NULL,
          destination TEXT NOT NULL,
          orchestration TEXT NOT NULL DEFAULT '',
          kind TEXT NOT NULL,
          cause TEXT NOT NULL,
          since TEXT NOT NULL,
          run_id TEXT,
          is_over INTEGER NOT NULL DEFAULT 0,
          is_told INTEGER NOT NULL DEFAULT 0,
          tries INTEGER NOT NULL DEFAULT 0,
          tried_at TEXT,
          PRIMARY KEY (channel, query, destination, orchestration, kind)
        ) STRICT, WITHOUT ROWID
        """,
        """
        INSERT INTO new_alerts
        SELECT channel, query, destination, '', kind, cause, since, run_id, is_over, is_told, tries, tried_at
        FROM alerts
        """,
        "DROP TABLE alerts",
        "ALTER TABLE new_alerts RENAME TO alerts",
        "ALTER TABLE alerts_sent ADD COLUMN orchestration TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE occasions ADD COLUMN schedule TEXT",
    ),
}
