"""Before a run writes to anybody: what they hold is kept, so that the run can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import polars as pl

from zdpipe.changes.matching import Matching
from zdpipe.engine.spill import spill_folder
from zdpipe.model.before import Source
from zdpipe.model.match import PeopleFiles
from zdpipe.model.run import Effort
from zdpipe.pipeline.account import open_account
from zdpipe.pipeline.finding import Finder
from zdpipe.pipeline.holding import held_by
from zdpipe.pipeline.store import Store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.state.batches import EVERY_BATCH
from zdpipe.state.before import Portion, holds_adopted, untouched, write_before
from zdpipe.state.known_users import attachable
from zdpipe.state.outbox import Outbox
from zdpipe.state.runs import RunRow, add_effort
from zdpipe.state.undoing import written_fields


def remember_before(bench: Workbench, store: Store, run: RunRow, destination: Destination) -> None:
    """Keep, durably, what the people hold whom a planned run has not begun to write.

    Every run keeps what an adoption read of the fields it writes. A run that `remembers` reads the users
    instead, and a canary reads its own; they do so again when they are resumed: of two files the later one
    counts.
    """
    path = store.folder.before(run.run_id, run.resumes)
    if path.exists():
        return
    with (
        Outbox(store.folder.outbox(run.run_id)),  # a damaged one is told with its own cure
        spill_folder(store.folder.temporary) as folder,
        _held(bench, store, run, destination, folder) as held,
    ):
        write_before(path, chain(held, _adopted(bench, store, run, folder)))


@contextmanager
def _held(
    bench: Workbench, store: Store, run: RunRow, destination: Destination, folder: Path
) -> Iterator[Iterator[pl.DataFrame]]:
    """Read the users of whoever is to be read, and lend what they hold."""
    people = PeopleFiles.in_folder(folder)
    fields = _write_sought(bench, store, run, folder, people)
    if not people.people.exists():
        yield iter(())
        return
    bench.progress.stage("reading what is about to be written")
    with Matching(folder / "matching.duckdb", people, bench.project.limits.resources(folder)) as matching:
        with open_account(bench, destination) as client:
            try:
                Finder(bench, client, destination, matching, fields).find()
            finally:
                add_effort(store.connection, run.run_id, Effort(requests=client.requests))
        yield held_by(matching, fields, Source.REMEMBER if run.remembers else Source.CANARY)


def _write_sought(bench: Workbench, store: Store, run: RunRow, folder: Path, files: PeopleFiles) -> list[str]:
    """Write down who is to be read, if anybody is; return the fields that are about to be written.

    The known users are closed again before anything is read.
    """
    through = _reads_through(run)
    if not through:
        return []
    portion = Portion(store.folder.outbox(run.run_id), store.batches(run).attempted(), through=through)
    known = attachable(store.folder.known_users(run.account), bench.clock)
    with untouched(portion, known, bench.project.limits.resources(folder), bench.clock) as found:
        if found.people():
            found.write_sought(files)
        return found.fields


def _reads_through(run: RunRow) -> int:
    """Return the last batch whose people are read before they are written."""
    if run.remembers:
        return EVERY_BATCH
    return run.canary.batches if run.canary is not None and run.canary.is_awaited else 0


def _adopted(bench: Workbench, store: Store, run: RunRow, folder: Path) -> Iterator[pl.DataFrame]:
    """Yield what was adopted of whoever is not read; it is known until the first batch is merged."""
    if run.remembers or store.batches(run).attempted():
        return
    outbox = store.folder.outbox(run.run_id)
    known = attachable(store.folder.known_users(run.account), bench.clock)
    if known is None or not holds_adopted(known, written_fields(outbox), bench.clock):
        return
    portion = Portion(outbox, (), store.folder.befores(run.run_id), beyond=_reads_through(run))
    with untouched(portion, known, bench.project.limits.resources(folder), bench.clock) as people:
        yield from people.adopted()
