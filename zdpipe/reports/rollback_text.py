"""What taking a run back would do, in words and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from zdpipe.model.rollback import NOT_RESTORABLE, LeftAlone, RollbackPlan, RolledBack
from zdpipe.reports.facts import copyable, facts_table
from zdpipe.reports.mask import mask_identifier
from zdpipe.reports.run_json import run_json
from zdpipe.reports.words import count, printable

_INDENT = (0, 0, 0, 2)
_EVERYTHING = "the whole user"
_SHOWN = 5


def rollback_text(plan: RollbackPlan, *, sends: bool, show_pii: bool = False) -> RenderableType:
    """Return what would be put back, and what stays with the reason; `sends` tells that it follows now."""
    return Group(
        Text.assemble(
            (f"{plan.query} → {plan.destination} ", "bold"),
            (
                f"run {plan.run_id} taken back would {'change nothing' if plan.is_empty else 'do this'}",
                "bold cyan",
            ),
        ),
        Text(),
        facts_table(_done(plan)),
        *_fields(plan),
        *_left(plan),
        *_examples(plan, show_pii=show_pii),
        *([] if sends else [Text("\nNothing was sent.", "bold")]),
    )


def rollback_json(done: RolledBack, *, show_pii: bool = False) -> dict[str, object]:
    """Return the JSON shape; keys are masked unless asked otherwise, `run` is null where none was begun."""
    plan = done.plan
    return {
        "rolls_back": plan.run_id,
        "query": plan.query,
        "destination": plan.destination,
        "people": plan.people,
        "fields": dict(plan.fields),
        "identities": plan.identities,
        "suspended": plan.suspended,
        "not_restorable": {reason.value: number for reason, number in plan.left.items()},
        "examples": [
            {
                "key": _key(entry, show_pii=show_pii),
                "column": entry.column,
                "reason": entry.reason.value,
            }
            for entry in plan.examples
        ],
        "requests": plan.requests,
        "not_restorable_files": list(done.files),
        "run": run_json(done.run) if done.run is not None else None,
    }


def left_files(files: Sequence[str]) -> RenderableType:
    """Return where everything that stays is listed."""
    return Group(*copyable("What stays, in full (personal data)", files))


def _done(plan: RollbackPlan) -> list[tuple[str, str]]:
    fields = sum(plan.fields.values())
    rows = [("put back", f"{count(fields, 'field')} of {count(plan.people - plan.suspended, 'customer')}")]
    if plan.identities:
        rows.append(("removed", count(plan.identities, "address or number", "addresses and numbers")))
    if plan.suspended:
        rows.append(("suspended", count(plan.suspended, "customer")))
    return rows


def _fields(plan: RollbackPlan) -> list[RenderableType]:
    if not plan.fields:
        return []
    rows = [(name, count(people, "customer")) for name, people in plan.fields.items()]
    return [Text("\nFields that are put back"), Padding(facts_table(rows), _INDENT)]


def _left(plan: RollbackPlan) -> list[RenderableType]:
    if not plan.left:
        return []
    rows = [
        (reason.value, f"{count(number)}  {NOT_RESTORABLE[reason]}") for reason, number in plan.left.items()
    ]
    return [Text("\nNot restorable, by reason", "bold"), Padding(facts_table(rows), _INDENT)]


def _examples(plan: RollbackPlan, *, show_pii: bool) -> list[RenderableType]:
    lines = [
        Text(f"  {printable(_key(entry, show_pii=show_pii))}: {entry.column or _EVERYTHING} ({entry.reason})")
        for entry in plan.examples[:_SHOWN]
    ]
    return [Text("\nSome of it"), *lines] if lines else []


def _key(entry: LeftAlone, *, show_pii: bool) -> str:
    return entry.key if show_pii else mask_identifier(entry.key)
