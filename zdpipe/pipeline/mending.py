"""SQL files, mended in memory and then on disk."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from zdpipe.durable import written_whole
from zdpipe.errors import UsageProblem
from zdpipe.lint import mend, unified_diff
from zdpipe.model.finding import Finding
from zdpipe.model.query import Query, Role
from zdpipe.model.schema import SourceSchema
from zdpipe.pipeline.linting import LintReport, lint_queries
from zdpipe.pipeline.sql_files import chosen_paths, read_file
from zdpipe.project.project import Project
from zdpipe.project.schema_file import read_schema

_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class MendedFile:
    """A SQL file as it was, byte-order mark included, and what became of it; stdin has a path of its own."""

    path: Path
    before: str
    query: Query
    mended: int = 0

    @property
    def after(self) -> str:
        """The mended text, with the byte-order mark that was there."""
        return self.before[: len(self._mark)] + self.query.text

    @property
    def patch(self) -> str:
        """The change for `git apply`, empty when there is none."""
        return unified_diff(self.query.path, self.before, self.after)

    @property
    def _mark(self) -> str:
        return _BYTE_ORDER_MARK if self.before.startswith(_BYTE_ORDER_MARK) else ""


@dataclass(frozen=True)
class Mending:
    """Files after mending, and what the linter still says of them."""

    files: tuple[MendedFile, ...]
    left: LintReport

    @property
    def mended(self) -> int:
        """How many findings were mended."""
        return sum(file.mended for file in self.files)

    @property
    def patch(self) -> str:
        """All changes for `git apply`, empty when there are none."""
        return "".join(file.patch for file in self.files)


def mend_project(project: Project, paths: Sequence[Path] | None = None, *, written: bool) -> Mending:
    """Mend the project's SQL, or the files and folders named; where they lie if they are to be `written`.

    Raises UsageProblem when a file was changed meanwhile, or cannot be written.
    """
    files = [_read(project, path) for path in chosen_paths(project, paths)]
    return _mend_all(project, files, written=written)


def mend_text(project: Project, name: str, data: bytes) -> Mending:
    """Mend a text that stands for a file; raises UsageProblem when it is not UTF-8."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageProblem(f"stdin is not UTF-8 text: {error.reason}.", "Convert it first.") from error
    file = MendedFile(Path(name), text, read_file(project, Path(name), text))
    return _mend_all(project, [file], written=False)


def _mend_all(project: Project, files: Sequence[MendedFile], *, written: bool) -> Mending:
    schema = read_schema(project.root)
    done: list[MendedFile] = []
    for role in (Role.ATTRIBUTE_TABLE, Role.QUERY):  # queries see how attribute tables spell their columns
        batch = [file for file in files if file.query.role is role]
        found = lint_queries(project, [file.query for file in batch], schema).findings if batch else ()
        fixable = {finding.path for finding in found if finding.fixable}
        for file in batch:
            mended = _mend(project, file, schema) if file.query.path in fixable else file
            if written and mended.mended:
                _write_back(mended)
            done.append(mended)
    return Mending(tuple(done), lint_queries(project, [file.query for file in done], schema))


def _mend(project: Project, file: MendedFile, schema: SourceSchema | None) -> MendedFile:
    parsed = partial(read_file, project, file.path)

    def lint_text(text: str) -> Sequence[Finding]:
        return lint_queries(project, [parsed(text)], schema).findings

    text = file.query.text
    mended = mend(text, lint_text(text), lint_text)
    if mended.text == text:
        return file
    return replace(file, query=parsed(mended.text), mended=mended.mended)


def _read(project: Project, path: Path) -> MendedFile:
    query = read_file(project, path)
    # Bytes that are no text are a finding, and such a file is never mended.
    before = query.text if query.problem else path.read_bytes().decode("utf-8")
    return MendedFile(path, before, query)


def _write_back(file: MendedFile) -> None:
    """Put a mended file in its place at once, with its mode, through links that lead to it."""
    target = file.path.resolve()
    try:
        if target.read_bytes() != file.before.encode():
            raise UsageProblem(f"{file.path} was changed meanwhile, and is left as it is.", "Start again.")
        mode = stat.S_IMODE(target.stat().st_mode)
        with written_whole(target) as opened:
            os.fchmod(opened.fileno(), mode)
            opened.write(file.after.encode())
    except OSError as error:
        raise UsageProblem(
            f"{file.path} cannot be written: {error.strerror or error}.", "Make it a file you may write."
        ) from error
