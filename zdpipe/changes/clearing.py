"""Values that a null would clear: the one place that says which they are."""

from __future__ import annotations

from zdpipe.changes.session import Session, text

# Zendesk needs them, or they are no attribute of the user at all.
NEVER_CLEARED = frozenset({"name", "role", "verified", "skip_verify_email"})

_LACKS = "(leads.{slot} IS NULL AND users.{slot} IS NOT NULL)"
# A value that nobody can read is no null, and clears nothing.
_CLEARED = """
SELECT count(DISTINCT row)
FROM (
  SELECT leads.row, unnest([{lacking}]) AS "column"
  FROM leads JOIN known_users AS users ON users.key = leads.person
  WHERE {any}
) AS lacking ANTI JOIN unreadable USING (row, "column")
WHERE "column" IS NOT NULL
"""


def count_cleared(session: Session) -> int:
    """Return how many known people have a null where the account got a value from us.

    Invalid values do not count.
    """
    fields = [(name, slot) for name, slot in session.columns if name not in NEVER_CLEARED]
    if not fields:
        return 0
    lacks = [(name, _LACKS.format(slot=slot)) for name, slot in fields]
    lacking = ", ".join(f"CASE WHEN {condition} THEN {text(name)} END" for name, condition in lacks)
    (cleared,) = session.one(
        _CLEARED.format(lacking=lacking, any=" OR ".join(condition for _, condition in lacks))
    )
    return int(cleared)
