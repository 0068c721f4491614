"""Prints of a workspace: what the query gave, and what would be sent, whatever the order of the rows.

Each is a sum of MD5 numbers, which DuckDB computes where the rows lie. They tell two plans apart; they are no
protection against somebody who makes up rows to fit a print.
"""

from __future__ import annotations

from zdpipe.changes.outgoing import outgoing_sql, wire_sql
from zdpipe.changes.session import Session

_ROWS = """
SELECT
  (SELECT count(*) || ':' || coalesce(sum(md5_number_lower(concat_ws(chr(31){columns}))), 0) FROM records),
  (SELECT count(*) || ':' || coalesce(sum(md5_number_lower(key)), 0) FROM rejected)
"""
_COLUMN = ", coalesce({name}, chr(30))"
_OUTGOING = """
SELECT count(*) || ':' || coalesce(sum(md5_number_lower(
  sending || CASE WHEN makes_primary THEN chr(30) ELSE '' END || chr(31) || {wire}
)), 0) FROM ({outgoing})
"""


def print_rows(session: Session) -> str:
    """Return the print of all rows that were staged: identities and normalized values."""
    names = ["key", "external_id", "email", "unread", *(slot for _, slot in session.columns)]
    columns = "".join(_COLUMN.format(name=name) for name in names)
    return " ".join(session.one(_ROWS.format(columns=columns)))


def print_outgoing(session: Session) -> str:
    """Return the print of everything that would be sent, byte for byte."""
    outgoing = outgoing_sql(session, "items", "")
    (found,) = session.one(_OUTGOING.format(wire=wire_sql(session), outgoing=outgoing))
    return str(found)
