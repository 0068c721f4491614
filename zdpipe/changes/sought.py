"""The people of a query as a file, for whoever looks for their users in the account."""

from __future__ import annotations

from pathlib import Path

from zdpipe.changes.session import Session, failures
from zdpipe.model.known import known_column, literal, quoted, value_column

# A row without external_id may have joined a known person who has one.
_PEOPLE = """
COPY (
  SELECT leads.person AS key, coalesce(leads.external_id, users.external_id) AS external_id,
    NULL::BIGINT AS zendesk_id, leads.email AS email, coalesce(addresses.emails, []) AS emails{values}
  FROM leads
  LEFT JOIN known_users AS users ON users.key = leads.person
  LEFT JOIN (
    SELECT person, list(DISTINCT email ORDER BY email) AS emails
    FROM mapped WHERE email IS NOT NULL GROUP BY person
  ) AS addresses ON addresses.person = leads.person
) TO {path} (FORMAT parquet, COMPRESSION zstd)
"""


def write_people(session: Session, path: Path) -> None:
    """Write everybody whose rows are valid: key, external_id, zendesk_id (null), email and emails.

    `email` is the lead row's, `emails` are those of all rows. For each field `value:<field>` has the JSON
    text of the lead row and `known:<field>` the known one.
    """
    values = "".join(
        f", leads.{slot} AS {quoted(value_column(name))}, users.{slot} AS {quoted(known_column(name))}"
        for name, slot in session.columns
    )
    with failures(path):
        session.run(_PEOPLE.format(values=values, path=literal(str(path))))
        path.chmod(0o600)
