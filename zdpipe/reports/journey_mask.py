"""A customer's journey with everything masked that says something of a person."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from zdpipe.model.journey import (
    Before,
    Cell,
    Change,
    Delivery,
    Farewell,
    Held,
    Journey,
    Mention,
    Note,
    Remark,
    Shared,
    SourceRow,
    Today,
    Trace,
)
from zdpipe.reports.mask import (
    STARS,
    mask_addresses,
    mask_email,
    mask_fragment,
    mask_identifier,
    mask_payload,
    mask_quotes,
    mask_sentence,
    mask_value,
)

_LITERAL = re.compile(r"""(['"])((?:(?!\1).)*)\1""")
# An engine quotes the values it could not read.
_QUOTING = frozenset({"unreadable_now"})


def mask_journey(journey: Journey) -> Journey:
    """Return the same journey, masked; codes, places, files, jobs and times stay."""
    values = frozenset(value.casefold() for value in _values(journey) if len(value) > 1)
    return replace(
        journey,
        keys=tuple(mask_identifier(key) for key in journey.keys),
        rows=tuple(_row(row) for row in journey.rows),
        columns={column: _trace(trace, values) for column, trace in journey.columns.items()},
        shared=tuple(_shared(shared) for shared in journey.shared),
        before=_before(journey.before) if journey.before else None,
        changes=tuple(_change(change) for change in journey.changes),
        deliveries=tuple(_delivery(delivery) for delivery in journey.deliveries),
        deeds=tuple(_deed(deed, journey) for deed in journey.deeds),
        mentions=tuple(_mention(mention, journey) for mention in journey.mentions),
        now=tuple(_today(today) for today in journey.now),
        notes=tuple(_note(note) for note in journey.notes),
    )


def _values(journey: Journey) -> Iterator[str]:
    """Yield what a text of SQL may repeat of the customer."""
    yield from journey.keys
    for row in journey.rows:
        for cell in row.cells:
            yield from (text for text in (cell.source, _plain(cell.value)) if text)


def _plain(fragment: str | None) -> str | None:
    return None if fragment is None else str(json.loads(fragment))


def _row(row: SourceRow) -> SourceRow:
    cells = tuple(_cell(cell) for cell in row.cells)
    return replace(row, cells=cells, remarks=tuple(_remark(remark) for remark in row.remarks))


def _cell(cell: Cell) -> Cell:
    source = None if cell.source is None else str(mask_value(cell.column, cell.source))
    return replace(cell, source=source, value=mask_fragment(cell.column, cell.value))


def _remark(remark: Remark) -> Remark:
    if remark.value is None:
        return remark
    return replace(remark, value=str(mask_value(remark.column or "", remark.value)))


def _trace(trace: Trace, values: frozenset[str]) -> Trace:
    lines = tuple(replace(line, text=_sql(line.text, values)) for line in trace.lines)
    return replace(trace, lines=lines)


def _sql(text: str, values: frozenset[str]) -> str:
    """Mask what literals repeat of the customer, and addresses of whomever; words of SQL are nobody's."""

    def hide(match: re.Match[str]) -> str:
        is_theirs = match[2].casefold() in values
        return f"{match[1]}{STARS if is_theirs else mask_sentence(match[2])}{match[1]}"

    return mask_addresses(_LITERAL.sub(hide, text))


def _shared(shared: Shared) -> Shared:
    return Shared(
        mask_email(shared.email),
        None if shared.owner is None else mask_identifier(shared.owner),
        tuple(mask_identifier(key) for key in shared.others),
    )


def _before(before: Before) -> Before:
    return replace(
        before,
        user_id=_user_id(before.user_id),
        primary_email=_email(before.primary_email),
        values=_held(before.values),
    )


def _today(today: Today) -> Today:
    return replace(
        today,
        user_id=_user_id(today.user_id),
        external_id=None if today.external_id is None else mask_identifier(today.external_id),
        primary_email=_email(today.primary_email),
        emails=tuple(mask_email(email) for email in today.emails),
        values=_held(today.values),
    )


def _held(values: Mapping[str, Held]) -> dict[str, Held]:
    return {
        field: replace(held, value=mask_fragment(field, held.value) or "") for field, held in values.items()
    }


def _change(change: Change) -> Change:
    before, after = (mask_fragment(change.field, value) for value in (change.before, change.after))
    return replace(change, before=before, after=after)


def _delivery(delivery: Delivery) -> Delivery:
    words = None if delivery.words is None else mask_quotes(delivery.words, delivery.payload)
    return replace(
        delivery, payload=mask_payload(delivery.payload), words=words, user_id=_user_id(delivery.user_id)
    )


def _mention(mention: Mention, journey: Journey) -> Mention:
    return replace(mention, deeds=tuple(_deed(deed, journey) for deed in mention.deeds))


def _deed(deed: Farewell, journey: Journey) -> Farewell:
    words = None if deed.words is None else mask_quotes(deed.words, *_quotable(deed, journey))
    return replace(deed, user_id=_user_id(deed.user_id), words=words)


def _quotable(deed: Farewell, journey: Journey) -> Iterator[str]:
    """Yield, as JSON texts, what Zendesk may repeat of the customer."""
    yield json.dumps({"id": deed.user_id, "external_id": journey.keys})
    for held in (journey.before, *journey.now):
        if held is not None:
            yield json.dumps({name: json.loads(value.value) for name, value in held.values.items()})


def _note(note: Note) -> Note:
    return replace(note, words=mask_sentence(note.words)) if note.code in _QUOTING else note


def _email(address: str | None) -> str | None:
    return None if address is None else mask_email(address)


def _user_id(number: int | str | None) -> str | None:
    return None if number is None else mask_identifier(str(number))
