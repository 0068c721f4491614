"""What is sent, item by item, as SQL over the workspace."""

from __future__ import annotations

from zdpipe.changes.columns import Columns
from zdpipe.changes.payload import payload_sql
from zdpipe.changes.session import Session
from zdpipe.changes.special import special_value
from zdpipe.model.known import kept_column, quoted, value_column
from zdpipe.model.policy import SendOn


def outgoing_sql(session: Session, source: str, places: str, rows: tuple[int, int] | None = None) -> str:
    """Return a query for the items of a table with `row` and `sending`, and the named columns of that table.

    `rows` are the first and the last row of those that are no further addresses, where somebody knows them:
    then only the part of the staged rows is read that has them.
    Its columns are row, sending, key, external_id, email, the values as they are sent (CLEARED for those that
    are to be emptied), `makes_primary`, then those of the table. Of fields of which the account decides what
    is sent, `kept_` and the column say what is others', and of lists that are merged `own_` and the column
    what of them is ours. A further address has the lead row's external_id and name, and no other value.
    """
    names = [("lead." + slot if name == "name" else "NULL") + f" AS {slot}" for name, slot in session.columns]
    only_name = "".join(f", {name}" for name in names)
    asking = [f"kept_{slot}" for _, slot in session.columns.asking]
    others = ", coalesce(special.promotes, false) AS makes_primary"
    others += "".join(f", found.{name}" for name in asking)
    nothing = ", false AS makes_primary" + "".join(f", NULL AS {name}" for name in asking)
    values = "".join(f", {_wire(session, name, slot)} AS {slot}" for name, slot in session.columns)
    others += "".join(
        f", {_value(session, name, slot)} AS own_{slot}" for name, slot in session.columns.merging
    )
    nothing += "".join(f", NULL AS own_{slot}" for _, slot in session.columns.merging)
    kept = "".join(f", item.{place}" for place in places.split())
    among = f" AND mapped.row BETWEEN {rows[0]} AND {rows[1]}" if rows else ""
    return (
        f"SELECT item.row, item.sending, mapped.person AS key, mapped.external_id, mapped.email"
        f"{values}{others}{kept}"
        f" FROM {source} AS item JOIN mapped ON mapped.row = item.row"
        " LEFT JOIN special ON special.row = item.row LEFT JOIN found ON found.row = item.row"
        f" WHERE item.sending <> 'email'{among}"
        " UNION ALL "
        "SELECT item.row, item.sending, addresses.person, lead.external_id, addresses.email"
        f"{only_name}{nothing}{kept}"
        f" FROM {source} AS item JOIN addresses ON addresses.row = item.row"
        " JOIN members AS lead ON lead.row = addresses.lead_row WHERE item.sending = 'email'"
    )


def _value(session: Session, name: str, slot: str) -> str:
    value, sending = special_value(session, name, slot), session.columns.policy(name).send_on
    return value if sending is SendOn.BOTH else f"CASE WHEN item.sending = '{sending}' THEN {value} END"


def _wire(session: Session, name: str, slot: str) -> str:
    value = _value(session, name, slot)
    if not session.columns.policy(name).merges:
        return value
    return f"CASE WHEN {value} IS NOT NULL THEN coalesce(found.merged_{slot}, {value}) END"


def own_value(columns: Columns, name: str, slot: str) -> str:
    """Return the column of `outgoing_sql` with what of a field is ours."""
    return f"own_{slot}" if columns.policy(name).merges else slot


def wire_sql(session: Session) -> str:
    """Return the payload's expression over the columns of `outgoing_sql`."""
    condition = "sending <> 'email'" if session.skip_verify_email else None
    return payload_sql(session.columns, skip_verify_email=condition)


def outbox_sql(session: Session, first: int, last: int) -> str:
    """Return the query for the outbox's rows of a range of batches, sorted by batch and position.

    Asks the workspace which rows these are.
    """
    values = "".join(
        f", CASE WHEN sending <> 'email' THEN {own_value(session.columns, name, slot)} END"
        f" AS {quoted(value_column(name))}"
        for name, slot in session.columns
    )
    values += "".join(
        f", kept_{slot} AS {quoted(kept_column(name))}" for name, slot in session.columns.asking
    )
    places = "batch position previous_batch previous_position"
    placed = f"(FROM placed WHERE batch BETWEEN {first} AND {last})"
    low, high = session.one(f"SELECT min(row), max(row) FROM {placed} WHERE sending <> 'email'")
    rows = None if low is None else (low, high)
    return (
        "SELECT batch, position, row, key, external_id, sending, email,"
        f" {wire_sql(session)} AS payload, previous_batch, previous_position, makes_primary{values}"
        f" FROM ({outgoing_sql(session, placed, places, rows)} ORDER BY batch, position)"
    )


def payloads_sql(session: Session, limit: int | None) -> str:
    """Return the query for the payloads of placed items alone, in sending order."""
    first = f"(FROM numbered ORDER BY batch, position LIMIT {limit})" if limit is not None else "numbered"
    outgoing = outgoing_sql(session, first, "batch position")
    return f"SELECT {wire_sql(session)} FROM ({outgoing} ORDER BY batch, position)"
