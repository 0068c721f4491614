"""What guards say of a plan, and the words for a run that they refuse."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence

from zdpipe.changes.guards import Before, Findings, judge, refusals, tell
from zdpipe.model.guard import Guard, Ruling, Verdict
from zdpipe.model.run import REFUSED, Stop
from zdpipe.pipeline.planning import Planned
from zdpipe.pipeline.store import Store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.state.runs import RunRow, run_before

_EXIT_CODE = 1


def judged(
    bench: Workbench,
    store: Store,
    plan: Planned,
    query: str,
    account: str,
    allowed: Collection[Guard] = (),
) -> tuple[Verdict, ...]:
    """Return the ruling of every guard on a plan of a query for an account.

    Retries and samples send only people who were to be sent anyway, so nothing refuses them.
    """
    limits, counts = bench.project.guards, plan.counts
    if plan.is_part:
        return tell(counts.read, counts.rejected, limits)
    last = run_before(store.connection, query, account)
    if last is None:
        return judge(Findings(counts.read, counts.rejected), limits, allowed)
    known, changed = plan.workspace.known()
    findings = Findings(
        read=counts.read,
        rejected=counts.rejected,
        known=known,
        changed=changed,
        cleared=plan.workspace.cleared(),
        sent=plan.workspace.sent(query),
        gone=plan.gone,
        before=Before(last.counts.read, last.gone),
    )
    return judge(findings, limits, allowed)


def refusal(bench: Workbench, run: RunRow, verdicts: Sequence[Verdict]) -> Stop | None:
    """Return why a run is not sent and the command that lets it pass once; None where nothing refuses it."""
    refused = refusals(verdicts)
    if not refused:
        return None
    message = f"Nothing was sent: {'; '.join(verdict.words for verdict in refused)}."
    command = _command(bench, run, [verdict.guard for verdict in verdicts if verdict.ruling in _OVER])
    return Stop(REFUSED, message, f"If that is right, let it pass this once with: {command}", _EXIT_CODE)


_OVER = {Ruling.REFUSE, Ruling.ALLOWED}


def _command(bench: Workbench, run: RunRow, guards: Sequence[Guard]) -> str:
    words = ["zdpipe", "run", run.query]
    if run.destination != bench.project.default_destination:
        words += ["--to", run.destination]
    if run.full:
        words.append("--full")
    for guard in guards:
        words += ["--allow", guard]
    return shlex.join(words)
