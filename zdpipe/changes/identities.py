"""Where ids and addresses of a plan collide, as far as rows and known users tell."""

from __future__ import annotations

from zdpipe.changes.session import Session
from zdpipe.model.identities import MANY_ADDRESSES, Claim, Claims, Identities, NewAddress

_FOUND = (
    # Who goes without an address, and whose it is.
    """
    CREATE TABLE losing AS
    SELECT moved.lost AS email, moved.person AS key, decided.key AS owner,
      claim.key IS NULL AS is_elsewhere
    FROM moved JOIN decided ON decided.email = moved.lost
    LEFT JOIN claims AS claim ON claim.key = decided.key AND claim.email = moved.lost
    """,
    # What people get that they have not got from us, but for the first address of somebody new.
    """
    CREATE TABLE added AS
    SELECT going.person AS key, going.email, going.row, going.is_further
    FROM (
      SELECT row, person, email, false AS is_further
      FROM sent_leads WHERE sending <> 'create' AND email IS NOT NULL
      UNION ALL
      SELECT lead_row, person, email, true FROM addresses
    ) AS going
    ANTI JOIN known_emails AS owned ON owned.key = going.person AND owned.email = going.email
    """,
    """
    CREATE VIEW fresh AS
    FROM added
    UNION ALL
    SELECT person, email, row, false FROM sent_leads WHERE sending = 'create' AND email IS NOT NULL
    """,
    """
    CREATE TABLE secondary AS
    SELECT added.email, added.key, NULL AS owner
    FROM added LEFT JOIN known_users AS users ON users.key = added.key
    WHERE added.is_further OR users.primary_email IS NOT NULL
    """,
)
_CLAIMS = "SELECT count(DISTINCT email), count(DISTINCT key) FROM ({claims})"
_SOME_CLAIMS = "SELECT email, key, owner FROM ({claims}) ORDER BY email, key LIMIT {limit}"
# Only people with so many rows can have so many addresses: telling the addresses of ten million apart does
# not fit into memory.
_THEIRS = """
SELECT key, email FROM fresh SEMI JOIN secondary USING (key)
UNION ALL
SELECT key, email FROM known_emails SEMI JOIN secondary USING (key)
"""
_MANY = """
CREATE TABLE many AS SELECT hash(key) AS print FROM ({theirs}) GROUP BY print HAVING count(*) >= {many}
"""
_CROWDED = """
SELECT count(*) FROM (
  SELECT key FROM ({theirs}) AS theirs SEMI JOIN many ON many.print = hash(theirs.key)
  GROUP BY key HAVING count(DISTINCT email) >= {many}
)
"""
# Few ids are written in two ways, so that only those are looked at closely.
_CASES = """
SELECT key FROM records SEMI JOIN crowd ON crowd.print = hash(records.key)
WHERE external_id IS NOT NULL
GROUP BY key HAVING min(external_id) <> max(external_id)
"""
_SPELLINGS = """
SELECT list(DISTINCT external_id ORDER BY external_id)
FROM records SEMI JOIN (SELECT key FROM cases ORDER BY key LIMIT {limit}) AS few USING (key)
WHERE external_id IS NOT NULL GROUP BY key ORDER BY key
"""
_PROMOTED = "SELECT count(*) FROM sent_leads WHERE promotes"
_NEW = """
SELECT fresh.email, fresh.key, mapped.external_id, users.zendesk_id
FROM fresh JOIN mapped ON mapped.row = fresh.row LEFT JOIN known_users AS users ON users.key = fresh.key
WHERE mapped.external_id IS NOT NULL
"""
_COUNTED = """
SELECT
  (SELECT count(*) FROM sent_leads WHERE sending = 'create' AND email IS NOT NULL AND has_external_id)
  + (SELECT count(*) FROM added JOIN mapped ON mapped.row = added.row WHERE mapped.external_id IS NOT NULL)
"""


def foresee_identities(session: Session, limit: int) -> Identities:
    """Return where ids and addresses collide, with at most `limit` examples of each kind."""
    for statement in _FOUND:
        session.run(statement)
    session.run(f"CREATE TABLE cases AS {_CASES}")
    session.run(_MANY.format(theirs=_THEIRS, many=MANY_ADDRESSES))
    (crowded,) = session.one(_CROWDED.format(theirs=_THEIRS, many=MANY_ADDRESSES))
    (cases,) = session.one("SELECT count(*) FROM cases")
    (new,) = session.one(_COUNTED)
    spellings = session.rows(_SPELLINGS.format(limit=limit))
    return Identities(
        shared=_claims(session, "FROM losing WHERE NOT is_elsewhere", limit),
        elsewhere=_claims(session, "FROM losing WHERE is_elsewhere", limit),
        secondary=_claims(session, "FROM secondary", limit),
        crowded=int(crowded),
        promoted=count_promoted(session),
        cases=int(cases),
        spellings=tuple(tuple(spelt) for (spelt,) in spellings),
        new_addresses=int(new),
    )


def count_promoted(session: Session) -> int:
    """Return of how many people the address is to be the primary one."""
    (people,) = session.one(_PROMOTED)
    return int(people)


def list_new_addresses(session: Session, limit: int) -> list[NewAddress]:
    """Return some of the new addresses of people with an external_id, the same ones for the same data.

    They are known once `foresee_identities` has looked.
    """
    return [
        NewAddress(*row) for row in session.rows(f"{_NEW} ORDER BY md5(fresh.email), fresh.key LIMIT {limit}")
    ]


def _claims(session: Session, claims: str, limit: int) -> Claims:
    addresses, customers = session.one(_CLAIMS.format(claims=claims))
    some = session.rows(_SOME_CLAIMS.format(claims=claims, limit=limit))
    return Claims(int(addresses), int(customers), tuple(Claim(*row) for row in some))
