"""What the end of a run says: which states hold, which do not, and which it tells nothing of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from zdpipe.model.alert import Finding, Judgement, Kind, Subject
from zdpipe.model.canary import CANARY, Fate
from zdpipe.model.guard import percent
from zdpipe.model.run import Outcome, RunReport, Stop
from zdpipe.project.alerts import Alerts, Threshold

# Fewer runs, or a few seconds, tell nothing of what is usual.
FEWEST_RUNS = 10
LEAST_SECONDS = 60.0
# In a normal distribution this is about four standard deviations away from the median.
_DEVIATIONS = 6.0
# Of a handful of customers, all may well change in one night.
FEWEST_CUSTOMERS = 20

_BAD_CANARY = Stop(
    CANARY,
    "The customers who went ahead are not there as they were sent; nobody was left to be kept back.",
    "",
    1,
)


@dataclass(frozen=True, slots=True)
class Past:
    """The whole runs of the query before: seconds each took, newest first; `full` is about the run judged."""

    seconds: Sequence[float] = ()
    is_full: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there was none."""
        return not self.seconds


def judge_stop(
    subject: Subject, stop: Stop, run_id: str | None, report: RunReport | None = None
) -> Judgement:
    """Judge what ended before it was through, with the run where one was recorded."""
    finding = Finding(Kind.FAILURE, stop.code, stop.message)
    return Judgement(subject, (finding,), stop=stop, run_id=run_id, report=report)


def judge_run(report: RunReport, past: Past, alerts: Alerts) -> Judgement:
    """Judge a run by its report.

    A run of a part of the people says nothing about all of them: it mends what it retried or resumed.
    """
    subject = Subject(report.query, report.destination)
    if report.stop is not None:
        return judge_stop(subject, report.stop, report.run_id, report)
    if report.canary is not None and report.canary.fate is Fate.FAILED:
        return judge_stop(subject, _BAD_CANARY, report.run_id, report)
    if report.outcome not in {Outcome.SUCCEEDED, Outcome.PARTIAL}:
        return Judgement(subject, run_id=report.run_id, report=report)
    if report.retries or report.sample or report.rolls_back:
        mended = {Kind.FAILURE} if report.counts.failed else {Kind.FAILURE, Kind.FAILED}
        runs = frozenset(run for run in (report.run_id, report.retries) if run)
        return Judgement(subject, mended=frozenset(mended), runs=runs, run_id=report.run_id, report=report)
    findings = tuple(_findings(report, past, alerts))
    clear = frozenset(Kind) - {finding.kind for finding in findings} - _unknown(past)
    return Judgement(subject, findings, clear, run_id=report.run_id, report=report)


def longest_usual(seconds: Sequence[float], factor: float) -> float | None:
    """Return how many seconds a run may take before it counts as slow, None while too few runs are known.

    That is `factor` times the median, but at least so much more that the usual spread and short runs never
    count: six times the median deviation from the median, and a minute.
    """
    if len(seconds) < FEWEST_RUNS:
        return None
    middle = median(seconds)
    spread = median(abs(each - middle) for each in seconds)
    return max(factor * middle, middle + _DEVIATIONS * spread, middle + LEAST_SECONDS)


def _findings(report: RunReport, past: Past, alerts: Alerts) -> Iterator[Finding]:
    counts = report.counts
    sent = counts.created + counts.updated + counts.failed
    could_be_sent = counts.read - counts.rejected - counts.duplicate
    failed = counts.failed + report.farewells.failed
    yield from _above(
        alerts.rejected, Kind.REJECTED, counts.rejected, counts.read, "{} of {} rows were rejected"
    )
    yield from _above(
        alerts.failed, Kind.FAILED, failed, sent + report.farewells.people, "{} of {} customers sent failed"
    )
    if not past.is_empty and not past.is_full:
        yield from _above(
            alerts.changed, Kind.CHANGED, sent, could_be_sent, "{} of {} rows were new or changed"
        )
    expected = alerts.expected(report.query)
    if counts.created + counts.updated < expected:
        words = (
            f"{counts.created + counts.updated:,} customers were sent, and {expected:,} or more are expected"
        )
        yield Finding(Kind.NOTHING_SENT, Kind.NOTHING_SENT, words)
    yield from slow(report.seconds, () if past.is_full else past.seconds, alerts)
    everybody = sent >= FEWEST_CUSTOMERS and 100 * sent >= alerts.full_send * could_be_sent
    if everybody and not past.is_empty and not past.is_full:
        words = f"{sent:,} of {could_be_sent:,} rows were sent, as if nobody had been known"
        yield Finding(Kind.FULL_SEND, Kind.FULL_SEND, words)


def _above(limit: Threshold | None, kind: Kind, part: int, whole: int, words: str) -> Iterator[Finding]:
    if limit is not None and limit.is_passed(part, whole):
        share = f"{percent(100 * part / whole)}, " if whole else ""
        said = words.format(f"{part:,}", f"{whole:,}")
        yield Finding(kind, kind, f"{said} ({share}the limit is {limit})")


def slow(seconds: float, past: Sequence[float], alerts: Alerts) -> Iterator[Finding]:
    """Yield that something took much longer than usual, where it did."""
    limit = longest_usual(past, alerts.slow)
    if limit is not None and seconds > limit:
        words = f"it took {_minutes(seconds)}, and {_minutes(median(past))} are usual"
        yield Finding(Kind.SLOW, Kind.SLOW, words)


def _unknown(past: Past) -> set[Kind]:
    """Return the kinds that this run says nothing of, whatever the project wants to be told."""
    unknown = {Kind.SLOW} if past.is_full or len(past.seconds) < FEWEST_RUNS else set()
    return unknown | ({Kind.CHANGED, Kind.FULL_SEND} if past.is_empty or past.is_full else set())


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes:,} min {rest} s" if minutes else f"{rest} s"
