"""A query's rows on their way into a workspace: counted, and what is left out of them kept in files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

from zdpipe.ahead import work_ahead
from zdpipe.changes.chosen import Chosen
from zdpipe.changes.workspace import Workspace
from zdpipe.model.progress import Progress
from zdpipe.model.sources import SOURCE_PREFIX
from zdpipe.pipeline.terms import Terms
from zdpipe.records.emails import normalized_emails
from zdpipe.records.normalize import Normalized, normalize
from zdpipe.records.rules import Rules
from zdpipe.records.spelling import respelled
from zdpipe.records.text import text_of, trimmed
from zdpipe.state.rowfile import RowFile

REJECTS = "rejects"
WARNINGS = "warnings"
CONFLICTS = "conflicts"
SOURCES = "sources"
_EVERYBODYS = "rejects-of-everybody"


class Staging:
    """The rows of one query, or of some of its people: `read` of them, by what was wrong with them."""

    def __init__(self, workspace: Workspace, folder: Path, terms: Terms) -> None:
        self._workspace = workspace
        self._folder = folder
        self._terms = terms
        self.read = 0
        self.rejections: Counter[str] = Counter()
        self.warnings: Counter[str] = Counter()

    def stage(
        self, frames: Iterable[pl.DataFrame], rules: Rules, progress: Progress, workers: int = 1
    ) -> None:
        """Normalize and stage everything; rejected rows, and warnings if everybody counts, go to files.

        So many frames are normalized at a time.
        """
        prepare = partial(_prepare, rules=rules, terms=self._terms)
        with (
            self._rejects_file() as rejects,
            RowFile(self._path(WARNINGS)) as warnings,
            self._sources_file() as sources,
            closing(work_ahead(_numbered(frames), prepare, workers)) as batches,
        ):
            for batch in batches:
                if sources is not None and batch.texts is not None:
                    sources.append(batch.texts)
                if batch.respelled is not None:
                    self._workspace.stage_respelled(batch.respelled)
                self._take(batch.normalized, rejects, warnings)
                progress.rows_read(self.read)

    def _take(self, batch: Normalized, rejects: RowFile, warnings: RowFile) -> None:
        self.read += len(batch.records) + len(batch.rejections)
        self._workspace.stage(batch.records)
        self._workspace.stage_rejected(batch.rejections["identity"], _addresses(batch.rejections))
        self._leave_out(batch, rejects, warnings)

    @property
    def scratch(self) -> Path:
        """Where the source rows of everybody lie while a run is planned; gone when that is over."""
        return self._folder / f".{SOURCES}.partial"

    def resolved(self, chosen: Chosen | None) -> None:
        """Take in what the workspace, once resolved, has to say of the rows that count."""
        if chosen is not None:
            if self._terms.sample is not None:
                self._pick_rejects()
            self.read = chosen.rows + self.rejections.total()
            self._remark(WARNINGS, self._workspace.kept_warnings())
        self._remark(CONFLICTS, self._workspace.warnings())

    def _rejects_file(self) -> RowFile:
        # Who is in a sample is known once all rows are there.
        if self._terms.sample is not None:
            return RowFile(self._path(_EVERYBODYS))
        return RowFile(self._path(REJECTS), self._folder / f"{REJECTS}.csv")

    @contextmanager
    def _sources_file(self) -> Iterator[RowFile | None]:
        if not self._terms.keep_sources:
            yield None
            return
        with RowFile(self.scratch, passing=True) as file:
            yield file

    def _leave_out(self, batch: Normalized, rejects: RowFile, warnings: RowFile) -> None:
        rejected = batch.rejections
        if self._terms.is_part:
            # Whose rows these are is known once all of them are there.
            self._workspace.stage_warnings(batch.warnings)
        else:
            self.warnings.update(_count(batch.warnings))
            warnings.append(batch.warnings)
        if self._terms.only is not None:
            rejected = rejected.join(
                self._terms.only, left_on="identity", right_on="key", how="semi", maintain_order="left"
            )
        if self._terms.sample is None:
            self.rejections.update(_count(rejected))
        rejects.append(rejected)

    def _pick_rejects(self) -> None:
        """Keep the rejected rows of the people in the sample, and let all others go."""
        everybodys = self._path(_EVERYBODYS)
        if not everybodys.exists():
            return
        people = self._workspace.chosen_people().lazy()
        rejected = (
            pl.scan_parquet(everybodys)
            .join(people, left_on="identity", right_on="key", how="semi", maintain_order="left")
            .collect()
        )
        with RowFile(self._path(REJECTS), self._folder / f"{REJECTS}.csv") as file:
            file.append(rejected)
        self.rejections.update(_count(rejected))
        everybodys.unlink()

    def _remark(self, name: str, remarks: pl.DataFrame) -> None:
        with RowFile(self._path(name)) as file:
            file.append(remarks)
        self.warnings.update(_count(remarks))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.parquet"


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A normalized batch; its source rows as texts, and the respelled ones, where the terms ask for them."""

    normalized: Normalized
    texts: pl.DataFrame | None
    respelled: pl.Series | None


def _numbered(frames: Iterable[pl.DataFrame]) -> Iterator[tuple[pl.DataFrame, int]]:
    """Yield each frame with the number of its first row."""
    first_row = 1
    for frame in frames:
        yield frame, first_row
        first_row += frame.height


def _prepare(numbered: tuple[pl.DataFrame, int], rules: Rules, terms: Terms) -> _Prepared:
    frame, first_row = numbered
    batch = normalize(frame, first_row, rules)
    return _Prepared(
        batch,
        _texts(frame, first_row) if terms.keep_sources else None,
        respelled(frame, first_row, batch.records, rules) if terms.mark_respelled else None,
    )


def _texts(frame: pl.DataFrame, first_row: int) -> pl.DataFrame:
    """Return the source rows as texts: row, and a column `s<number>` for each of the query's."""
    rows = pl.int_range(first_row, first_row + frame.height, dtype=pl.Int64, eager=True).alias("row")
    return pl.DataFrame([rows, *(text_of(column).alias(f"s{n}") for n, column in enumerate(frame))])


def _addresses(rejections: pl.DataFrame) -> pl.Series | None:
    column = f"{SOURCE_PREFIX}email"
    return normalized_emails(trimmed(rejections[column])) if column in rejections.columns else None


def _count(frame: pl.DataFrame) -> dict[str, int]:
    return {str(code): int(rows) for code, rows in frame["reason"].value_counts().iter_rows()}
