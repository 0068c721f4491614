"""A query's rows on their way into a workspace: counted, and what is left out of them kept in files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from zdpipe.changes.chosen import Chosen
from zdpipe.changes.workspace import Workspace
from zdpipe.model.progress import Progress
from zdpipe.model.reasons import INVALID
from zdpipe.records.normalize import Normalized, normalize
from zdpipe.records.rules import Rules
from zdpipe.records.spelling import respelled
from zdpipe.state.rowfile import RowFile

REJECTS = "rejects"
WARNINGS = "warnings"
CONFLICTS = "conflicts"


class Staging:
    """The rows of one query, or of some of its people: `read` of them, by what was wrong with them.

    `only` names people by `key`, the identity key; without it everybody counts. `mark_respelled` keeps which
    rows normalization changed.
    """

    def __init__(
        self,
        workspace: Workspace,
        folder: Path,
        only: pl.DataFrame | None = None,
        *,
        mark_respelled: bool = False,
    ) -> None:
        self._workspace = workspace
        self._folder = folder
        self._only = only
        self._mark_respelled = mark_respelled
        self.read = 0
        self.rejections: Counter[str] = Counter()
        self.warnings: Counter[str] = Counter()

    def stage(self, frames: Iterable[pl.DataFrame], rules: Rules, progress: Progress) -> None:
        """Normalize and stage everything; rejected rows, and warnings if everybody counts, go to files."""
        with (
            RowFile(self._path(REJECTS), self._folder / f"{REJECTS}.csv") as rejects,
            RowFile(self._path(WARNINGS)) as warnings,
        ):
            for frame in frames:
                batch = normalize(frame, self.read + 1, rules)
                if self._mark_respelled:
                    self._workspace.stage_respelled(respelled(frame, self.read + 1, batch.records, rules))
                self.read += len(batch.records) + len(batch.rejections)
                self._workspace.stage(batch.records)
                self._workspace.stage_rejected(batch.rejections["identity"])
                self._workspace.stage_unreadable(batch.warnings.filter(pl.col("reason").is_in(INVALID)))
                self._leave_out(batch, rejects, warnings)
                progress.rows_read(self.read)

    def resolved(self, chosen: Chosen | None) -> None:
        """Take in what the workspace, once resolved, has to say of the rows that count."""
        if chosen is not None:
            self.read = chosen.rows + self.rejections.total()
            self._remark(WARNINGS, self._workspace.kept_warnings())
        self._remark(CONFLICTS, self._workspace.warnings())

    def _leave_out(self, batch: Normalized, rejects: RowFile, warnings: RowFile) -> None:
        rejected = batch.rejections
        if self._only is None:
            self.warnings.update(_count(batch.warnings))
            warnings.append(batch.warnings)
        else:
            # Whose rows these are is known once all of them are there.
            self._workspace.stage_warnings(batch.warnings)
            rejected = rejected.join(
                self._only, left_on="identity", right_on="key", how="semi", maintain_order="left"
            )
        self.rejections.update(_count(rejected))
        rejects.append(rejected)

    def _remark(self, name: str, remarks: pl.DataFrame) -> None:
        with RowFile(self._path(name)) as file:
            file.append(remarks)
        self.warnings.update(_count(remarks))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.parquet"


def _count(frame: pl.DataFrame) -> dict[str, int]:
    return {str(code): int(rows) for code, rows in frame["reason"].value_counts().iter_rows()}
