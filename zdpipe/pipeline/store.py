"""The project's state, opened for one command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from zdpipe.errors import UsageProblem
from zdpipe.pipeline.workbench import Workbench
from zdpipe.state.batches import BatchStore
from zdpipe.state.database import Connection, open_database
from zdpipe.state.errands import ErrandStore
from zdpipe.state.folder import StateFolder, prepare_state_folder
from zdpipe.state.runs import RunRow, load_run, load_runs


@dataclass(frozen=True)
class Store:
    """The state folder and its open database."""

    folder: StateFolder
    connection: Connection

    def batches(self, run: RunRow) -> BatchStore:
        """Return the batches of a run."""
        return BatchStore(self.connection, run.run_id, run.account)

    def errands(self, run: RunRow) -> ErrandStore:
        """Return the errands of a run."""
        return ErrandStore(self.connection, run.run_id, run.account)

    def run(self, run_id: str) -> RunRow:
        """Return a run; raises UsageProblem with the newest ones where there is none of that name."""
        row = load_run(self.connection, run_id)
        if row is None:
            newest = ", ".join(run.run_id for run in load_runs(self.connection, 3)) or "none yet"
            raise UsageProblem(
                f"There is no run {run_id}.", f"`zdpipe runs list` shows them; newest: {newest}."
            )
        return row


@contextmanager
def open_store(bench: Workbench) -> Iterator[Store]:
    """Open the state of the bench's project, making its folder first."""
    folder = prepare_state_folder(bench.project.paths.state)
    with closing(open_database(folder.database)) as connection:
        yield Store(folder, connection)
