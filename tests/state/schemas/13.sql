-- One row a run. Rows that never reach the outbox are counted here, the others by their batches.
CREATE TABLE runs (
  run_id TEXT PRIMARY KEY,
  query TEXT NOT NULL,              -- the file's path, relative to the project
  destination TEXT NOT NULL,        -- its name in zdpipe.toml
  account TEXT NOT NULL,            -- its host
  sql TEXT NOT NULL,                -- the text that ran
  attribute_tables TEXT NOT NULL DEFAULT '{}', -- the texts of those it stood on, by path, as JSON
  outcome TEXT NOT NULL,
  planned INTEGER NOT NULL DEFAULT 0,  -- 1 once the outbox and its batches are durable
  started_at TEXT NOT NULL,
  finished_at TEXT,
  read INTEGER NOT NULL DEFAULT 0,
  rejected INTEGER NOT NULL DEFAULT 0,
  duplicate INTEGER NOT NULL DEFAULT 0,
  unchanged INTEGER NOT NULL DEFAULT 0,
  gone INTEGER NOT NULL DEFAULT 0,
  rejections TEXT NOT NULL DEFAULT '{}',
  warnings TEXT NOT NULL DEFAULT '{}',
  requests INTEGER NOT NULL DEFAULT 0,
  sending_seconds REAL NOT NULL DEFAULT 0,
  seconds REAL NOT NULL DEFAULT 0,  -- the time spent in it, resumes included
  wants_full INTEGER NOT NULL DEFAULT 0,  -- 1 to send every valid row, changed or not
  times_resumed INTEGER NOT NULL DEFAULT 0,
  retries TEXT,                     -- the run whose failed people it sends again
  retried_people INTEGER NOT NULL DEFAULT 0, -- who failed in that run
  missing_people INTEGER NOT NULL DEFAULT 0, -- who of them is in no row of the query any more
  allowed TEXT NOT NULL DEFAULT '[]', -- the guards that were told to let it pass, as JSON
  guards TEXT NOT NULL DEFAULT '[]', -- how each guard ruled, as JSON
  held_back INTEGER NOT NULL DEFAULT 0, -- rows that a guard kept out of the outbox
  seal TEXT,                        -- the sealed plan that it must be like, as JSON
  sample INTEGER,                   -- how many people it sends, null for everybody
  canary INTEGER,                   -- how many people were to go first, null without a canary
  canary_people INTEGER NOT NULL DEFAULT 0, -- how many there are
  canary_batches INTEGER NOT NULL DEFAULT 0, -- the first batches, which hold nobody else
  canary_verdict TEXT,              -- null until what became of them was looked at
  remembers INTEGER NOT NULL DEFAULT 0, -- 1 to read and keep what users hold before they are written
  rolls_back TEXT,                  -- the run that it takes back
  suspends INTEGER NOT NULL DEFAULT 0, -- 1 to suspend whom that run created
  identity TEXT,                    -- digests of what external_id and email are made of
  gone_action TEXT NOT NULL DEFAULT 'report', -- what was wanted for people who are gone
  closed INTEGER NOT NULL DEFAULT 0, -- 1 where somebody closed it before it was through
  paces TEXT NOT NULL DEFAULT '[]', -- since when it might send how many users a second, as JSON
  occasion INTEGER,                 -- the occasion of an orchestration that began it
  stop TEXT                         -- why it ended before it was through, as JSON
) STRICT;

-- A row each time that an orchestration was run, or was due while it was still going.
CREATE TABLE occasions (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,               -- the orchestration's in zdpipe.toml
  ending TEXT NOT NULL,
  due_at TEXT,                      -- the time of the schedule that it was for
  started_at TEXT NOT NULL,
  finished_at TEXT,
  times_resumed INTEGER NOT NULL DEFAULT 0,
  overlapped INTEGER NOT NULL DEFAULT 0, -- times that came while it was going
  errors TEXT NOT NULL DEFAULT '{}' -- why queries began no run, by query, as JSON
) STRICT;

CREATE INDEX occasions_by_name ON occasions (name, number);
CREATE INDEX occasions_by_ending ON occasions (name, ending, number);

