"""The one process that writes to an account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from zdpipe.model.run import Stop
from zdpipe.pipeline.stopping import continue_with
from zdpipe.pipeline.store import Store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.state.endings import interrupt_running
from zdpipe.state.locks import writer_project, writing_to


@contextmanager
def only_writer(bench: Workbench, store: Store, account: str) -> Iterator[None]:
    """Hold the account; raises StateLocked where somebody else does.

    Runs that still count as going here lost their process: whoever works on one holds the account.
    """
    with writing_to(bench.shared_state(account), account, bench.holder()):
        interrupt_running(store.connection, account, killed)
        yield


def is_going(bench: Workbench, account: str) -> bool:
    """Tell whether a process is writing to the account for this project."""
    project = writer_project(bench.shared_state(account), account)
    # A writer whose words cannot be read yet got the lock a moment ago.
    return project is not None and project in {"", str(bench.project.root)}


def killed(run_id: str) -> Stop:
    """Say that a run lost its process."""
    return Stop("killed", "The process ended before the run did.", continue_with(run_id), 4)
