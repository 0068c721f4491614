"""`zdpipe preview`: the payloads a first send would make."""

from __future__ import annotations

from pathlib import Path

from zdpipe.engine.spill import spill_folder
from zdpipe.model.batch import MOST_USERS_PER_REQUEST
from zdpipe.pipeline.planning import planned
from zdpipe.pipeline.prepare import prepared, read_one_query
from zdpipe.pipeline.store import open_store
from zdpipe.pipeline.workbench import Workbench


def preview_query(bench: Workbench, path: Path, *, limit: int) -> list[str]:
    """Return the first user objects as JSON texts, byte for byte as a first send would put them into `users`.

    Nobody counts as known, so every customer is there whatever was sent before. The send is one to the
    project's default destination.
    """
    query = read_one_query(bench, path)
    with (
        open_store(bench) as store,
        prepared(bench, query) as ready,
        spill_folder(store.folder.temporary) as folder,
        planned(bench, ready, folder, None, account=_account(bench)) as plan,
    ):
        return list(plan.workspace.payloads(MOST_USERS_PER_REQUEST, limit))


def _account(bench: Workbench) -> str | None:
    return bench.account(bench.destination(None)) if bench.project.default_destination else None
