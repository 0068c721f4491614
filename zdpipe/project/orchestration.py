"""Queries that are run together, on a schedule."""

from __future__ import annotations

import difflib
from functools import cached_property
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field, model_validator

from zdpipe.model.orchestration import OnFailure
from zdpipe.project.tables import Guards, Percent, Rows, Table, Texts, matching, word_of

if TYPE_CHECKING:
    from zdpipe.model.schedule import Schedule

_NAME = "the name of an orchestration has letters, digits and _ - only, such as nightly"
# The schedule and its library are imported where they are needed: most projects have no orchestrations.


def _check_zone(value: str) -> str:
    from zdpipe.model.schedule import all_zones, known_zone  # noqa: PLC0415

    if not known_zone(value):
        near = difflib.get_close_matches(value, all_zones(), n=1)
        guess = f" (did you mean {near[0]}?)" if near else ""
        raise ValueError(f"a time zone such as Europe/Oslo is needed{guess}")
    return value


def _check_schedule(value: str) -> str:
    from zdpipe.model.schedule import Schedule  # noqa: PLC0415

    return Schedule.read(value).expression


def _check_queries(value: tuple[str, ...]) -> tuple[str, ...]:
    if not all(value) or len(set(value)) < len(value):
        raise ValueError("each query is needed once, by its path from the project's folder")
    return value


class OwnGuards(Table):
    """Thresholds of [guards] that an orchestration has otherwise; the others stay as they are."""

    rejected: Percent | None = None
    cleared: Percent | None = None
    gone: Percent | None = None
    updated: Percent | None = None
    rows: Rows | None = None
    empty: bool | None = None

    def over(self, guards: Guards) -> Guards:
        """Return guards with these thresholds in their place."""
        return guards.model_copy(update=self.model_dump(exclude_none=True))


class Orchestration(Table):
    """One `[orchestrations.<name>]` table; `name` is its key there. Paths of queries start at the project."""

    name: Annotated[str, matching("[A-Za-z0-9][A-Za-z0-9_-]*", _NAME)]
    queries: Annotated[Texts, AfterValidator(_check_queries)] = ()
    destination: str | None = None
    schedule: Annotated[str, AfterValidator(_check_schedule)] | None = None
    timezone: Annotated[str, AfterValidator(_check_zone)] = "UTC"
    on_failure: Annotated[OnFailure, word_of(OnFailure)] = OnFailure.STOP
    canary: Annotated[int, Field(ge=1)] | None = None
    guards: OwnGuards | None = None

    @model_validator(mode="after")
    def _check_there_is_one(self) -> Orchestration:
        if not self.queries:
            raise ValueError('at least one query is needed, such as queries = ["queries/users.sql"]')
        return self

    @property
    def when(self) -> str | None:
        """The words of its schedule and its zone."""
        return f"{self.schedule} {self.timezone}" if self.schedule is not None else None

    @cached_property
    def times(self) -> Schedule | None:
        """When it is due, None where it is only run by hand."""
        from zdpipe.model.schedule import Schedule  # noqa: PLC0415

        return Schedule(self.schedule, self.timezone) if self.schedule is not None else None
