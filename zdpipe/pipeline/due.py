"""Whether an orchestration is due."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from itertools import islice

from zdpipe.errors import UsageProblem
from zdpipe.model.orchestration import Ending, OrchestrationReport
from zdpipe.model.schedule import Schedule
from zdpipe.project.orchestration import Orchestration
from zdpipe.project.project import Project
from zdpipe.state.database import Connection, open_database
from zdpipe.state.folder import prepare_state_folder
from zdpipe.state.occasions import last_occasion, last_skipped

# Of an orchestration that never ran nobody knows since when it is scheduled: what came long before the first
# look at it is none of its times.
_FIRST = timedelta(minutes=10)
_MOST_COUNTED = 10_000


def schedule_of(orchestration: Orchestration) -> Schedule:
    """Return when an orchestration is due; raises UsageProblem for one that is only run by hand."""
    if orchestration.times is None:
        raise UsageProblem(
            f"The orchestration {orchestration.name} has no schedule, so it is never due.",
            f'Add one to [orchestrations.{orchestration.name}], such as schedule = "30 2 * * *".',
            code="no_schedule",
        )
    return orchestration.times


def report_unless_due(project: Project, name: str, now: datetime) -> OrchestrationReport | None:
    """Return a report that nothing is to be done, or None where an orchestration is due.

    Schedulers ask this every few minutes, so it needs nothing that sends.
    """
    orchestration = project.orchestration(name)
    folder = prepare_state_folder(project.paths.state)
    with closing(open_database(folder.database)) as connection:
        is_due = due_at(connection, orchestration, now) is not None
    return None if is_due else not_due(project, orchestration, now)


def not_due(project: Project, orchestration: Orchestration, now: datetime) -> OrchestrationReport:
    """Return a report that nothing is to be done, and when there will be."""
    destination = orchestration.destination or project.default_destination or ""
    following = next(schedule_of(orchestration).after(now), None)
    return OrchestrationReport(orchestration.name, destination, Ending.NOT_DUE, next_at=following)


def due_at(connection: Connection, orchestration: Orchestration, now: datetime) -> datetime | None:
    """Return the last time of the schedule that nothing was done for; None where there is none.

    Several such times, as after a weekend without power, are made up for once.
    """
    latest = schedule_of(orchestration).latest(now)
    if latest is None:
        return None
    since = _done_until(connection, orchestration.name, now) or now - _FIRST
    return latest if latest > since else None


def missed_times(connection: Connection, orchestration: Orchestration, now: datetime) -> int:
    """Return how many times before the last one passed without anybody who began it, at most 10,000.

    It is 0 where nobody knows: it never ran, or its schedule was another one then.
    """
    last = last_occasion(connection, orchestration.name)
    since = _done_until(connection, orchestration.name, now)
    if last is None or since is None or last.schedule != orchestration.when:
        return 0
    times = islice(schedule_of(orchestration).between(since, now), _MOST_COUNTED + 1)
    return max(0, sum(1 for _ in times) - 1)


def _done_until(connection: Connection, name: str, now: datetime) -> datetime | None:
    """Return until when times of the schedule are done with; what a clock that was ahead wrote is no use."""
    times = []
    last, skipped = last_occasion(connection, name), last_skipped(connection, name)
    if last is not None:
        times += [last.started_at, last.finished_at or last.started_at]
        times += [last.due_at] if last.due_at else []
    if skipped is not None and skipped.due_at is not None:
        times.append(skipped.due_at)
    return max((time for time in times if time <= now), default=None)
