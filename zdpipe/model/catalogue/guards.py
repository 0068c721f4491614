"""Why a guard refuses a plan."""

from __future__ import annotations

from collections.abc import Mapping

from zdpipe.model.action import ActionName
from zdpipe.model.catalogue.entry import Entry
from zdpipe.model.guard import Guard

_JUDGE = (ActionName.PLAN, ActionName.ALLOW, ActionName.RAISE, ActionName.AGAIN)

GUARDS: Mapping[str, Entry] = {
    Guard.REJECTED: Entry(
        "Too large a share of the rows is rejected.",
        "Look at them by reason: a column of the source is often empty or of another form.",
        (ActionName.PLAN, ActionName.REJECTS, ActionName.ALLOW, ActionName.RAISE, ActionName.AGAIN),
    ),
    Guard.CLEARED: Entry(
        "Too large a share of the known customers would lose a value.",
        "See whether a column of the source went empty.",
        _JUDGE,
    ),
    Guard.GONE: Entry(
        "Too many customers left the query, or would be acted on because they are gone.",
        "See whether the source lacks a part, or a filter of the query changed.",
        _JUDGE,
    ),
    Guard.UPDATED: Entry(
        "Too large a share of the known customers would change.",
        "See whether a column was mapped or written anew.",
        _JUDGE,
    ),
    Guard.ROWS: Entry(
        "The query has many more or fewer rows than in its last run.",
        "See whether the source lacks a part, or a join repeats rows.",
        _JUDGE,
    ),
    Guard.EMPTY: Entry(
        "The query has no rows.",
        "See whether the source was filled.",
        _JUDGE,
    ),
}
