"""What a command's end says to people who are not there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from zdpipe.alerts.judge import Past, judge_run, judge_stop
from zdpipe.alerts.post import Addressed, Post
from zdpipe.alerts.turn import turn
from zdpipe.errors import CredentialError, StateError, ZdpipeError
from zdpipe.model.alert import (
    KILLED,
    Alert,
    Delivery,
    Judgement,
    Kind,
    Known,
    Message,
    State,
    Subject,
    Told,
)
from zdpipe.model.run import RunReport, Stop
from zdpipe.pipeline.history import report as report_of
from zdpipe.pipeline.history import standing
from zdpipe.pipeline.store import Store, open_store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.secret import Secret, read_secret
from zdpipe.state.alerts import claim, messages, past_seconds, settle, states
from zdpipe.state.runs import RunRow, load_runs, unfinished_runs

Words = Callable[[Alert], Message]
_REPLACED = "The next run of the query has begun and replaces it; what was under way is settled first."


@dataclass(frozen=True)
class Failure:
    """A command that ended with an error: why, since when it was at work, and on which run, if on one."""

    stop: Stop
    begun: datetime
    run_id: str | None = None


def subject_of(bench: Workbench, query: Path, to: str | None) -> Subject:
    """Return whom alerts about a query's file are about; neither has to be there."""
    root = bench.project.root
    path = (query if query.exists() or query.is_absolute() else root / query).absolute()
    shown = path.relative_to(root).as_posix() if path.is_relative_to(root) else query.as_posix()
    return Subject(shown, to or bench.project.default_destination or "")


def tell_run(bench: Workbench, report: RunReport, words: Words) -> None:
    """Tell every channel what changed with a run that ended, or was stopped; never raises for a channel."""
    if not bench.project.alerts.channels:
        return
    with open_store(bench) as store:
        run = store.run(report.run_id)
        seconds = past_seconds(store.connection, run.query, run.account, run.run_id)
    past = Past(seconds, is_full=run.full)
    tell_judgement(bench, judge_run(report, past, bench.project.alerts), words)


def tell_failure(bench: Workbench, subject: Subject, failure: Failure, words: Words) -> None:
    """Tell every channel of an error, whether it ended a run or kept one from coming into being."""
    if not bench.project.alerts.channels:
        return
    report = None
    try:
        with open_store(bench) as store:
            report = _run_of(bench, store, subject, failure)
    except ZdpipeError:
        pass  # what keeps the state from being read is what there is to tell, or worse than that
    run_id = report.run_id if report else None
    tell_judgement(bench, judge_stop(subject, failure.stop, run_id, report), words)


def tell_killed(bench: Workbench, subject: Subject, words: Words) -> None:
    """Tell every channel of a run whose process was ended before it could say anything.

    Called before the next run of the query, which may be killed, too.
    """
    if not bench.project.alerts.channels:
        return
    with open_store(bench) as store:
        run = next((run for run in unfinished_runs(store.connection) if _is_of(run, subject)), None)
        stop = standing(bench, run)[1] if run is not None else None
        if run is None or stop is None or stop.code != KILLED:
            return
        report = report_of(bench, store, run.run_id)
    told = Stop(stop.code, stop.message, _REPLACED, stop.exit_code)
    tell_judgement(bench, judge_stop(subject, told, run.run_id, report), words)


def known_alerts(bench: Workbench, limit: int) -> Known:
    """Return what channels know, and so many of the newest messages."""
    with open_store(bench) as store:
        return Known(tuple(states(store.connection)), tuple(messages(store.connection, limit)))


def try_channels(bench: Workbench, message: Message) -> list[Told]:
    """Send a message to every channel and return how each went, in the file's order."""
    return _deliver(bench, dict.fromkeys(bench.project.alerts.channels, message))


def tell_judgement(bench: Workbench, judgement: Judgement, words: Words) -> None:
    """Tell each channel what it was not told yet; all there is to tell is on disk before it is sent."""
    try:
        with open_store(bench) as store:
            alerts = _claimed(bench, store, judgement)
            for told, alert in _sent(bench, alerts, words):
                settle(store.connection, alert, told, bench.clock.now())
    except StateError:
        # Nothing can be remembered, so every run that ends like this tells it.
        _sent(bench, _all_of(bench, judgement), words)


def _claimed(bench: Workbench, store: Store, judgement: Judgement) -> list[Alert]:
    alerts = bench.project.alerts
    now = bench.clock.now()
    turns = []

    def change(known: Mapping[Kind, State]) -> Sequence[State]:
        turns.append(turn(known, judgement, alerts, now))
        return turns[-1].states

    claim(store.connection, list(alerts.channels), judgement.subject, change)
    made = (
        Alert(channel, judgement, each.begun, each.over)
        for channel, each in zip(alerts.channels, turns, strict=True)
    )
    return [alert for alert in made if alert.states]


def _all_of(bench: Workbench, judgement: Judgement) -> list[Alert]:
    alerts, now = bench.project.alerts, bench.clock.now()
    begun = turn({}, judgement, alerts, now).begun
    return [Alert(channel, judgement, begun) for channel in alerts.channels if begun]


def _sent(bench: Workbench, alerts: Sequence[Alert], words: Words) -> list[tuple[Told, Alert]]:
    """Send the alerts; what did not arrive is remarked upon."""
    by_channel = {alert.channel: alert for alert in alerts}
    told = _deliver(bench, {channel: words(alert) for channel, alert in by_channel.items()})
    for each in told:
        if not each.ok:
            bench.progress.remark(f"The channel {each.channel} was not told: {each.words}. {each.hint}")
    return [(each, by_channel[each.channel]) for each in told]


def _deliver(bench: Workbench, messages: dict[str, Message]) -> list[Told]:
    alerts = bench.project.alerts
    told: dict[str, Told] = {}
    letters = []
    for channel, message in messages.items():
        address = _address(bench, channel)
        if isinstance(address, Told):
            told[channel] = address
        else:
            letters.append(Addressed(channel, address, message))
    told |= {each.channel: each for each in Post(bench.clock, alerts.timeout).deliver(letters)}
    return [told[channel] for channel in messages]


def _address(bench: Workbench, channel: str) -> Secret | Told:
    reference = bench.project.alerts.channels[channel]
    try:
        return read_secret(reference, bench.environment, bench.project.root)
    except CredentialError as error:
        return Told(channel, Delivery.NO_SECRET, error.message.removesuffix("."), error.hint)


def _run_of(bench: Workbench, store: Store, subject: Subject, failure: Failure) -> RunReport | None:
    """Return the run that a command was at, or recorded before its error, if it came that far."""
    if failure.run_id is not None:
        return report_of(bench, store, failure.run_id)
    newest = next(iter(load_runs(store.connection, 1)), None)
    if newest is None or not _is_of(newest, subject) or newest.started_at < failure.begun:
        return None
    return report_of(bench, store, newest.run_id)


def _is_of(run: RunRow, subject: Subject) -> bool:
    return (run.query, run.destination) == (subject.query, subject.destination)
