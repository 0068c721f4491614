"""Why a run failed, stopped or was refused, in one sentence, and what fits to be done about it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from zdpipe.model.action import Action, ActionName
from zdpipe.model.canary import CANARY, Fate
from zdpipe.model.catalogue import CODES, CUSTOMERS_FAILED, GONE_FAILED, GUARDS, TOLD, Entry
from zdpipe.model.guard import Guard, Ruling, Verdict
from zdpipe.model.run import REFUSED, Outcome, RunReport


@dataclass(frozen=True, slots=True)
class Cause:
    """A code of the catalogue, its sentence for this run, its cure, and the actions that fit, best first.

    Nothing of a customer is in it.
    """

    code: str
    sentence: str
    cure: str
    actions: tuple[Action, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return the JSON shape; the actions have a place of their own."""
        return {"code": self.code, "sentence": self.sentence, "cure": self.cure}


def cause_of(report: RunReport) -> Cause | None:
    """Return why a run is not well, None for one that is going, or is through and well, or was closed."""
    code = _code(report)
    if code is None:
        return None
    entry = entry_of(code)
    actions = tuple(Action(name, command_of(name, report)) for name in _fitting(report, entry))
    return Cause(code, _sentence(report, code, entry), _cure(report, code, entry), actions)


def entry_of(code: str) -> Entry:
    """Return what the catalogue has of a code of errors or runs; one that is unknown counts as `error`."""
    return CODES.get(code, CODES["error"])


def unwell(report: RunReport) -> Iterator[str]:
    """Yield the codes of what is not well about a run that nothing stopped."""
    if report.counts.failed:
        yield CUSTOMERS_FAILED
    if report.farewells.failed:
        yield GONE_FAILED
    if report.canary is not None and report.canary.fate is Fate.FAILED:
        yield CANARY
    if any(verdict.ruling is Ruling.TOLD for verdict in report.guards):
        yield TOLD


def raisable(report: RunReport) -> list[Verdict]:
    """Return the verdicts of a run that another threshold would have changed."""
    over = [verdict for verdict in report.guards if verdict.ruling in {Ruling.REFUSE, Ruling.TOLD}]
    # Beyond so many people nobody is acted on, whatever their share.
    return [verdict for verdict in over if verdict.most is None or verdict.part <= verdict.most]


def guards_to_allow(report: RunReport) -> list[Guard]:
    """Return the guards that have to be let pass for a run to be sent, those already let pass included."""
    over = {Ruling.REFUSE, Ruling.ALLOWED}
    return [verdict.guard for verdict in report.guards if verdict.ruling in over]


def command_of(name: ActionName, report: RunReport) -> str:
    """Return the command of an action; where none of its own does it, that is `runs act`."""
    run = report.run_id
    own: dict[ActionName, tuple[str, ...]] = {
        ActionName.CHECK: ("check", report.destination),
        ActionName.LINT: ("lint", report.query),
        ActionName.PLAN: ("plan", report.query, "--to", report.destination, *_full(report)),
        ActionName.REJECTS: ("runs", "rejects", run),
        ActionName.FAILURES: ("runs", "failures", run),
        ActionName.VERIFY: ("verify", run),
        ActionName.RESUME: ("resume", run),
        ActionName.RETRY: ("retry", run),
    }
    if name is ActionName.AGAIN and not report.is_sealed:
        return report.again
    if name is ActionName.ALLOW and not report.is_sealed:
        allowed = [word for guard in guards_to_allow(report) for word in ("--allow", guard)]
        return f"{report.again} {shlex.join(allowed)}"
    return shlex.join(("zdpipe", *own.get(name, ("runs", "act", run, "--action", name))))


def _code(report: RunReport) -> str | None:
    if report.outcome is Outcome.RUNNING:
        return None
    return report.stop.code if report.stop else next(unwell(report), None)


def _sentence(report: RunReport, code: str, entry: Entry) -> str:
    refused = _refusing(report)
    if code == REFUSED and refused:
        return f"A guard refused the plan, because {' and '.join(verdict.words for verdict in refused)}."
    return entry.sentence


def _cure(report: RunReport, code: str, entry: Entry) -> str:
    refused = _refusing(report)
    if code == REFUSED and refused:
        return " ".join(GUARDS[verdict.guard].cure for verdict in refused)
    return entry.cure


def _refusing(report: RunReport) -> list[Verdict]:
    return [verdict for verdict in report.guards if verdict.ruling is Ruling.REFUSE]


def _fitting(report: RunReport, entry: Entry) -> list[ActionName]:
    """Return the actions of an entry that this run allows of; who looks at it can always look closer."""
    names = [*_unlocking(report), *entry.actions, *_looks(report)]
    return [name for name in dict.fromkeys(names) if _fits(name, report)]


def _unlocking(report: RunReport) -> Iterator[ActionName]:
    if report.held_by:
        yield ActionName.FREE_LOCK


def _looks(report: RunReport) -> Iterator[ActionName]:
    if report.counts.failed or report.farewells.failed:
        yield ActionName.FAILURES
    if report.was_refused or report.stop is None:
        yield ActionName.REJECTS


def _fits(name: ActionName, report: RunReport) -> bool:
    over, counts, has_query = report.finished_at is not None, report.counts, report.rolls_back is None
    conditions = {
        ActionName.RESUME: not over,
        ActionName.CLOSE: not over,
        ActionName.AGAIN: bool(report.again),
        ActionName.ALLOW: report.was_refused and bool(report.again),
        ActionName.RAISE: bool(raisable(report)),
        ActionName.RETRY: over and has_query and counts.failed > 0,
        ActionName.FAILURES: counts.failed > 0 or report.farewells.failed > 0,
        ActionName.REJECTS: counts.rejected > 0,
        ActionName.VERIFY: counts.created + counts.updated > 0,
        ActionName.LINT: has_query,
        ActionName.PLAN: has_query,
        ActionName.REPEAT: False,  # a run has an action of its own for that
    }
    return conditions.get(name, True)


def _full(report: RunReport) -> tuple[str, ...]:
    return ("--full",) if report.is_full else ()
