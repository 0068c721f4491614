"""A run that was read back, in words and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from zdpipe.model.run import Outcome
from zdpipe.model.verification import Cause, Difference, Verification, Whereabouts
from zdpipe.reports.facts import copyable, facts_table
from zdpipe.reports.json_stream import Streamed
from zdpipe.reports.mask import mask_identifier, mask_value
from zdpipe.reports.words import count, printable

_SHOWN = 20
_INDENT = (0, 0, 0, 4)
_GOOD = ("is there as it was sent", "green")
_BAD = ("is not there as it was sent", "red")
_EMPTY = ("has nobody to look at", "cyan")
_CAUSES = {
    Cause.DRIFT: "changed by others since",
    Cause.MISSED: "never arrived",
    Cause.LATER: "written by a later run",
    Cause.GONE: "no longer in Zendesk",
}
_WHEREABOUTS = {
    Whereabouts.DELETED: "deleted; nobody else has what named them",
    Whereabouts.MERGED: "merged, it seems, into user {}",
    Whereabouts.REPLACED: "deleted; the newer user {} has what named them",
    Whereabouts.UNKNOWN: "deleted or merged",
}


def verify_text(found: Verification, *, show_pii: bool) -> RenderableType:
    """Return the counts, the first differences, who was not looked at, and what is next."""
    words, style = (_GOOD if found.people else _EMPTY) if found.is_good else _BAD
    head = Text.assemble((f"Run {found.run_id} → {found.destination} ", "bold"), (words, f"bold {style}"))
    return Group(
        head,
        Text(),
        facts_table(_facts(found)),
        *_listed(found.differences, show_pii=show_pii),
        *_left_out(found),
        *copyable("Next", _next(found)),
    )


def verify_json(found: Verification, *, show_pii: bool) -> dict[str, object]:
    """Return the JSON shape; keys, ids and values are masked unless asked otherwise."""
    tally = found.tally
    return {
        "run_id": found.run_id,
        "query": found.query,
        "destination": found.destination,
        "sample": found.sample,
        "ok": found.is_good,
        "counts": {
            "people": found.people,
            "values": tally.values,
            "same": tally.same,
            "later": tally.later,
            "drift": tally.drift,
            "missed": tally.missed,
            "gone": tally.gone,
            "failed": found.failed,
            "pending": found.pending,
            "forgotten": found.forgotten,
        },
        "requests": found.requests,
        "differences": Streamed(lambda: (_record(each, show_pii=show_pii) for each in found.differences)),
    }


def _facts(found: Verification) -> list[tuple[str, str]]:
    tally = found.tally
    looked = count(found.people, "customer")
    if found.sample is not None:
        looked += ", drawn by lot"
    facts = [("looked at", f"{looked}, {count(tally.values, 'value')}"), ("as sent", count(tally.same))]
    for cause, number in (
        (Cause.LATER, tally.later),
        (Cause.DRIFT, tally.drift),
        (Cause.MISSED, tally.missed),
        (Cause.GONE, tally.gone),
    ):
        facts.append((cause.value, f"{count(number)} {_CAUSES[cause]}"))
    return [*facts, ("requests", count(found.requests))]


def _listed(differences: Iterable[Difference], *, show_pii: bool) -> list[RenderableType]:
    # What a later run wrote is as it should be, and only counted here.
    told = (each for each in differences if each.cause is not Cause.LATER)
    first = list(islice(told, _SHOWN))
    if not first:
        return []
    lines: list[RenderableType] = [Text("\nDifferences", "bold")]
    for each in first:
        lines += _block(each, show_pii=show_pii)
    if more := sum(1 for _ in told):
        lines.append(Text(f"  … and {count(more)} more; --format json has all of them", "dim"))
    return lines


def _block(difference: Difference, *, show_pii: bool) -> list[RenderableType]:
    shown = _record(difference, show_pii=show_pii)
    head = Text.assemble(f"  {printable(str(shown['key']))}  ", (difference.cause.value, "yellow"))
    if difference.whereabouts is not None:
        where = _WHEREABOUTS[difference.whereabouts].format(shown["now_with"])
        return [head, Padding(Text(printable(where)), _INDENT)]
    words = f"{difference.field}: {_value(shown['sent'])} → {_value(shown['shown'])}"
    if difference.by_run:
        words += f"  (sent by run {difference.by_run})"
    return [head, Padding(Text(printable(words)), _INDENT)]


def _value(value: object) -> str:
    return "(nothing)" if value in (None, "", []) else json.dumps(value, ensure_ascii=False)


def _left_out(found: Verification) -> list[RenderableType]:
    is_over = found.outcome is Outcome.SUPERSEDED  # the run after it planned these rows anew
    told = (
        (found.failed, count(found.failed, "row") + " that failed"),
        (found.pending, count(found.pending, "row") + (" not sent" if is_over else " not sent yet")),
        (found.forgotten, count(found.forgotten, "customer") + " forgotten since"),
    )
    words = ", ".join(words for number, words in told if number)
    return [Text(f"\nNot looked at: {words}.", "dim")] if words else []


def _next(found: Verification) -> list[str]:
    commands = [f"zdpipe runs failures {found.run_id}"] if found.failed else []
    if found.pending and found.outcome is Outcome.RUNNING:
        commands.append(f"zdpipe runs show {found.run_id}")
    elif found.pending and found.outcome is not Outcome.SUPERSEDED:
        commands.append(f"zdpipe resume {found.run_id}")
    return commands


def _record(difference: Difference, *, show_pii: bool) -> dict[str, object]:
    def value(raw: object) -> object:
        return raw if show_pii else mask_value(difference.field or "", raw)

    def identifier(raw: object) -> object:
        return raw if show_pii or raw is None else mask_identifier(str(raw))

    return {
        "key": identifier(difference.key),
        "zendesk_id": identifier(difference.zendesk_id),
        "cause": difference.cause.value,
        "field": difference.field,
        "sent": value(difference.sent),
        "shown": value(difference.shown),
        "by_run": difference.by_run,
        "whereabouts": difference.whereabouts.value if difference.whereabouts else None,
        "now_with": identifier(difference.now_with),
    }
