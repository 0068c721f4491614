"""What an orchestration says to people who are not there, under its own name."""

from __future__ import annotations

from zdpipe.alerts.occasion import judge_before, judge_occasion, judge_unbegun
from zdpipe.errors import ZdpipeError
from zdpipe.model.alert import Subject
from zdpipe.model.orchestration import Ending, OrchestrationReport
from zdpipe.model.run import Stop
from zdpipe.pipeline.alerting import Words, tell_judgement
from zdpipe.pipeline.due import missed_times
from zdpipe.pipeline.occasions import occasion_report
from zdpipe.pipeline.orchestrations import standing_of
from zdpipe.pipeline.store import Store, open_store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.orchestration import Orchestration
from zdpipe.state.locks import is_held
from zdpipe.state.occasions import last_occasion, seconds_before


def subject_of_orchestration(bench: Workbench, orchestration: Orchestration) -> Subject:
    """Return whom alerts about all of an orchestration are about; its destination need not be there."""
    destination = orchestration.destination or bench.project.default_destination
    return Subject("", destination or "", orchestration.name)


def tell_before(bench: Workbench, orchestration: Orchestration, words: Words, *, if_due: bool) -> int:
    """Tell what nobody could tell when it happened: an occasion that was killed, times that were missed.

    Called before the next occasion begins. Returns how many times were missed.
    """
    if not bench.project.alerts.channels:
        return 0
    with open_store(bench) as store:
        if is_held(store.folder.orchestration(orchestration.name)):
            return 0
        killed = _killed(bench, store, orchestration)
        missed = missed_times(store.connection, orchestration, bench.clock.now()) if if_due else 0
    judgement = judge_before(subject_of_orchestration(bench, orchestration), killed, missed)
    if judgement is not None:
        tell_judgement(bench, judgement, words)
    return missed


def tell_occasion(bench: Workbench, report: OrchestrationReport, words: Words, missed: int = 0) -> None:
    """Tell every channel what changed with an occasion that ended; never raises for a channel."""
    if not bench.project.alerts.channels or report.started_at is None:
        return
    with open_store(bench) as store:
        past = seconds_before(store.connection, report.name, report.started_at)
    tell_judgement(bench, judge_occasion(report, past, bench.project.alerts, missed), words)


def tell_unbegun(bench: Workbench, orchestration: Orchestration, stop: Stop, words: Words) -> None:
    """Tell every channel what kept all queries of an orchestration from beginning."""
    if bench.project.alerts.channels:
        subject = subject_of_orchestration(bench, orchestration)
        tell_judgement(bench, judge_unbegun(subject, stop), words)


def tell_broken(bench: Workbench, orchestration: Orchestration, stop: Stop, words: Words) -> None:
    """Tell every channel of an error that ended an occasion after some of its queries had begun."""
    try:
        with open_store(bench) as store:
            last = last_occasion(store.connection, orchestration.name)
            report = occasion_report(bench, store, orchestration, last) if last is not None else None
    except ZdpipeError:
        report = None  # what keeps the state from being read is what there is to tell
    # Nor is there more to tell where its end could not be written down.
    if report is None or report.ending is Ending.RUNNING:
        tell_unbegun(bench, orchestration, stop, words)
    else:
        tell_occasion(bench, report, words)


def _killed(bench: Workbench, store: Store, orchestration: Orchestration) -> OrchestrationReport | None:
    last = last_occasion(store.connection, orchestration.name)
    if last is None or last.ending is not Ending.RUNNING:
        return None
    stands = standing_of(store, last)  # another process may have begun it just now
    return occasion_report(bench, store, orchestration, stands) if stands.ending is not last.ending else None
