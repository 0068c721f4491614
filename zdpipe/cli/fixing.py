"""`zdpipe lint --fix` and `--diff`: SQL files, mended in memory and then on disk."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from zdpipe.durable import written_whole
from zdpipe.errors import UsageProblem
from zdpipe.lint import mend, unified_diff
from zdpipe.model.query import Query, Role
from zdpipe.pipeline.linting import LintReport, lint_queries
from zdpipe.project.schema_file import read_schema
from zdpipe.query import find_queries, read_query

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zdpipe.model.finding import Finding
    from zdpipe.model.schema import SourceSchema
    from zdpipe.project.project import Project

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
    def diff(self) -> str:
        """The change as a patch, empty when there is none."""
        return unified_diff(self.query.path, self.before, self.after)

    @property
    def _mark(self) -> str:
        return _BYTE_ORDER_MARK if self.before.startswith(_BYTE_ORDER_MARK) else ""


def files_of(project: Project, paths: Sequence[Path]) -> tuple[MendedFile, ...]:
    """Read the files and folders named, or the project's own."""
    folders = (project.paths.queries, project.paths.attribute_tables)
    found = [file for path in paths or folders for file in _expand(path, must_be=bool(paths))]
    return tuple(_read(project, path) for path in {path.absolute(): path for path in found}.values())


def file_of_text(project: Project, name: str, data: bytes) -> MendedFile:
    """Take what was piped in for the file it stands for."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageProblem(f"stdin is not UTF-8 text: {error.reason}.", "Convert it first.") from error
    return MendedFile(Path(name), text, _parsed(project, Path(name), text))


def mend_files(project: Project, files: Sequence[MendedFile], *, written: bool) -> tuple[MendedFile, ...]:
    """Mend files in memory, and where they lie if they are to be `written`."""
    schema = read_schema(project.root)
    done: list[MendedFile] = []
    for role in (Role.ATTRIBUTE_TABLE, Role.QUERY):  # queries see how attribute tables spell their columns
        batch = [file for file in files if file.query.role is role]
        found = lint_queries(project, [file.query for file in batch], schema).findings if batch else ()
        fixable = {finding.path for finding in found if finding.fixable}
        for file in batch:
            mended = _mend(project, file, schema) if file.query.path in fixable else file
            if written and mended.mended:
                write_back(mended)
            done.append(mended)
    return tuple(done)


def _mend(project: Project, file: MendedFile, schema: SourceSchema | None) -> MendedFile:
    def lint_text(text: str) -> Sequence[Finding]:
        return lint_queries(project, [_parsed(project, file.path, text)], schema).findings

    text = file.query.text
    mended = mend(text, lint_text(text), lint_text)
    if mended.text == text:
        return file
    return replace(file, query=_parsed(project, file.path, mended.text), mended=mended.mended)


def report_on(project: Project, files: Iterable[MendedFile]) -> LintReport:
    """Lint files as they are now."""
    return lint_queries(project, [file.query for file in files], read_schema(project.root))


def write_back(file: MendedFile) -> None:
    """Put a mended file in its place at once, with its mode, through links that lead to it.

    Raises UsageProblem when somebody changed it meanwhile, or it cannot be written.
    """
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


def _expand(path: Path, must_be: bool) -> Sequence[Path]:
    return find_queries(path) if path.is_dir() or not must_be else [path]


def _read(project: Project, path: Path) -> MendedFile:
    query = _parsed(project, path)
    # Bytes that are no text are a finding, and such a file is never mended.
    before = query.text if query.problem else path.read_bytes().decode("utf-8")
    return MendedFile(path, before, query)


def _parsed(project: Project, path: Path, text: str | None = None) -> Query:
    inside = path.absolute().is_relative_to(project.paths.attribute_tables.absolute())
    role = Role.ATTRIBUTE_TABLE if inside else Role.QUERY
    return read_query(path, project.root, role, project.source.dialect, text)
