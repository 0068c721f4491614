"""What is sent, item by item, as SQL over the workspace."""

from __future__ import annotations

from dataclasses import dataclass

from zdpipe.changes.columns import Columns
from zdpipe.changes.payload import payload_sql
from zdpipe.changes.session import Session
from zdpipe.changes.special import special_value
from zdpipe.model.known import kept_column, quoted, value_column
from zdpipe.model.policy import SendOn


@dataclass(frozen=True, slots=True)
class Spans:
    """First and last row of some items: of those that are no further addresses, and of those that are.

    None where there are none.
    """

    leads: tuple[int, int] | None
    further: tuple[int, int] | None


def keep_further(session: Session) -> None:
    """Create `further`, what goes with each of the `addresses`, in the order of its rows."""
    session.run(f"CREATE OR REPLACE TABLE further AS {_further(session)} ORDER BY row")


def outgoing_sql(
    session: Session, source: str, places: str, spans: Spans | None = None, further: str | None = None
) -> str:
    """Return a query for the items of a table with `row` and `sending`, and the named columns of that table.

    Where somebody knows the `spans` of these items, only that part of the staged rows is read. `further` is
    the name of the table of `keep_further` where it was made, which pays for many such queries.
    Its columns are row, sending, key, external_id, email, the values as they are sent (CLEARED for those that
    are to be emptied), `makes_primary`, then those of the table. Of fields of which the account decides what
    is sent, `kept_` and the column say what is others', and of lists that are merged `own_` and the column
    what of them is ours. A further address has the lead row's external_id and name, and no other value.
    """
    values = "".join(f", {_wire(session, name, slot)} AS {slot}" for name, slot in session.columns)
    others = "".join(f", found.kept_{slot}" for _, slot in session.columns.asking)
    others += "".join(
        f", {_value(session, name, slot)} AS own_{slot}" for name, slot in session.columns.merging
    )
    kept = "".join(f", item.{place}" for place in places.split())
    return (
        "SELECT item.row, item.sending, mapped.person AS key, mapped.external_id, mapped.email"
        f"{values}, coalesce(special.promotes, false) AS makes_primary{others}{kept}"
        f" FROM {source} AS item JOIN ({_objects(session, spans, further)}) AS mapped"
        " ON mapped.row = item.row AND mapped.is_further = (item.sending = 'email')"
        " LEFT JOIN special ON special.row = item.row LEFT JOIN found ON found.row = item.row"
    )


def _objects(session: Session, spans: Spans | None, further: str | None) -> str:
    """Return the query for what user objects are made of: the rows, and of further addresses the lead row's.

    They are joined with the items together: a join of each would take half as long again.
    """
    among, among_further = (_span(spans.leads), _span(spans.further)) if spans else ("true", "true")
    return (
        f"SELECT row, false AS is_further, person, external_id, email{session.columns.listed()}"
        f" FROM mapped WHERE {among} UNION ALL "
        f"SELECT row, true, person, external_id, email{session.columns.listed()}"
        f" FROM {further or f'({_further(session)})'} WHERE {among_further}"
    )


def _further(session: Session) -> str:
    of_lead = "".join(
        f", {f'lead.{slot}' if name == 'name' else 'NULL::VARCHAR'} AS {slot}"
        for name, slot in session.columns
    )
    return (
        f"SELECT addresses.row, addresses.person, lead.external_id, addresses.email{of_lead}"
        " FROM addresses JOIN members AS lead ON lead.row = addresses.lead_row"
    )


def _span(rows: tuple[int, int] | None) -> str:
    return f"row BETWEEN {rows[0]} AND {rows[1]}" if rows else "false"


def _value(session: Session, name: str, slot: str) -> str:
    value, sending = special_value(session, name, slot), session.columns.policy(name).send_on
    if sending is not SendOn.BOTH:
        value = f"CASE WHEN item.sending = '{sending}' THEN {value} END"
    # Nothing is emptied by a further address or asked about it, so that its other values are null anyway.
    return f"CASE WHEN mapped.is_further THEN mapped.{slot} ELSE {value} END" if name == "name" else value


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

    Asks the workspace which rows these are, and needs what `keep_further` makes.
    """
    values = "".join(
        f", CASE WHEN sending <> 'email' THEN {own_value(session.columns, name, slot)} END"
        f" AS {quoted(value_column(name))}"
        for name, slot in session.columns
    )
    values += "".join(
        f", kept_{slot} AS {quoted(kept_column(name))}" for name, slot in session.columns.asking
    )
    placed = f"(FROM placed WHERE batch BETWEEN {first} AND {last})"
    places = "batch position previous_batch previous_position"
    outgoing = outgoing_sql(session, placed, places, _spans(session, placed), "further")
    return (
        "SELECT batch, position, row, key, external_id, sending, email,"
        f" {wire_sql(session)} AS payload, previous_batch, previous_position, makes_primary{values}"
        f" FROM ({outgoing} ORDER BY batch, position)"
    )


def _spans(session: Session, items: str) -> Spans:
    ends = "min(row) FILTER ({which}), max(row) FILTER ({which})"
    leads, further = (ends.format(which=f"sending {sign} 'email'") for sign in ("<>", "="))
    first, last, first_further, last_further = session.one(f"SELECT {leads}, {further} FROM {items}")
    return Spans(
        None if first is None else (first, last),
        None if first_further is None else (first_further, last_further),
    )


def payloads_sql(session: Session, limit: int | None) -> str:
    """Return the query for the payloads of placed items alone, in sending order."""
    first = f"(FROM numbered ORDER BY batch, position LIMIT {limit})" if limit is not None else "numbered"
    spans = _spans(session, first) if limit is not None else None
    outgoing = outgoing_sql(session, first, "batch position", spans)
    return f"SELECT {wire_sql(session)} FROM ({outgoing} ORDER BY batch, position)"
