"""Only some people of a query: every row decides whose an address is, then the rows of others leave."""

from __future__ import annotations

from dataclasses import dataclass

from zdpipe.changes.session import Session

_STAGED = (
    "CREATE TABLE wanted (key VARCHAR, by_address BOOLEAN)",
    """
    CREATE TABLE warned
    (row BIGINT, key VARCHAR, reason VARCHAR, "column" VARCHAR, value VARCHAR, fits VARCHAR)
    """,
)
# Whoever had an address alone may have got an external_id since, and is then known by that and no more by the
# address. A row without external_id may have been sent for a known person who has one, even one that reads
# like an address.
_CHOSEN = """
CREATE TABLE chosen AS
SELECT wanted.key AS wanted, wanted.key AS person
FROM wanted SEMI JOIN mapped ON mapped.person = wanted.key
UNION
SELECT wanted.key, mapped.person
FROM (
  FROM wanted ANTI JOIN (FROM known.users WHERE external_id IS NOT NULL) AS named ON named.key = wanted.key
  ANTI JOIN mapped ON mapped.person = wanted.key
  WHERE wanted.by_address
) AS wanted JOIN mapped ON mapped.email = wanted.key
"""
_KEPT = """
CREATE TABLE kept AS
SELECT mapped.row FROM mapped SEMI JOIN chosen ON chosen.person = mapped.person
"""
# The few that stay are copied; deleting the many others would take longer.
_LESS = (
    "CREATE TABLE less AS FROM {name} SEMI JOIN kept USING (row)",
    "DROP {kind} {name}",
    "ALTER TABLE less RENAME TO {name}",
)
_FOUND = """
SELECT
  (SELECT count(*) FROM wanted),
  (SELECT count(*) FROM wanted
   ANTI JOIN chosen ON chosen.wanted = wanted.key
   ANTI JOIN rejected ON rejected.key = wanted.key),
  (SELECT count(*) FROM kept)
"""


@dataclass(frozen=True, slots=True)
class Chosen:
    """How many people were asked for, how many of them are in no row, and how many valid rows they have."""

    people: int
    missing: int
    rows: int


def begin_choice(session: Session) -> None:
    """Create the empty tables `wanted`, for the people chosen, and `warned`, for remarks on valid rows."""
    for statement in _STAGED:
        session.run(statement)


def keep_chosen(session: Session) -> Chosen:
    """Leave only the rows of the people in `wanted` (key, by_address) in `records` and `moved`."""
    session.run(_CHOSEN)
    session.run(_KEPT)
    for kind, name in (("VIEW", "records"), ("TABLE", "moved")):
        for statement in _LESS:
            session.run(statement.format(kind=kind, name=name))
    return Chosen(*session.one(_FOUND))
