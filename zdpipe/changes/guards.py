"""Does a plan look like a mistake? Numbers in, a ruling of every guard out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from zdpipe.model.guard import Guard, Ruling, Verdict
from zdpipe.project.tables import Guards

# Nobody means to suspend or delete more customers than this without a look at them.
MOST_ACTED_ON = 100


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
    `cleared` lose a value. `sent` were ever sent by this query, `gone` of them are in none of its rows, and
    something is done to them where the project `acts` on them; None where nobody asked.
    """

    read: int
    rejected: int
    known: int = 0
    changed: int = 0
    cleared: int = 0
    sent: int = 0
    gone: int | None = 0
    before: Before | None = None
    acts: bool = False


def judge(findings: Findings, limits: Guards, allowed: Collection[Guard] = ()) -> tuple[Verdict, ...]:
    """Return the ruling of every guard, in their order; those `allowed` refuse nothing.

    All but `rejected` and `empty` compare with a run before this one; `gone` does not where people who are
    gone are acted on.
    """
    before = findings.before
    verdicts = (
        _share(Guard.REJECTED, findings.rejected, findings.read, limits.rejected),
        *(_compared(findings, before, limits) if before and findings.read else _later(findings, limits)),
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
        _gone(findings, before, limits),
        _share(Guard.UPDATED, findings.changed, findings.known, limits.updated),
        _difference(findings.read, before.rows, limits.rows),
    )


def _gone(findings: Findings, before: Before, limits: Guards) -> Verdict:
    if findings.gone is None or (before.gone is None and not findings.acts):
        return Verdict(Guard.GONE, Ruling.LATER, threshold=limits.gone)
    if findings.acts:
        return _acted_on(findings.gone, findings.sent, limits)
    # Who was gone before was told before: only the others say something about this run.
    told = before.gone or 0
    left = max(0, findings.gone - told)
    return _share(Guard.GONE, left, max(left, findings.sent - told), limits.gone)


def _acted_on(gone: int, sent: int, limits: Guards) -> Verdict:
    verdict = _share(Guard.GONE, gone, sent, limits.gone)
    over = verdict.ruling is Ruling.REFUSE or gone > MOST_ACTED_ON
    return replace(verdict, ruling=_ruling(over=over), most=MOST_ACTED_ON)


def _later(findings: Findings, limits: Guards) -> tuple[Verdict, ...]:
    gone = Verdict(Guard.GONE, Ruling.LATER, threshold=limits.gone)
    if findings.acts and findings.gone:
        gone = _acted_on(findings.gone, findings.sent, limits)
    return (
        Verdict(Guard.CLEARED, Ruling.LATER, threshold=limits.cleared),
        gone,
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
