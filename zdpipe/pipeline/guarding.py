"""What guards say of a plan, and the words for a run that they refuse."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import polars as pl

from zdpipe.changes.guards import Before, Findings, judge, refusals, tell
from zdpipe.model.guard import Guard, Ruling, Verdict
from zdpipe.model.run import REFUSED, Stop
from zdpipe.pipeline.again import run_again
from zdpipe.pipeline.asking import Asking
from zdpipe.pipeline.planning import Planned
from zdpipe.pipeline.store import Store
from zdpipe.pipeline.terms import Compared
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.tables import Guards
from zdpipe.state.runs import RunRow, last_told, run_before

_EXIT_CODE = 1


class Gate:
    """Judges a run's plan before the account is asked about fields that others may have changed."""

    def __init__(
        self, bench: Workbench, store: Store, run: RunRow, asking: Asking, *, acts: bool = False
    ) -> None:
        self._bench = bench
        self._store = store
        self._run = run
        self._asking = asking
        self._acts = acts
        self._verdicts: tuple[Verdict, ...] = ()

    def ask(self, compared: Compared) -> pl.DataFrame | None:
        """Return what the account says; it is not asked where a guard refuses."""
        if not compared.is_part:
            self._verdicts = self._judged(compared)
        return None if refusals(self._verdicts) else self._asking.ask(compared.workspace)

    def verdicts(self, plan: Planned) -> tuple[Verdict, ...]:
        """Return how every guard ruled; of some people alone it is known when their rows are counted."""
        return self._verdicts or self._judged(plan.compared)

    def _judged(self, compared: Compared) -> tuple[Verdict, ...]:
        run = self._run
        limits = self._bench.project.guards_of(run.orchestration)
        case = Case(run.query, run.account, limits, run.allowed, acts=self._acts)
        return judged(self._store, compared, case)


@dataclass(frozen=True, slots=True)
class Case:
    """For which query and account guards rule, by which limits.

    Those `allowed` refuse nothing; `acts` says that something is done to people who are gone.
    """

    query: str
    account: str
    limits: Guards
    allowed: Collection[Guard] = ()
    acts: bool = False


def judged(store: Store, compared: Compared, case: Case) -> tuple[Verdict, ...]:
    """Return the ruling of every guard on compared rows.

    Retries and samples send only people who were to be sent anyway, so nothing refuses them.
    """
    query, account, limits, acts = case.query, case.account, case.limits, case.acts
    allowed = case.allowed
    if compared.is_part:
        return tell(compared.read, compared.rejected, limits)
    last = run_before(store.connection, query, account)
    sent = compared.workspace.sent(query)
    if last is None:
        findings = Findings(compared.read, compared.rejected, sent=sent, gone=compared.gone, acts=acts)
        return judge(findings, limits, allowed)
    known, changed = compared.workspace.known()
    findings = Findings(
        read=compared.read,
        rejected=compared.rejected,
        known=known,
        changed=changed,
        cleared=compared.workspace.cleared(),
        sent=sent,
        gone=compared.gone if compared.knows_gone else None,
        before=Before(last.counts.read, _gone_before(store, query, account)),
        acts=acts,
    )
    return judge(findings, limits, allowed)


def _gone_before(store: Store, query: str, account: str) -> int | None:
    """Return how many people the last run that asked left gone, None where none did."""
    last = last_told(store.connection, query, account)
    if last is None:
        return None
    return max(0, last.gone - store.errands(last).tally(last.gone_action).settled)


def refusal(bench: Workbench, run: RunRow, verdicts: Sequence[Verdict]) -> Stop | None:
    """Return why a run is not sent and the command that lets it pass once; None where nothing refuses it."""
    refused = refusals(verdicts)
    if not refused:
        return None
    message = f"Nothing was sent: {'; '.join(verdict.words for verdict in refused)}."
    command = run_again(bench, run, [verdict.guard for verdict in verdicts if verdict.ruling in _OVER])
    return Stop(REFUSED, message, f"If that is right, let it pass this once with: {command}", _EXIT_CODE)


_OVER = {Ruling.REFUSE, Ruling.ALLOWED}
