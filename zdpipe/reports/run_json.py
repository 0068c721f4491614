"""A run as one JSON document: what it did, and where it is not well, why and what fits."""

from __future__ import annotations

from dataclasses import replace

from zdpipe.errors import QueryError
from zdpipe.model.cause import cause_of
from zdpipe.model.run import RunReport, Stop
from zdpipe.reports.mask import mask_sentence


def run_json(report: RunReport) -> dict[str, object]:
    """Return the promised JSON shape of a run with `cause` and `actions` at the end.

    `cause` is null for a run that is going or well; `closed` is there for one that somebody closed,
    `held_by` where another process holds its account.
    """
    cause = cause_of(report)
    document = replace(report, stop=shown_stop(report.stop)).as_json()
    document["cause"] = cause.as_json() if cause else None
    document["actions"] = [action.as_json() for action in cause.actions] if cause else []
    if report.is_closed:
        document["closed"] = True
    if report.held_by:
        document["held_by"] = report.held_by
    return document


def shown_stop(stop: Stop | None) -> Stop | None:
    """Return a stop as it may be shown: an engine quotes the values it could not convert."""
    if stop is None or stop.code != QueryError.code:
        return stop
    return replace(stop, message=mask_sentence(stop.message))
