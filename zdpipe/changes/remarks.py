"""Warnings about rows whose email, values or nulls are not the ones that are sent."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from zdpipe.changes.session import Session
from zdpipe.model.answer import Said
from zdpipe.model.known import literal
from zdpipe.model.policy import CLEARED, SendOn
from zdpipe.model.reasons import Reason

_SHARED = """
SELECT row, person AS key, '{reason}' AS reason, 'email' AS "column", lost AS value
FROM moved WHERE lost IS NOT NULL
"""

_CONFLICTING = """
SELECT row, key, '{reason}' AS reason, difference[1] AS "column", difference[2] AS value
FROM (
  SELECT own.row, own.person AS key, CASE {cases} END AS difference
  FROM (FROM standing WHERE role <> 'lead') AS standing
  JOIN members AS own ON own.row = standing.row
  JOIN members AS lead ON lead.row = standing.lead_row
)
WHERE difference IS NOT NULL
"""


_SAID = """
SELECT row, key, '{reason}' AS reason, "column", value FROM answers WHERE said = '{said}'
"""
_REASONS = {
    Said.CHANGED: Reason.CLEAR_SKIPPED,
    Said.FILLED: Reason.NOT_EMPTY,
    Said.LATER: Reason.NOT_ASKED,
}

# What zdpipe filled itself needs no asking: the query has another value by now.
_OUTGROWN = """
SELECT leads.row, leads.person AS key, '{reason}' AS reason, {name} AS "column", leads.{slot} AS value
FROM leads JOIN known_users AS users ON users.key = leads.person
WHERE leads.{slot} <> users.{slot} AND users.{slot} <> {cleared}
"""


def list_warnings(session: Session) -> Iterator[pl.DataFrame]:
    """Yield row, key of the person, reason, column and value, sorted by row and reason.

    For `email_shared` the value is the address; for `conflicting_rows` column and value are those of the
    first differing field in alphabetical order, the value as JSON text, null where the row has none; for
    `clear_skipped` the field, and what the account holds there; for `not_empty` and `not_asked` the field,
    and the value that was left out.
    """
    queries = [
        _SHARED.format(reason=Reason.EMAIL_SHARED),
        *(_SAID.format(said=said, reason=reason) for said, reason in _REASONS.items()),
        *_outgrown(session),
    ]
    cases = [
        f"WHEN own.{slot} IS DISTINCT FROM lead.{slot} THEN [{literal(name)}, own.{slot}]"
        for name, slot in sorted(session.columns)
    ]
    if cases:
        queries.append(_CONFLICTING.format(reason=Reason.CONFLICTING_ROWS, cases=" ".join(cases)))
    return session.frames(" UNION ALL ".join(queries) + " ORDER BY row, reason")


def _outgrown(session: Session) -> list[str]:
    """With `full` everybody was asked."""
    return [
        _OUTGROWN.format(reason=Reason.NOT_EMPTY, name=literal(name), slot=slot, cleared=literal(CLEARED))
        for name, slot in session.columns.filling
        if not session.full and session.columns.policy(name).send_on is not SendOn.CREATE
    ]
