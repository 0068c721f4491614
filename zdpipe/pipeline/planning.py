"""Reading, normalizing and comparing: everything before the first request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import polars as pl

from zdpipe.changes.workspace import Wanted, Workspace
from zdpipe.model.run import Counts
from zdpipe.pipeline.prepare import Prepared
from zdpipe.pipeline.workbench import Workbench
from zdpipe.records.normalize import Normalized, normalize
from zdpipe.records.rules import Rules, rules_for
from zdpipe.state.folder import StateFolder
from zdpipe.state.rowfile import RowFile

# Rows a batch: large enough for vectors to pay, small enough that a few of them fit beside the engines.
ROWS_PER_BATCH = 50_000
REJECTS = "rejects"
WARNINGS = "warnings"


@dataclass(frozen=True)
class Planned:
    """A compared query: its workspace is open, its rejected rows are on disk.

    In `counts`, `pending` stands for rows that would be sent; created and updated are the forecast.
    """

    workspace: Workspace
    counts: Counts
    gone: int
    rejections: Mapping[str, int]
    warnings: Mapping[str, int]

    @property
    def counts_before_sending(self) -> Counts:
        """The same counts with everything that is to be sent still pending."""
        counts = self.counts
        return Counts(
            read=counts.read,
            rejected=counts.rejected,
            duplicate=counts.duplicate,
            unchanged=counts.unchanged,
            pending=counts.created + counts.updated,
        )


@contextmanager
def planned(
    bench: Workbench, ready: Prepared, folder: Path, known: Path | None, *, full: bool = False
) -> Iterator[Planned]:
    """Run the query and compare its people with the known users; files go to `folder`.

    The whole result never lies in memory: batches are normalized and staged one by one.
    """
    bench.progress.stage("reading")
    resources = bench.project.limits.resources(StateFolder(bench.project.paths.state).temporary)
    with closing(ready.session.batches(ready.sql, ROWS_PER_BATCH)) as frames:
        first = next(frames)  # there is always one, if only to tell the columns
        rules = _rules(bench, first.schema)
        wanted = _wanted(bench, rules, full=full)
        with Workspace.open(
            folder / "work.duckdb", wanted, resources, known=known, clock=bench.clock
        ) as workspace:
            tally = _stage_all(bench, chain((first,), frames), rules, workspace, folder)
            bench.progress.stage("comparing")
            workspace.resolve()
            tally.add_warnings(folder, workspace.warnings())
            yield _plan(ready, workspace, tally)


def _wanted(bench: Workbench, rules: Rules, *, full: bool) -> Wanted:
    fields = [rule.column for rule in rules.columns if rule.column not in {"external_id", "email"}]
    return Wanted(fields, bench.project.identity.skip_verify_email, full)


class _Tally:
    """Counts by code, kept while rows stream by."""

    def __init__(self) -> None:
        self.read = 0
        self.rejections: Counter[str] = Counter()
        self.warnings: Counter[str] = Counter()

    def add(self, batch: Normalized) -> None:
        self.read += len(batch.records) + len(batch.rejections)
        self.rejections.update(_count(batch.rejections))
        self.warnings.update(_count(batch.warnings))

    def add_warnings(self, folder: Path, remarks: pl.DataFrame) -> None:
        with RowFile(folder / "conflicts.parquet") as file:
            file.append(remarks)
        self.warnings.update(_count(remarks))


def _stage_all(
    bench: Workbench, frames: Iterable[pl.DataFrame], rules: Rules, workspace: Workspace, folder: Path
) -> _Tally:
    tally = _Tally()
    with (
        RowFile(folder / f"{REJECTS}.parquet", folder / f"{REJECTS}.csv") as rejects,
        RowFile(folder / f"{WARNINGS}.parquet") as warnings,
    ):
        for frame in frames:
            batch = normalize(frame, tally.read + 1, rules)
            tally.add(batch)
            workspace.stage(batch.records)
            workspace.stage_rejected(batch.rejections["identity"])
            rejects.append(batch.rejections)
            warnings.append(batch.warnings)
            bench.progress.rows_read(tally.read)
    return tally


def _plan(ready: Prepared, workspace: Workspace, tally: _Tally) -> Planned:
    totals = workspace.totals()
    counts = Counts(
        read=tally.read,
        rejected=tally.rejections.total(),
        duplicate=totals.duplicate,
        unchanged=totals.unchanged,
        created=totals.created,
        updated=totals.updated,
    )
    counts.check_conservation()
    # An empty result says nothing about who is gone: it is more often a broken source than an empty company.
    gone = workspace.gone(ready.query.path) if tally.read else 0
    return Planned(workspace, counts, gone, _sorted(tally.rejections), _sorted(tally.warnings))


def _rules(bench: Workbench, schema: pl.Schema) -> Rules:
    project = bench.project
    return rules_for(
        schema,
        {name: (rule.as_, rule.on_invalid) for name, rule in project.fields.items()},
        default_region=project.phone.default_region,
        require_plus_one=project.phone.require_plus_one,
        accept=project.phone.accept,
    )


def _count(frame: pl.DataFrame) -> dict[str, int]:
    return {str(code): int(rows) for code, rows in frame["reason"].value_counts().iter_rows()}


def _sorted(counter: Counter[str]) -> dict[str, int]:
    return dict(sorted(counter.items(), key=lambda entry: (-entry[1], entry[0])))
