"""`zdpipe retry`: the people who failed in a run, once more."""

from __future__ import annotations

from zdpipe.errors import UsageProblem
from zdpipe.model.run import Outcome, RunReport
from zdpipe.model.wish import Wish
from zdpipe.pipeline.drafts import refuse_draft
from zdpipe.pipeline.failed import chosen_people
from zdpipe.pipeline.history import report
from zdpipe.pipeline.prepare import read_one_query
from zdpipe.pipeline.run import carry_out
from zdpipe.pipeline.store import Store, open_store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.state.runs import RunRow


def run_to_retry(bench: Workbench, run_id: str) -> RunReport:
    """Return the report of a run that may be retried; raises UsageProblem for one that has not ended."""
    with open_store(bench) as store:
        return _ended(bench, store, run_id)


def destination_of_retry(bench: Workbench, run_id: str) -> Destination:
    """Return where a retry sends to: to the run's account, whatever its destination is called now."""
    with open_store(bench) as store:
        return _destination(bench, store.run(run_id))


def retry_run(bench: Workbench, run_id: str) -> RunReport:
    """Run the query of a run again, as its file stands now, and send only the people who failed in that run.

    Where nobody failed no run is begun, and the report is that of the run named. Raises StateError where the
    run's files are gone or damaged.
    """
    with open_store(bench) as store:
        ended = _ended(bench, store, run_id)
        if not ended.counts.failed:
            return ended
        run = store.run(run_id)
        chosen_people(store, run)  # before a run is begun, or another one superseded
        query = read_one_query(bench, bench.project.root / run.query)
        if run.sample is None:
            refuse_draft(query)
        wish = Wish(full=run.full, retries=run_id, remembers=run.remembers)
        return carry_out(bench, store, query, _destination(bench, run), wish)


def _destination(bench: Workbench, run: RunRow) -> Destination:
    try:
        return bench.destination_of(run)
    except UsageProblem as error:
        cure = f"Put [destinations.{run.destination}] back as it was, then: zdpipe retry {run.run_id}"
        raise UsageProblem(error.message, cure) from error


def _ended(bench: Workbench, store: Store, run_id: str) -> RunReport:
    found = report(bench, store, run_id)
    if found.rolls_back is not None:
        raise UsageProblem(
            f"Run {run_id} took run {found.rolls_back} back; it has no query of its own.",
            f"Take that one back once more: zdpipe rollback {found.rolls_back}",
            code="rollback",
        )
    if found.finished_at is not None:
        return found
    if found.outcome is Outcome.RUNNING:
        message, cure = f"Run {run_id} is still going.", "Wait until it has ended. Should it stop before"
    else:
        message, cure = (
            f"Run {run_id} has not ended: it was stopped before it was through.",
            "Finish it first",
        )
    raise UsageProblem(message, f"{cure}: zdpipe resume {run_id}", code="unfinished_run")
