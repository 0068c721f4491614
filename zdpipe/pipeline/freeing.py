"""Who holds an account, and what a killed process left of that."""

from __future__ import annotations

from dataclasses import dataclass

from zdpipe.engine.spill import is_alive
from zdpipe.errors import StateLocked
from zdpipe.pipeline.store import open_store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.state.locks import Holder, forget_holder, holder_of, merging_into


@dataclass(frozen=True, slots=True)
class Freed:
    """An account that nobody holds; `left_by` is the process that was killed while it did, where one was."""

    account: str
    left_by: Holder | None


def held_by(bench: Workbench, account: str) -> str:
    """Return in words which other process writes to an account, nothing where none does."""
    holder = holder_of(bench.shared_state(account), account)
    if holder is None or holder.pid == bench.pid:
        return ""
    return holder.words if holder.pid else "another process"


def free_lock(bench: Workbench, run_id: str) -> Freed:
    """Free the account of a run; raises StateLocked that names who holds it, and since when, where one does.

    The lock is the operating system's and goes with its process, so one that is held belongs to somebody who
    is alive: it is never taken away, and what a killed one left is removed.
    """
    with open_store(bench) as store:
        account = store.run(run_id).account
        folder = bench.shared_state(account)
        try:
            left = forget_holder(folder, account)
        except StateLocked as error:
            raise StateLocked(error.message, _how_to_end(holder_of(folder, account))) from error
        with merging_into(store.folder.known_users(account), wait=False):
            return Freed(account, left)


def _how_to_end(holder: Holder | None) -> str:
    if holder is None:
        return "It has ended in this moment; give the command once more."
    if holder.pid and not is_alive(holder.pid):
        return (
            "Its process is not to be seen from here, as in another container; wait until it has ended there."
        )
    if not holder.pid:
        return "Wait until it has ended."
    return (
        f"Wait until it has ended, or stop it: kill -INT {holder.pid}. Its lock goes with it, never without."
    )
