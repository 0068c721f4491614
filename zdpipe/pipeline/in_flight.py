"""Runs that may have something with Zendesk: what the account shows then is nobody's last word."""

from __future__ import annotations

from zdpipe.errors import UsageProblem
from zdpipe.model.batch import IN_FLIGHT
from zdpipe.pipeline.store import Store
from zdpipe.state.runs import unfinished_runs


def refuse_in_flight(store: Store, account: str) -> None:
    """Raise UsageProblem while a stopped run may still be changing the account."""
    for run in unfinished_runs(store.connection, account):
        if store.batches(run).load(*IN_FLIGHT):
            raise UsageProblem(
                f"Run {run.run_id} has not ended, and what it sent may be in the account or not.",
                f"Finish it first: zdpipe resume {run.run_id}",
                code="unfinished_run",
            )
