"""Queries that are drafts: they are sent as a sample only."""

from __future__ import annotations

import shlex

from zdpipe.errors import UsageProblem
from zdpipe.model.query import Query
from zdpipe.query.header import YES

MARK = "-- zdpipe: draft=yes"


def is_draft(query: Query) -> bool:
    """Tell whether a query's header says that it is not ready for everybody."""
    return query.options.get("draft") == YES


def refuse_draft(query: Query) -> None:
    """Raise UsageProblem where a draft would be sent to everybody."""
    if is_draft(query):
        raise UsageProblem(
            f"{query.path} is a draft ({MARK}), which may only be sent as a sample.",
            f"Send a few with: zdpipe run {shlex.quote(query.path)} --sample 10. Once it is ready, take "
            "draft=yes out of its header.",
            code="draft",
        )


def refuse_scheduled_draft(query: Query, orchestration: str) -> None:
    """Raise UsageProblem where a draft is among the queries of an orchestration."""
    if is_draft(query):
        raise UsageProblem(
            f"{query.path} of the orchestration {orchestration} is a draft ({MARK}); nothing was sent.",
            f"Take it out of [orchestrations.{orchestration}] queries until it is ready, or take draft=yes "
            "out of its header.",
            code="draft",
        )
