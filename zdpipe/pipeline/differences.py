"""What was known of a customer before a run, and what the run makes of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from zdpipe.clock import Clock
from zdpipe.model.batch import Sending
from zdpipe.model.journey import Before, Change, Effect, Held, Role, SourceRow, Today
from zdpipe.model.known import VALUE_PREFIX, KnownUser, KnownValue, field_of
from zdpipe.model.policy import CLEARED
from zdpipe.model.reasons import Reason
from zdpipe.model.sources import KNOWN_PREFIX, SEND_PREFIX
from zdpipe.pipeline.person_in_run import PersonInRun
from zdpipe.pipeline.store import Store
from zdpipe.state.before import values_before
from zdpipe.state.known_sends import Send, sends_of
from zdpipe.state.runs import RunRow

_Row = Mapping[str, Any]
_APART = ("user_id", "primary_email")
_IDENTITY = ("external_id", "email")
_END = datetime.max.replace(tzinfo=UTC)


def known_before(store: Store, found: PersonInRun, clock: Clock) -> Before | None:
    """Return what a run kept of what was known before it; None where it kept nothing."""
    lead = _lead(found)
    if lead is None:
        return None
    # The number of a send is negative where the value was not ours.
    numbers = {abs(send) for name, send in lead.items() if name.startswith(SEND_PREFIX) and send is not None}
    sends = sends_of(store.folder.known_users(found.run.account), numbers, clock)
    values = {}
    for name, value in lead.items():
        field = name.removeprefix(KNOWN_PREFIX)
        if name.startswith(KNOWN_PREFIX) and field not in _APART and value is not None:
            number = lead.get(SEND_PREFIX + field) or 0
            held = _held(value, sends.get(abs(number)), found.run)
            values[field] = replace(held, is_ours=number >= 0)
    return Before(lead[f"{KNOWN_PREFIX}user_id"], lead[f"{KNOWN_PREFIX}primary_email"], values)


def held_before(store: Store, found: PersonInRun) -> Before:
    """Return what a person held before a run that takes another one back, as that kept it."""
    keys = set(found.files.sent["key"])
    rows = (row for path in store.folder.befores(found.run.run_id) for row in values_before(path, keys))
    values = {column: Held(value or CLEARED) for column, value in rows}
    return Before(next((each.user_id for each in found.deliveries), None), None, values)


def as_today(account: str, user: KnownUser) -> Today:
    """Return what is known of a person on an account."""
    return Today(
        account=account,
        user_id=user.zendesk_id,
        external_id=user.external_id,
        primary_email=user.primary_email,
        emails=user.emails,
        queries=user.queries,
        values={field: _as_held(value) for field, value in user.values.items()},
    )


def known_then(known: KnownUser | None, run: RunRow) -> Before:
    """Return what is known now and was known before a run already."""
    if known is None:
        return Before()
    earlier = {
        field: _as_held(value)
        for field, value in known.values.items()
        if value.acknowledged_at <= run.started_at
    }
    overwritten = tuple(sorted(field for field in known.values if field not in earlier))
    return Before(known.zendesk_id, known.primary_email, earlier, overwritten)


def changes_of(found: PersonInRun, before: Before | None) -> tuple[Change, ...]:
    """Return what a run's user objects change, field by field; none where the outbox is gone."""
    lead = _lead(found) or {}
    changes: list[Change] = []
    for item in found.files.sent.to_dicts():
        if item["sending"] == Sending.EMAIL:
            changes += _added(item["email"])
        else:
            changes += _of_lead(item, lead, before)
    kept = found.files.remarks.to_dicts()
    changes += [
        Change(row["column"], Effect.KEPT, _value(before, row["column"]), row["value"])
        for row in kept
        if row["reason"] == Reason.CLEAR_SKIPPED
    ]
    return tuple(changes)


def differing(rows: Sequence[SourceRow], known: KnownUser | None, apart: Collection[str]) -> list[str]:
    """Return the fields of a person's only row that are not as they are known, but for those set `apart`."""
    if len(rows) != 1 or rows[0].role is Role.REJECTED:
        return []
    held = {field: value.value for field, value in (known.values if known else {}).items()}
    return sorted(
        cell.column
        for cell in rows[0].cells
        if cell.treatments and cell.value is not None and cell.column not in {*_IDENTITY, *apart}
        if held.get(cell.column) != cell.value
    )


def _lead(found: PersonInRun) -> dict[str, Any] | None:
    return next((row for row in found.files.sources.to_dicts() if row["role"] == "lead"), None)


def _of_lead(item: _Row, lead: _Row, before: Before | None) -> Iterator[Change]:
    is_new = item["sending"] == Sending.CREATE
    if is_new and item["external_id"] is not None:
        yield Change("external_id", Effect.SET, None, _as_json(item["external_id"]))
    if item["email"] is not None:
        yield _email(item["email"], lead, before, is_new=is_new)
    for name, after in item.items():
        if name.startswith(VALUE_PREFIX) and after is not None:
            field = field_of(name)
            earlier = _value(before, field)
            effect = _effect(earlier, after) if is_new or before is not None else Effect.SENT
            yield Change(field, effect, earlier, None if after == CLEARED else after)


def _email(email: str, lead: _Row, before: Before | None, *, is_new: bool) -> Change:
    primary = before.primary_email if before else None
    after = _as_json(email)
    if is_new or primary is None:
        effect = Effect.SET if is_new or before is not None else Effect.SENT
        return Change("email", effect, None, after)
    effect = Effect.SAME if lead.get("email_is_known") else Effect.ADDED
    return Change("email", effect, _as_json(primary), after)


def _added(email: str | None) -> Sequence[Change]:
    return [Change("email", Effect.ADDED, None, _as_json(email))] if email is not None else []


def _effect(before: str | None, after: str) -> Effect:
    if before == after:
        return Effect.SAME
    if after == CLEARED:
        return Effect.EMPTIED
    return Effect.SET if before in {None, CLEARED} else Effect.CHANGED


def _value(before: Before | None, field: str) -> str | None:
    held = before.values.get(field) if before else None
    return held.value if held else None


def _as_held(value: KnownValue) -> Held:
    return Held(value.value, value.run_id, value.query, value.acknowledged_at, value.is_ours)


def _held(value: str, send: Send | None, run: RunRow) -> Held:
    # A file of known users that was begun anew numbers its sends from the beginning.
    if send is None or send.run_id == run.run_id or send.acknowledged_at > (run.finished_at or _END):
        return Held(value)
    return Held(value, send.run_id, send.query, send.acknowledged_at)


def _as_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
