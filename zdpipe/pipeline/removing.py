"""Addresses and numbers that a run had added, removed again when it is taken back."""

from __future__ import annotations

from functools import partial
from typing import TypeVar

import polars as pl

from zdpipe.durable import sync_folder
from zdpipe.engine.spill import spill_folder
from zdpipe.model.run import Effort
from zdpipe.pipeline.account import asked, open_account
from zdpipe.pipeline.store import Store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.state.runs import RunRow, add_effort
from zdpipe.state.striking import strike
from zdpipe.state.taken_back import REMOVALS, REMOVED, REMOVING, STRUCK
from zdpipe.zendesk.client import ZendeskClient

Answer = TypeVar("Answer")


def remove_identities(bench: Workbench, store: Store, run: RunRow, destination: Destination) -> None:
    """Remove what a run that takes another one back has to remove, and write down that it is done.

    What leads by now stays. A removal that was stopped is repeated: what is gone is found to be gone.
    """
    folder = store.folder.run(run.run_id)
    if (folder / REMOVALS).exists():
        (folder / REMOVALS).replace(folder / REMOVING)
        sync_folder(folder)
    if not (folder / REMOVING).exists():
        return
    bench.progress.stage("removing addresses and numbers")
    with open_account(bench, destination) as client:
        try:
            for row in pl.read_parquet(folder / REMOVING, glob=False).drop_nulls().iter_rows(named=True):
                _remove(bench, client, destination, row["zendesk_id"], row["column"], row["value"])
        finally:
            add_effort(store.connection, run.run_id, Effort(requests=client.requests))
    (folder / REMOVING).replace(folder / REMOVED)
    sync_folder(folder)


def strike_removed(bench: Workbench, store: Store, run: RunRow) -> None:
    """Let the known users forget what was removed; the caller holds the lock of merging.

    Of a run that ended in the middle of it all is forgotten: what is still there is sent once more in vain.
    """
    folder = store.folder.run(run.run_id)
    paths = [folder / name for name in ((REMOVED, REMOVING) if run.finished_at else (REMOVED,))]
    path = next((path for path in paths if path.exists()), None)
    if path is None:
        return
    known = store.folder.known_users(run.account)
    if known.exists():
        with spill_folder(store.folder.temporary) as spill:
            removed = pl.read_parquet(path, glob=False).drop_nulls("value")
            strike(known, removed, bench.project.limits.resources(spill), bench.clock)
    path.replace(folder / STRUCK)


def _remove(
    bench: Workbench, client: ZendeskClient, destination: Destination, user_id: int, kind: str, value: str
) -> None:
    for identity in asked(bench, destination, partial(client.identities, user_id)):
        if identity.kind == kind and identity.value == value and not identity.is_primary:
            asked(bench, destination, partial(client.delete_identity, user_id, identity.identity_id))
