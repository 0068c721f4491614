"""The people of a query as files, for whoever looks for their users in the account."""

from __future__ import annotations

from zdpipe.changes.session import Session, failures
from zdpipe.model.known import known_column, literal, quoted, value_column
from zdpipe.model.match import PeopleFiles
from zdpipe.parted import Parted, parts_of

_LEADS = "SELECT person AS key, external_id, email{slots} FROM leads"
_KNOWN = "SELECT key, external_id{slots} FROM known_users SEMI JOIN leads ON leads.person = known_users.key"
# A row without external_id may have joined a known person who has one.
_PEOPLE = """
SELECT leads.key, coalesce(leads.external_id, users.external_id) AS external_id, NULL::BIGINT AS zendesk_id,
  leads.email{values}
FROM {leads} AS leads LEFT JOIN {known} AS users USING (key)
"""
_ADDRESSES = """
COPY (SELECT DISTINCT person AS key, email FROM mapped WHERE email IS NOT NULL) TO {path} (FORMAT parquet)
"""


def write_people(session: Session, files: PeopleFiles) -> None:
    """Write everybody whose rows are valid, and the addresses of all these rows.

    `zendesk_id` is null, `email` the lead row's. For each field `value:<field>` has the JSON text of the lead
    row and `known:<field>` the known one.
    """
    slots = session.columns.listed()
    values = "".join(
        f", leads.{slot} AS {quoted(value_column(name))}, users.{slot} AS {quoted(known_column(name))}"
        for name, slot in session.columns
    )
    (people,) = session.one("SELECT count(*) FROM leads")
    folder, parts = files.people.parent, parts_of(people, 2 * len(session.columns.names))
    with failures(folder):
        leads = Parted(folder / "leads", parts).write_joined(session.connection, _LEADS.format(slots=slots))
        known = Parted(folder / "known", parts).write_joined(session.connection, _KNOWN.format(slots=slots))
        Parted(files.people, parts).write_each(
            session.connection,
            lambda part: _PEOPLE.format(leads=leads.read(part), known=known.read(part), values=values),
        )
        for rows in (leads, known):
            rows.remove()
        session.run(_ADDRESSES.format(path=literal(str(files.addresses))))
