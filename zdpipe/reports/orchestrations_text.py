"""Orchestrations in words: when they are due, and what the next changes of the clock do to that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.text import Text

from zdpipe.model.clock_change import ClockChange, Effect
from zdpipe.model.orchestration import Ending, Occasion
from zdpipe.model.overview import Overview
from zdpipe.reports.facts import facts_table
from zdpipe.reports.words import count, duration, moment

ENDINGS = {
    Ending.RUNNING: "is running",
    Ending.SUCCEEDED: "succeeded",
    Ending.PARTIAL: "is done, but not everybody arrived",
    Ending.FAILED: "failed",
    Ending.INTERRUPTED: "was interrupted",
    Ending.SUPERSEDED: "was replaced by a later one",
    Ending.SKIPPED: "was due while it was still going",
    Ending.NOT_DUE: "is not due",
}
STYLES = {
    Ending.RUNNING: "cyan",
    Ending.SUCCEEDED: "green",
    Ending.PARTIAL: "yellow",
    Ending.FAILED: "red",
    Ending.INTERRUPTED: "yellow",
    Ending.SUPERSEDED: "dim",
    Ending.SKIPPED: "yellow",
    Ending.NOT_DUE: "dim",
}
_EFFECTS = {
    Effect.MOVED: "{example} does not exist that day; it runs at {after}.",
    Effect.ONCE: "{example} comes twice; it runs the first time only.",
    Effect.LEFT_OUT: "the times from {before} to {after} do not exist, and have no run.",
    Effect.TWICE: "the times from {after} to {before} come twice, and have a run each time.",
}


def orchestrations_text(overviews: Sequence[Overview]) -> RenderableType:
    """Return a paragraph for each orchestration."""
    if not overviews:
        return Text("No orchestration yet. Add [orchestrations.NAME] to zdpipe.toml.")
    return Group(*(part for number, one in enumerate(overviews) for part in _paragraph(one, number > 0)))


def local_moment(time: datetime) -> str:
    """Return a time in its own zone, with weekday and offset: `Thu 2026-11-26 02:30 +01:00`."""
    offset = time.isoformat()[-6:]
    return f"{time:%a %Y-%m-%d %H:%M} {offset}"


def _paragraph(overview: Overview, is_later: bool) -> Iterator[RenderableType]:
    if is_later:
        yield Text()
    yield Text(f"{overview.name} → {overview.destination or '(no destination)'}", "bold")
    yield facts_table(list(_facts(overview)))


def _facts(overview: Overview) -> Iterator[tuple[str, str]]:
    yield from _labelled("  queries", overview.queries)
    yield "  schedule", f"{overview.schedule} ({overview.timezone})" if overview.schedule else "none"
    yield from _labelled("  next", [local_moment(time) for time in overview.next_times])
    yield from _labelled("  clock", [words for change in overview.changes if (words := _told(change))])
    yield "  last", _occasion(overview.last) if overview.last else "never ran"
    if overview.skipped is not None:
        due = overview.skipped.due_at or overview.skipped.started_at
        yield "", f"passed over at {moment(due)} UTC: it was still going"


def _labelled(label: str, lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(lines):
        yield (label if number == 0 else ""), line


def _occasion(occasion: Occasion) -> str:
    words = f"{ENDINGS[occasion.ending]}, begun {moment(occasion.started_at)} UTC"
    if occasion.finished_at is not None and not occasion.resumes:
        words += f", {duration((occasion.finished_at - occasion.started_at).total_seconds())}"
    if occasion.overlapped:
        words += f"; {count(occasion.overlapped, 'time')} passed over meanwhile"
    return words


def _told(change: ClockChange) -> str:
    """Say what a change does; nothing where it does nothing."""
    if change.effect is Effect.NONE or change.example is None:
        return ""
    words = _EFFECTS[change.effect].format(
        example=f"{change.example:%H:%M}", before=f"{change.before:%H:%M}", after=f"{change.after:%H:%M}"
    )
    return f"{change.before:%Y-%m-%d}: {words}"
