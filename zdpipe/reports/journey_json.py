"""A customer's journey as one JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from zdpipe.model.journey import Cell, Delivery, Held, Journey, RunFacts, SourceRow, Today, Trace

Document = dict[str, Any]


def journey_json(journey: Journey, key: str) -> Document:
    """Return the document; values and payloads are JSON texts, sources texts as they were, times ISO 8601.

    `key` is what somebody asked for, as it may be shown, and the journey is masked already if it is to be.
    """
    return {
        "key": key,
        "found": journey.is_found,
        "customers": list(journey.keys),
        "run": _run(journey.run) if journey.run else None,
        "did": journey.did.value if journey.run else None,
        "rows": [_row(row) for row in journey.rows],
        "columns": {column: _trace(trace) for column, trace in journey.columns.items()},
        "shared_emails": [asdict(shared) for shared in journey.shared],
        "before": _before(journey),
        "changes": [asdict(change) for change in journey.changes],
        "deliveries": [_delivery(delivery) for delivery in journey.deliveries],
        "deeds": [asdict(deed) for deed in journey.deeds],
        "now": [_today(today) for today in journey.now],
        "runs": [_plain(asdict(mention)) for mention in journey.mentions],
        "notes": [asdict(note) for note in journey.notes],
    }


def _run(run: RunFacts) -> Document:
    return _plain(asdict(run))


def _row(row: SourceRow) -> Document:
    return {
        "row": row.row,
        "role": row.role.value,
        "why": row.why.value if row.why else None,
        "is_of_now": row.is_of_now,
        "columns": [_cell(cell) for cell in row.cells],
        "remarks": [asdict(remark) for remark in row.remarks],
    }


def _cell(cell: Cell) -> Document:
    return {
        "column": cell.column,
        "source": cell.source,
        "value": cell.value,
        "normalization": [treatment.value for treatment in cell.treatments],
    }


def _trace(trace: Trace) -> Document:
    lines = [
        {"path": line.path, "line": line.span.line, "column": line.span.column, "sql": line.text}
        for line in trace.lines
    ]
    return {"lines": lines, "source": list(trace.ends), "complete": trace.is_whole}


def _before(journey: Journey) -> Document | None:
    before = journey.before
    if before is None:
        return None
    return {
        "user_id": before.user_id,
        "primary_email": before.primary_email,
        "values": _values(before.values),
        "overwritten": list(before.overwritten),
    }


def _today(today: Today) -> Document:
    return {
        "account": today.account,
        "user_id": today.user_id,
        "external_id": today.external_id,
        "primary_email": today.primary_email,
        "emails": list(today.emails),
        "queries": list(today.queries),
        "values": _values(today.values),
    }


def _values(values: Mapping[str, Held]) -> Document:
    return {field: _plain(asdict(held)) for field, held in sorted(values.items())}


def _delivery(delivery: Delivery) -> Document:
    return _plain(asdict(delivery))


def _plain(fields: Mapping[str, Any]) -> Document:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()
    }
