"""`zdpipe runs export`: the run history as tables, run by run, as far as it is new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from zdpipe.engine.spill import spill_folder
from zdpipe.errors import UsageProblem
from zdpipe.model.warehouse import TABLES, Exported, Mark
from zdpipe.pipeline.history import standing
from zdpipe.pipeline.store import Store, open_store
from zdpipe.pipeline.workbench import Workbench
from zdpipe.state.runs import RunRow, load_run
from zdpipe.state.warehouse.duckdb_file import duckdb_file
from zdpipe.state.warehouse.folder import check_folder, parquet_folder
from zdpipe.state.warehouse.marks import mark_of
from zdpipe.state.warehouse.secret import pseudonym_secret
from zdpipe.state.warehouse.shelf import Shelf, refuse_mixture
from zdpipe.state.warehouse.small_facts import run_ids, snapshot
from zdpipe.state.warehouse.workspace import Workspace, open_workspace

_SUFFIX = ".duckdb"


def export_runs(bench: Workbench, to: Path, *, show_pii: bool = False) -> Exported:
    """Write every run that is new or has changed since, oldest first, to a DuckDB file or a folder.

    It may be stopped or killed at any moment: runs that were written are whole, and the others are written
    the next time. Raises StateLocked while another process has the place.
    """
    _check_place(bench, to)
    with open_store(bench) as store, spill_folder(store.folder.temporary) as spill:
        secret = pseudonym_secret(store.folder.root)
        resources = bench.project.limits.resources(spill)
        with open_workspace(resources, secret) as work, _shelf(bench, work, to) as shelf:
            marks = shelf.marks()
            refuse_mixture(to, marks, show_pii=show_pii)
            export = _Export(bench, store, work, shelf, marks, secret, show_pii)
            for run_id in run_ids(store.connection):
                export.write(run_id)
    return Exported(export.runs, export.unchanged, dict(export.rows), show_pii, export.incomplete)


@dataclass
class _Export:
    """An export on its way: what it works with, and what it did so far."""

    bench: Workbench
    store: Store
    work: Workspace
    shelf: Shelf
    marks: dict[str, Mark]
    secret: str
    show_pii: bool
    runs: list[str] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(TABLES, 0)))
    incomplete: dict[str, str] = field(default_factory=dict)
    unchanged: int = 0

    def write(self, run_id: str) -> None:
        """Write a run, unless it is there as it is now, or was there when its files still were."""
        small = self.store.connection
        with snapshot(small):
            found = load_run(small, run_id)
            if found is None:  # pruned since the runs were listed
                return
            outcome, stop = standing(self.bench, found)
            run = replace(found, stop=stop)
            folder = self.store.folder.run(run_id)
            # Taken before anything is read: what changes meanwhile is written the next time.
            mark = mark_of(small, run, outcome, folder, self.secret, show_pii=self.show_pii)
            if self.marks.get(run_id) == mark:
                self.unchanged += 1
                return
            self.bench.progress.stage(f"exporting {run_id}")
            self.work.load(small, run, outcome)
            why = self._put(run, mark)
        if why and run_id in self.marks:
            self.unchanged += 1
            return
        self.runs.append(run_id)
        if why:
            self.incomplete[run_id] = why

    def _put(self, run: RunRow, mark: Mark) -> str:
        """Write the run that is loaded; return why its files told nothing, empty where they did.

        What was written of it before stays then.
        """
        folder = self.store.folder.run(run.run_id)
        selects, why = self.work.selects(folder, run, show_pii=self.show_pii)
        if not why:
            try:
                self.rows.update(self.shelf.put(run.run_id, mark, selects, self.bench.clock.now()))
            except UsageProblem:
                why = self.work.unreadable(selects)
                if not why:
                    raise
        if why and run.run_id not in self.marks:
            bare = self.work.bare_selects(run, show_pii=self.show_pii)
            self.rows.update(self.shelf.put(run.run_id, mark, bare, self.bench.clock.now()))
        return why


@contextmanager
def _shelf(bench: Workbench, work: Workspace, to: Path) -> Iterator[Shelf]:
    if to.suffix.lower() == _SUFFIX:
        with duckdb_file(work.connection, to, bench.clock) as file:
            yield file
    else:
        with parquet_folder(work.connection, to, bench.clock) as folder:
            yield folder


def _check_place(bench: Workbench, to: Path) -> None:
    """Raise UsageProblem for a place that is zdpipe's own, or that can be neither file nor folder."""
    state = bench.project.paths.state.resolve()
    if to.resolve().is_relative_to(state):
        raise UsageProblem(
            f"{to} lies in the state folder, which is zdpipe's own.", "Name a place outside.", code="export"
        )
    if to.suffix.lower() != _SUFFIX:
        check_folder(to)
    elif to.is_dir():
        raise UsageProblem(f"{to} is a folder.", "Name a file, or a folder without .duckdb.", code="export")
