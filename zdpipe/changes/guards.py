"""Does a plan look like a mistake? Numbers in, a ruling of every guard out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from zdpipe.model.guard import Guard, Ruling, Verdict
from zdpipe.project.tables import Guards


@dataclass(frozen=True, slots=True)
class Before:
    """The last finished run of the same query and account that read rows: how many, and who was gone then.

    `gone` is of the last one that asked; None where none did.
    """

    rows: int
    gone: int | None


@dataclass(frozen=True, slots=True)
class Findings:
    """What guards look at: `read` and `rejected` are rows, everything else people.

    `known` of the query's people were sent before, by whichever query; `changed` of them would change, and
    `cleared` lose a value. `sent` were ever sent by this query, `gone` of them are in none of its rows; None
    where nobody asked.
    """

    read: int
    rejected: int
    known: int = 0
    changed: int = 0
    cleared: int = 0
    sent: int = 0
    gone: int | None = 0
    before: Before | None = None


def judge(findings: Findings, limits: Guards, allowed: Collection[Guard] = ()) -> tuple[Verdict, ...]:
    """Return the ruling of every guard, in their order; those `allowed` refuse nothing.

    All but `rejected` and `empty` compare with a run before this one.
    """
    before = findings.before
    verdicts = (
        _share(Guard.REJECTED, findings.rejected, findings.read, limits.rejected),
        *(_compared(findings, before, limits) if before and findings.read else _later(limits)),
        _empty(findings.read, refuses=limits.empty),
    )
    return tuple(
        _instead_of_refusing(Ruling.ALLOWED, verdict) if verdict.guard in allowed else verdict
        for verdict in verdicts
    )


def tell(read: int, rejected: int, limits: Guards) -> tuple[Verdict, ...]:
    """Return the ruling of `rejected` where only some people of a query are sent: it only tells."""
    return (_instead_of_refusing(Ruling.TOLD, _share(Guard.REJECTED, rejected, read, limits.rejected)),)


def refusals(verdicts: Collection[Verdict]) -> list[Verdict]:
    """Return the verdicts that stand between a plan and its sending."""
    return [verdict for verdict in verdicts if verdict.ruling is Ruling.REFUSE]


def _compared(findings: Findings, before: Before, limits: Guards) -> tuple[Verdict, ...]:
    return (
        _share(Guard.CLEARED, findings.cleared, findings.known, limits.cleared),
        _gone(findings, before, limits.gone),
        _share(Guard.UPDATED, findings.changed, findings.known, limits.updated),
        _difference(findings.read, before.rows, limits.rows),
    )


def _gone(findings: Findings, before: Before, limit: float) -> Verdict:
    if findings.gone is None or before.gone is None:
        return Verdict(Guard.GONE, Ruling.LATER, threshold=limit)
    # Who was gone before was told before: only the others say something about this run.
    left = max(0, findings.gone - before.gone)
    return _share(Guard.GONE, left, max(left, findings.sent - before.gone), limit)


def _later(limits: Guards) -> tuple[Verdict, ...]:
    return (
        Verdict(Guard.CLEARED, Ruling.LATER, threshold=limits.cleared),
        Verdict(Guard.GONE, Ruling.LATER, threshold=limits.gone),
        Verdict(Guard.UPDATED, Ruling.LATER, threshold=limits.updated),
        Verdict(Guard.ROWS, Ruling.LATER, threshold=limits.rows),
    )


def _share(guard: Guard, part: int, whole: int, limit: float) -> Verdict:
    number = 100 * part / whole if whole else 0.0
    return Verdict(guard, _ruling(over=100 * part > limit * whole), part, whole, number, limit)


def _difference(rows: int, before: int, limit: float) -> Verdict:
    number = 100 * (rows - before) / before
    over = 100 * abs(rows - before) > limit * before
    return Verdict(Guard.ROWS, _ruling(over=over), rows, before, number, limit)


def _empty(rows: int, *, refuses: bool) -> Verdict:
    over = refuses and not rows
    return Verdict(Guard.EMPTY, _ruling(over=over), rows, rows, rows, 1 if refuses else None)


def _ruling(*, over: bool) -> Ruling:
    return Ruling.REFUSE if over else Ruling.OK


def _instead_of_refusing(ruling: Ruling, verdict: Verdict) -> Verdict:
    return replace(verdict, ruling=ruling) if verdict.ruling is Ruling.REFUSE else verdict
