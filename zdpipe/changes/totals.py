"""How many rows have which outcome, as far as comparing can tell."""

from __future__ import annotations

from dataclasses import dataclass

from zdpipe.changes.session import Session

_TOTALS = """
SELECT
  (SELECT count(*) FROM records),
  (SELECT count(*) FROM standing),
  (SELECT count(*) FROM standing WHERE role = 'lead'),
  (SELECT count(*) FROM standing WHERE role = 'further'),
  (SELECT count(*) FROM standing WHERE role = 'duplicate'),
  (SELECT count(*) FROM items WHERE sending = 'create'),
  (SELECT count(*) FROM items WHERE sending = 'update'),
  (SELECT count(*) FROM items WHERE sending = 'email')
"""


@dataclass(frozen=True, slots=True)
class Totals:
    """Staged rows by outcome.

    `created` are people not among the known users; `updated` counts the changed lead rows of known people
    and every further address to send.
    """

    duplicate: int
    unchanged: int
    created: int
    updated: int


def count_totals(session: Session) -> Totals:
    """Count the rows of a resolved workspace."""
    rows, crowd, leads, further, duplicate, created, updated, addresses = session.one(_TOTALS)
    people = rows - crowd + leads
    unchanged = people - created - updated + further - addresses
    return Totals(duplicate, unchanged, created, updated + addresses)
