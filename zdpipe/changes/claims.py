"""Whose is an email address? Decided for all rows before anything is compared."""

from __future__ import annotations

from zdpipe.changes.session import Session

# Most addresses are in one row. Those in several are first told by their hashes, which takes a sixth of the
# time; a few that only share a hash do no harm.
_REPEATED = """
CREATE TABLE repeated AS
SELECT hash(email) AS print FROM records WHERE email IS NOT NULL GROUP BY print HAVING count(*) > 1
"""
_REPEATING = """
CREATE TABLE repeating AS
SELECT row, key, external_id, email FROM records SEMI JOIN repeated ON repeated.print = hash(records.email)
WHERE email IS NOT NULL
"""
# Addresses on which the rows and the known users disagree. All others are where they belong: a row that is
# just as known claims what is its person's already, but for one without external_id, which claims nothing.
_DISPUTED = """
CREATE TABLE disputed AS
SELECT email FROM repeating WHERE external_id IS NOT NULL
GROUP BY email HAVING min(key) <> max(key)
UNION
SELECT records.email FROM open_records AS records JOIN known.emails AS owned ON owned.email = records.email
WHERE records.key <> owned.key
UNION
SELECT bare.email FROM (FROM records WHERE external_id IS NULL) AS bare
JOIN (FROM known.emails WHERE key <> email) AS owned ON owned.email = bare.email
UNION
SELECT bare.email FROM (FROM repeating WHERE external_id IS NULL) AS bare
SEMI JOIN (SELECT email FROM repeating WHERE external_id IS NOT NULL) AS claim ON claim.email = bare.email
"""
_CLAIMS = """
CREATE TABLE claims AS
SELECT DISTINCT email, key FROM records SEMI JOIN disputed USING (email) WHERE external_id IS NOT NULL
"""

# In this order: who is known to own it and claims it; a known customer with an external_id, who keeps it even
# unmentioned, because Zendesk refuses an address that is somebody else's; the smallest claimant; a known
# person of that address alone.
_DECIDED = """
CREATE TABLE decided AS
WITH owner AS (
  SELECT owned.email, owned.key, users.external_id IS NOT NULL AS has_external_id
  FROM (SELECT email, key FROM known.emails SEMI JOIN disputed USING (email)) AS owned
  JOIN known.users AS users ON users.key = owned.key
), candidate AS (
  SELECT coalesce(claim.email, owner.email) AS email, coalesce(claim.key, owner.key) AS key,
    CASE
      WHEN claim.key IS NOT NULL AND owner.key IS NOT NULL THEN '1'
      WHEN owner.has_external_id THEN '2'
      WHEN claim.key IS NOT NULL THEN '3'
      ELSE '4'
    END AS rank
  FROM claims AS claim FULL JOIN owner ON owner.email = claim.email AND owner.key = claim.key
)
SELECT email, arg_min(key, rank || key) AS key FROM candidate GROUP BY email
"""

# Rows with an external_id go without an address that is somebody else's; rows without one join its owner.
_MOVED = """
CREATE TABLE moved AS
SELECT records.row,
  CASE WHEN records.external_id IS NULL THEN decided.key ELSE records.key END AS person,
  CASE WHEN records.external_id IS NULL THEN records.email END AS email,
  CASE WHEN records.external_id IS NOT NULL THEN records.email END AS lost
FROM records JOIN decided ON decided.email = records.email
WHERE decided.key <> records.key
"""


def settle_claims(session: Session) -> None:
    """Create the view `mapped`: the staged rows with their person's key and the email left to them.

    `staged_email` is the one they came with.

    `claims` (email, key) has who claims a disputed address, `decided` who gets it, `moved` the rows that
    change.
    """
    for statement in (_REPEATED, _REPEATING, _DISPUTED, _CLAIMS, _DECIDED, _MOVED):
        session.run(statement)
    session.run(
        "CREATE VIEW mapped AS SELECT records.row, coalesce(moved.person, records.key) AS person,"
        " records.external_id, CASE WHEN moved.row IS NULL THEN records.email ELSE moved.email END AS email"
        f", records.email AS staged_email, records.unread{session.columns.listed('records.{slot}')}"
        " FROM records LEFT JOIN moved ON moved.row = records.row"
    )