-- A row a batch of the outbox; one that was split has a row a part, of the positions from `first` on.
CREATE TABLE batches (
  run_id TEXT NOT NULL REFERENCES runs,
  number INTEGER NOT NULL,
  first INTEGER NOT NULL DEFAULT 0,
  users INTEGER NOT NULL,
  after INTEGER NOT NULL,           -- the batch that must be settled first, 0 for none
  state TEXT NOT NULL,
  job_id TEXT,
  attempts INTEGER NOT NULL DEFAULT 0, -- sendings that were taken or may have been
  times_accepted INTEGER NOT NULL DEFAULT 0, -- jobs that were made of it
  was_unsure INTEGER NOT NULL DEFAULT 0,
  first_sent_at TEXT,               -- in Zendesk's time
  sent_at TEXT,                     -- in ours
  settled_at TEXT,                  -- in ours
  settled_zendesk TEXT,             -- in Zendesk's time, at the latest
  created INTEGER NOT NULL DEFAULT 0,
  updated INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  merged INTEGER NOT NULL DEFAULT 0, -- 1 once the known users hold it
  PRIMARY KEY (run_id, number, first)
) STRICT, WITHOUT ROWID;

CREATE INDEX batches_by_state ON batches (run_id, state, number);

-- One row a user sent, written with its batch's move to settled.
CREATE TABLE results (
  run_id TEXT NOT NULL REFERENCES runs,
  batch INTEGER NOT NULL,
  position INTEGER NOT NULL,
  status TEXT NOT NULL,
  zendesk_id INTEGER,
  reason TEXT,
  details TEXT,
  PRIMARY KEY (run_id, batch, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX failed_results ON results (run_id, batch, position, reason) WHERE status = 'failed';

-- Every job an account was given, with how long it took: what a lost job would take is learned from it.
CREATE TABLE jobs (
  account TEXT NOT NULL,
  job_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  batch INTEGER NOT NULL,
  seconds REAL,                     -- null unless one process saw it begin and end
  PRIMARY KEY (account, job_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX jobs_by_run ON jobs (run_id);
CREATE INDEX jobs_by_seconds ON jobs (account, seconds);

-- A row a hundred people who are gone, or back, and what is done to them; who they are lies in errands.parquet.
CREATE TABLE errands (
  run_id TEXT NOT NULL REFERENCES runs,
  number INTEGER NOT NULL,
  deed TEXT NOT NULL,
  users INTEGER NOT NULL,
  state TEXT NOT NULL,
  job_id TEXT,
  attempts INTEGER NOT NULL DEFAULT 0, -- sendings that were taken or may have been
  lost INTEGER NOT NULL DEFAULT 0,  -- of them those without results
  sent INTEGER NOT NULL DEFAULT 0,  -- people in the last sending
  sent_at TEXT,
  settled_at TEXT,
  merged INTEGER NOT NULL DEFAULT 0, -- 1 once the known users hold it
  PRIMARY KEY (run_id, number)
) STRICT, WITHOUT ROWID;

-- One row a person of an errand whose fate is known.
CREATE TABLE fates (
  run_id TEXT NOT NULL REFERENCES runs,
  errand INTEGER NOT NULL,
  position INTEGER NOT NULL,
  fate TEXT NOT NULL,
  details TEXT,                     -- Zendesk's words
  PRIMARY KEY (run_id, errand, position)
) STRICT, WITHOUT ROWID;

-- What each channel of [alerts] was told of a query, or is to be told; nothing here is about a customer.
CREATE TABLE alerts (
  channel TEXT NOT NULL,
  query TEXT NOT NULL,
  destination TEXT NOT NULL,
  kind TEXT NOT NULL,
  cause TEXT NOT NULL,              -- the code of a failure; the kind itself for all others
  since TEXT NOT NULL,
  run_id TEXT,                      -- the newest run in that state, null where none was recorded
  is_over INTEGER NOT NULL DEFAULT 0, -- 1 where the end of the state is to be told
  is_told INTEGER NOT NULL DEFAULT 0,
  tries INTEGER NOT NULL DEFAULT 0, -- attempts of which nobody knows whether they arrived
  tried_at TEXT,
  PRIMARY KEY (channel, query, destination, kind)
) STRICT, WITHOUT ROWID;

-- The newest messages and what became of them.
CREATE TABLE alerts_sent (
  sent_at TEXT NOT NULL,
  channel TEXT NOT NULL,
  query TEXT NOT NULL,
  destination TEXT NOT NULL,
  run_id TEXT,
  kinds TEXT NOT NULL,              -- as JSON
  delivery TEXT NOT NULL,
  words TEXT NOT NULL
) STRICT;
