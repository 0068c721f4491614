"""`zdpipe preview`, and mappings under test: the payloads a first send would make."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from zdpipe.engine.spill import spill_folder
from zdpipe.model.batch import MOST_USERS_PER_REQUEST
from zdpipe.model.mapped import LeftOut, Mapped
from zdpipe.pipeline.planning import Planned, planned
from zdpipe.pipeline.prepare import prepared, read_one_query
from zdpipe.pipeline.staging import CONFLICTS, REJECTS, WARNINGS
from zdpipe.pipeline.store import open_store
from zdpipe.pipeline.terms import Terms
from zdpipe.pipeline.workbench import Workbench


def preview_query(bench: Workbench, path: Path, *, limit: int) -> list[str]:
    """Return the first user objects as JSON texts, byte for byte as a first send would put them into `users`.

    Nobody counts as known, so every customer is there whatever was sent before. The send is one to the
    project's default destination.
    """
    with _first_send(bench, path, keep_schema=True) as (plan, _):
        return list(plan.workspace.payloads(MOST_USERS_PER_REQUEST, limit))


def map_query(bench: Workbench, path: Path) -> Mapped:
    """Return everything that a first send of a query would send and leave out; schema.json stays as it is."""
    with _first_send(bench, path, keep_schema=False) as (plan, folder):
        return Mapped(
            tuple(plan.workspace.payloads(MOST_USERS_PER_REQUEST)),
            tuple(_left_out(folder, REJECTS)),
            tuple(sorted([*_left_out(folder, WARNINGS), *_left_out(folder, CONFLICTS)], key=_place)),
        )


@contextmanager
def _first_send(bench: Workbench, path: Path, *, keep_schema: bool) -> Iterator[tuple[Planned, Path]]:
    """Plan a query as if nobody were known; lend the plan and the folder with what was left out."""
    query = read_one_query(bench, path)
    with (
        open_store(bench) as store,
        prepared(bench, query, keep_schema=keep_schema) as ready,
        spill_folder(store.folder.temporary) as folder,
        planned(bench, ready, folder, None, Terms(account=_account(bench))) as plan,
    ):
        yield plan, folder


def _account(bench: Workbench) -> str | None:
    return bench.account(bench.destination(None)) if bench.project.default_destination else None


def _left_out(folder: Path, name: str) -> Iterator[LeftOut]:
    file = folder / f"{name}.parquet"
    if file.exists():
        for row in pl.read_parquet(
            file, columns=["row", "key", "reason", "column", "value"], glob=False
        ).iter_rows():
            yield LeftOut(*row)


def _place(entry: LeftOut) -> tuple[int, str, str]:
    return entry.row, entry.reason, entry.column or ""
