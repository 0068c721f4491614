"""The canary of a run: once its batches are settled, whether everybody else may follow."""

from __future__ import annotations

from collections import Counter

from zdpipe.errors import UnfinishedError
from zdpipe.model.canary import CANARY, Canary, Fate
from zdpipe.model.reasons import Failure
from zdpipe.model.verification import Tally
from zdpipe.pipeline.again import run_again
from zdpipe.pipeline.judging import Judge
from zdpipe.pipeline.store import Store
from zdpipe.pipeline.users import UserReader
from zdpipe.pipeline.workbench import Workbench
from zdpipe.state.acknowledged import acknowledged
from zdpipe.state.endings import record_fate
from zdpipe.state.outbox import Outbox
from zdpipe.state.runs import RunRow

# These say something of one customer's data. Of any large number of customers some fail so, and nobody would
# get past a canary if one were too many.
_OF_THEIR_OWN = frozenset(
    {Failure.EMAIL_TAKEN, Failure.INVALID_EMAIL, Failure.INVALID_PHONE, Failure.NAME_MISSING}
)


def judge_canary(
    bench: Workbench, store: Store, run: RunRow, canary: Canary, outbox: Outbox, reader: UserReader
) -> None:
    """Read the canary back and write down that it passed; raises UnfinishedError where the run has to stop.

    It passes when everything is there as it was sent, nobody failed for another reason than data of their
    own, and not more failed for that than rows may be rejected. Where nobody is left to be sent nothing can
    be stopped: that it failed is written down.
    """
    bench.progress.stage("reading the canary back")
    failures = Counter(store.batches(run).failure_counts())
    judge = Judge(reader)
    sent = acknowledged(store.connection, run.run_id, outbox, canary.batches)
    for _ in judge.differences(sent):
        pass
    limit = bench.project.guards_of(run.orchestration).rejected
    if judge.tally.is_good and not _are_too_many(failures, canary, limit):
        record_fate(store.connection, run.run_id, Fate.PASSED)
    elif store.batches(run).any_left():
        raise _stopped(bench, store, run, canary, failures, judge.tally)
    else:
        record_fate(store.connection, run.run_id, Fate.FAILED)


def _are_too_many(failures: Counter[str], canary: Canary, limit: float) -> bool:
    # A further address that was held back follows from a row that failed itself.
    reasons = {reason: number for reason, number in failures.items() if reason != Failure.LEAD_FAILED}
    own = sum(number for reason, number in reasons.items() if reason in _OF_THEIR_OWN)
    return sum(reasons.values()) > own or 100 * own > limit * canary.people


def _stopped(
    bench: Workbench, store: Store, run: RunRow, canary: Canary, failures: Counter[str], tally: Tally
) -> UnfinishedError:
    said = [f"{what}: {number:,}" for what, number in _findings(failures, tally) if number]
    left = store.run(run.run_id).counts.pending
    return UnfinishedError(
        f"The canary of {canary.people:,} customers is not as it should be ({', '.join(said)}). "
        f"The other {left:,} rows were not sent.",
        f"`zdpipe verify {run.run_id}` and `zdpipe runs failures {run.run_id}` tell more. If something is "
        f"wrong, mend it and plan anew with `{run_again(bench, run)}`; if not, send the rest as it is. "
        f"Continue with: zdpipe resume {run.run_id}",
        code=CANARY,
    )


def _findings(failures: Counter[str], tally: Tally) -> list[tuple[str, int]]:
    return [
        *((f"failed as {reason}", number) for reason, number in failures.items()),
        ("values that never arrived", tally.missed),
        ("values that others changed", tally.drift),
        ("users who are gone", tally.gone),
    ]
