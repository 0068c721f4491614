"""Warnings about rows whose email, values or nulls are not the ones that are sent."""

from __future__ import annotations

import polars as pl

from zdpipe.changes.session import Session, text
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
  JOIN mapped AS own ON own.row = standing.row
  JOIN mapped AS lead ON lead.row = standing.lead_row
)
WHERE difference IS NOT NULL
"""


_SKIPPED = """
SELECT row, key, '{reason}' AS reason, "column", value FROM clear_skipped
"""


def list_warnings(session: Session) -> pl.DataFrame:
    """Return row, key of the person, reason, column and value, sorted by row and reason.

    For `email_shared` the value is the address; for `conflicting_rows` column and value are those of the
    first differing field in alphabetical order, the value as JSON text, null where the row has none; for
    `clear_skipped` the field, and what the account holds there.
    """
    queries = [_SHARED.format(reason=Reason.EMAIL_SHARED), _SKIPPED.format(reason=Reason.CLEAR_SKIPPED)]
    cases = [
        f"WHEN own.{slot} IS DISTINCT FROM lead.{slot} THEN [{text(name)}, own.{slot}]"
        for name, slot in sorted(session.columns)
    ]
    if cases:
        queries.append(_CONFLICTING.format(reason=Reason.CONFLICTING_ROWS, cases=" ".join(cases)))
    return session.frame(" UNION ALL ".join(queries) + " ORDER BY row, reason")
