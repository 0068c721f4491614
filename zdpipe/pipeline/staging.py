"""A query's rows on their way into a workspace: counted, and what is left out of them kept in files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import polars as pl

from zdpipe.ahead import work_ahead
from zdpipe.changes.chosen import Chosen
from zdpipe.changes.columns import RECORD_COLUMNS
from zdpipe.changes.familiar import RESPELLED, WITH_EMAIL, WITH_EXTERNAL_ID
from zdpipe.changes.workspace import Workspace
from zdpipe.model.progress import Progress
from zdpipe.model.sources import SOURCE_PREFIX
from zdpipe.pipeline.sifting import Batch, Sieve
from zdpipe.pipeline.terms import Terms
from zdpipe.prints import prints_of
from zdpipe.records.emails import normalized_emails
from zdpipe.records.normalize import Normalized, normalize, remarks_on
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

    def stage(self, sieve: Sieve, query: str, rules: Rules, progress: Progress, workers: int = 1) -> None:
        """Normalize and stage everything; rejected rows, and warnings if everybody counts, go to files.

        So many batches are normalized at a time. Familiar rows are staged only where they have to be; raises
        LookAtAll where that cannot be told, or is not worth it.
        """
        prepare = partial(_prepare, rules=rules, terms=self._terms)
        with (
            self._rejects_file() as rejects,
            RowFile(self._path(WARNINGS)) as warnings,
            self._sources_file() as sources,
        ):
            out = _Files(rejects, warnings, sources)

            def take_all(batches: Iterator[Batch], *, again: bool = False) -> None:
                with closing(work_ahead(batches, prepare, workers)) as prepared:
                    for batch in prepared:
                        self._take(batch.without_warnings() if again else batch, out)
                        self.read = sieve.read
                        progress.rows_read(self.read)

            take_all(sieve.batches())
            self.read = sieve.read
            if sieve.familiar is not None:
                self._workspace.settle(query)
                while self._workspace.reopen():
                    take_all(sieve.wanted(sieve.familiar), again=True)  # what is to be remarked was

    def _take(self, batch: _Prepared, out: _Files) -> None:
        normalized = batch.normalized
        if out.sources is not None and batch.texts is not None:
            out.sources.append(batch.texts)
        if batch.respelled is not None and self._terms.mark_respelled:
            self._workspace.stage_respelled(batch.respelled)
        if batch.prints is not None:
            self._workspace.stage_prints(batch.prints)
        self._workspace.stage(normalized.records)
        self._workspace.stage_rejected(normalized.rejections["identity"], _addresses(normalized.rejections))
        self._leave_out(normalized, out.rejects, out.warnings)

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
        with RowFile(self._path(REJECTS), self._folder / f"{REJECTS}.csv") as file:
            for rejected in self._workspace.rejects_of_chosen(everybodys):
                file.append(rejected)
                self.rejections.update(_count(rejected))
        everybodys.unlink()

    def _remark(self, name: str, remarks: Iterator[pl.DataFrame]) -> None:
        with RowFile(self._path(name)) as file:
            for some in remarks:
                file.append(some)
                self.warnings.update(_count(some))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.parquet"


@dataclass(frozen=True, slots=True)
class _Files:
    """The files that rows go to, beside the workspace."""

    rejects: RowFile
    warnings: RowFile
    sources: RowFile | None


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A normalized batch; its source rows as texts, respelled ones, and prints, where these are asked for."""

    normalized: Normalized
    texts: pl.DataFrame | None
    respelled: pl.Series | None
    prints: pl.DataFrame | None

    def without_warnings(self) -> _Prepared:
        """Return the same of rows whose warnings were told."""
        normalized = self.normalized
        return replace(self, normalized=replace(normalized, warnings=normalized.warnings.clear()))


def _prepare(batch: Batch, rules: Rules, terms: Terms) -> _Prepared:
    if batch.remarked is not None:
        nothing = normalize(batch.frame.clear(), batch.rows.clear(), rules)
        warnings = remarks_on(batch.frame, batch.rows, batch.remarked, rules)
        return _Prepared(replace(nothing, warnings=warnings), None, None, None)
    normalized = normalize(batch.frame, batch.rows, rules)
    asked = terms.mark_respelled or batch.prints is not None
    changed = respelled(batch.frame, batch.rows, normalized.records, rules) if asked else None
    return _Prepared(
        normalized,
        _texts(batch) if terms.keep_sources else None,
        changed,
        _prints(batch, normalized, changed, rules)
        if batch.prints is not None and changed is not None
        else None,
    )


def _prints(batch: Batch, normalized: Normalized, changed: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return the prints of valid rows, as a workspace takes them; those that are `changed` are respelled."""
    assert batch.prints is not None  # noqa: S101  # it is asked for such batches alone
    source, source_check = batch.prints
    records = normalized.records
    values = records.select("key", pl.col("external_id").is_null(), "email", pl.exclude(RECORD_COLUMNS))
    record, record_check = prints_of(values)
    marks = sum(
        flag.cast(pl.UInt8) * mark
        for flag, mark in (
            (pl.col("row").is_in(changed.implode()), RESPELLED),
            (pl.col("external_id").is_not_null(), WITH_EXTERNAL_ID),
            (pl.col("email").is_not_null(), WITH_EMAIL),
        )
    )
    printed = pl.DataFrame({"row": batch.rows, "source": source, "source_check": source_check})
    of_records = records.select("row", marks=marks).with_columns(record=record, record_check=record_check)
    told = of_records.join(printed, on="row").join(_remarked(normalized, rules), on="row", how="left")
    return told.with_columns(pl.col("remarked").fill_null(0), is_new=batch.is_new)


def _remarked(normalized: Normalized, rules: Rules) -> pl.DataFrame:
    """Return the rows with warnings: row, and `remarked`, a bit for each column."""
    bits = {rule.column: 1 << place for place, rule in enumerate(rules.columns)}
    told = normalized.warnings.select("row", "column").unique()
    return (
        told.with_columns(remarked=pl.col("column").replace_strict(bits, return_dtype=pl.UInt32))
        .group_by("row")
        .agg(pl.col("remarked").sum())
    )


def _texts(batch: Batch) -> pl.DataFrame:
    """Return the source rows as texts: row, and a column `s<number>` for each of the query's."""
    return pl.DataFrame(
        [batch.rows, *(text_of(column).alias(f"s{n}") for n, column in enumerate(batch.frame))]
    )


def _addresses(rejections: pl.DataFrame) -> pl.Series | None:
    column = f"{SOURCE_PREFIX}email"
    return normalized_emails(trimmed(rejections[column])) if column in rejections.columns else None


def _count(frame: pl.DataFrame) -> dict[str, int]:
    return {str(code): int(rows) for code, rows in frame["reason"].value_counts().iter_rows()}
