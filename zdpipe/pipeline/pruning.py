"""`zdpipe runs prune`: old finished runs go, with their files."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from zdpipe.engine.spill import sweep
from zdpipe.errors import UsageProblem, ZdpipeError
from zdpipe.model.pruned import Held, Pruned
from zdpipe.pipeline.merging import merge_account
from zdpipe.pipeline.store import Store, open_store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.pipeline.writer import only_writer
from zdpipe.state.leftovers import half_made, old_logs, remove, run_folders
from zdpipe.state.occasions import remove_occasions
from zdpipe.state.retention import (
    OldRuns,
    accounts_of,
    all_runs,
    free_share,
    give_back,
    old_runs,
    oldest_start,
    remove_jobs,
    remove_run,
)

if TYPE_CHECKING:
    from pathlib import Path

# After a run the next ones fill what is free; rebuilding the file pays once so much of it is.
_WORTH_REBUILDING = 0.25


def prune(bench: Workbench, keep: int | None = None) -> Pruned:
    """Remove all but the newest `keep` finished runs of each query and account, by default [state] keep_runs.

    Runs that are unfinished, not merged or needed for others stay. Files go before rows, so that a pruning
    that was stopped is simply repeated. Raises StateLocked while a run is going.
    """
    number = keep or bench.project.state.keep_runs
    if number is None:
        raise UsageProblem(
            "How many runs are to stay?",
            "Say it with --keep N, or set [state] keep_runs in zdpipe.toml.",
            code="keep_runs",
        )
    with open_store(bench) as store:
        before = _size(store)
        freed, old = _remove_old(bench, store, number)
        orphans, leftovers, logs = _orphans(store), _leftovers(store), _old_logs(store)
        freed += remove([*orphans, *leftovers, *logs])
        give_back(store.connection)
        freed = max(0, freed + before - _size(store))
    return Pruned(number, old.removable, old.held, len(orphans), len(leftovers), len(logs), freed)


def _remove_old(bench: Workbench, store: Store, keep: int) -> tuple[int, OldRuns]:
    """Remove the old runs of every account; return the bytes of their files, and which runs they were."""
    freed = 0
    removed: list[str] = []
    held: dict[str, Held] = {}
    for account in accounts_of(store.connection):
        with only_writer(bench, store, account):
            merge_account(bench, store, account)
            old = old_runs(store.connection, account, keep)
            freed += _remove_runs(store, old)
        removed += old.removable
        held |= old.held
    remove_occasions(store.connection, keep)
    return freed, OldRuns(sorted(removed), held)


def prune_after_run(bench: Workbench, store: Store, account: str) -> None:
    """Remove old runs of an account that is held, where the project says how many are to stay.

    What stands in the way is told, and left to the next time: the run before is through.
    """
    keep = bench.project.state.keep_runs
    if keep is None:
        return
    try:
        _remove_runs(store, old_runs(store.connection, account, keep))
        remove_occasions(store.connection, keep)
        if free_share(store.connection) >= _WORTH_REBUILDING:
            give_back(store.connection)
    except (ZdpipeError, KeyboardInterrupt) as error:
        words = error.message if isinstance(error, ZdpipeError) else "somebody stopped it."
        bench.progress.remark(f"Old runs are still there: {words} Remove them with: zdpipe runs prune")


def _remove_runs(store: Store, old: OldRuns) -> int:
    freed = 0
    for run_id in old.removable:
        freed += remove([store.folder.run(run_id)])
        remove_run(store.connection, run_id)
    remove_jobs(store.connection)
    return freed


def _orphans(store: Store) -> list[Path]:
    """Return folders of runs that the state does not know; a run is written down before it has a folder."""
    there = run_folders(store.folder)
    known = all_runs(store.connection)
    return [folder for folder in there if folder.name not in known]


def _leftovers(store: Store) -> list[Path]:
    sweep(store.folder.temporary)
    ended = all_runs(store.connection)
    return [
        path for folder in run_folders(store.folder) if ended.get(folder.name) for path in half_made(folder)
    ]


def _old_logs(store: Store) -> list[Path]:
    oldest = oldest_start(store.connection)
    return old_logs(store.folder, datetime.fromisoformat(oldest)) if oldest else []


def _size(store: Store) -> int:
    path = store.folder.database
    return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*"))
