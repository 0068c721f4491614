"""Closing a run that could go on: what is left of it is skipped, and sent by the next run of its query."""

from __future__ import annotations

from contextlib import suppress

from zdpipe.errors import Interrupted, StateLocked, UnfinishedError, ZdpipeError
from zdpipe.model.run import RunReport
from zdpipe.pipeline.history import report
from zdpipe.pipeline.merging import merge_run
from zdpipe.pipeline.sending import settle_in_flight, stop_of
from zdpipe.pipeline.stopping import continue_with, stopped_by_person
from zdpipe.pipeline.store import Store, open_store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.pipeline.writer import only_writer
from zdpipe.project.destination import Destination
from zdpipe.state.endings import close_for_good
from zdpipe.state.runs import RunRow


def close_run(bench: Workbench, run_id: str) -> RunReport:
    """Close a run that was stopped, sending nothing more of it; one that has ended is left as it is.

    What may be with Zendesk is settled first, and what was acknowledged is remembered, so the next run of the
    query sends exactly what is missing. The run is `superseded`, and its unsent rows stay its `pending`.
    """
    with open_store(bench) as store:
        run = store.run(run_id)
        if run.finished_at is not None:
            return report(bench, store, run_id)
        destination = bench.destination_of(run)
        with only_writer(bench, store, run.account):
            # Whoever held the account until now may have finished the run.
            if store.run(run_id).finished_at is None:
                settle_for_good(bench, store, run, destination)
                with suppress(StateLocked):  # a later command merges it
                    merge_run(bench, store, run)
                close_for_good(store.connection, run_id, bench.clock.now())
        return report(bench, store, run_id)


def settle_for_good(bench: Workbench, store: Store, run: RunRow, destination: Destination) -> None:
    """Learn what became of a run that will not go on; until then it is the one to go on with."""
    try:
        with stopped_by_person(continue_with(run.run_id)):
            settle_in_flight(bench, store, run, destination, for_good=True)
    except Interrupted:
        raise
    except ZdpipeError as error:
        left = stop_of(run, error)
        raise UnfinishedError(left.message, left.hint, code=left.code) from error
