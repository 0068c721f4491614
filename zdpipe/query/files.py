"""SQL files on disk → Queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.errors import ProjectError
from zdpipe.model.lines import span_at
from zdpipe.model.query import ParseProblem, Query, Role
from zdpipe.query.header import DIALECTS, read_header
from zdpipe.query.parse import parse

if TYPE_CHECKING:
    from pathlib import Path

_BYTE_ORDER_MARK = "\ufeff"


def find_queries(folder: Path) -> tuple[Path, ...]:
    """Return the `.sql` files under a folder, in the same order everywhere; none if it is missing."""
    found = (
        path
        for path in folder.rglob("*")
        if path.suffix.lower() == ".sql" and path.is_file() and not path.name.startswith(".")
    )
    return tuple(sorted(found, key=lambda path: path.relative_to(folder).as_posix()))


def read_attribute_tables(folder: Path, root: Path, default_dialect: str) -> tuple[Query, ...]:
    """Read every attribute table under a folder; the stem of its file is the table's name."""
    return tuple(
        read_query(path, root, Role.ATTRIBUTE_TABLE, default_dialect) for path in find_queries(folder)
    )


def read_query(path: Path, root: Path, role: Role, default_dialect: str, text: str | None = None) -> Query:
    """Read and parse one file, or `text` in its stead; what is wrong with the SQL becomes `Query.problem`.

    Raises ProjectError when the file cannot be read at all, or the project's dialect is unknown.
    """
    if default_dialect not in DIALECTS:
        raise ProjectError(
            f"`{default_dialect}` is not a SQL dialect that zdpipe knows.",
            f"Set `dialect` under [source] in zdpipe.toml to one of: {', '.join(sorted(DIALECTS))}.",
        )
    problem = None
    if text is None:
        text, problem = _decode(_read(path))
    text = text.removeprefix(_BYTE_ORDER_MARK)
    header = read_header(text)
    dialect = header.options.get("dialect", default_dialect)
    parsed = problem or header.problem or parse(text, dialect)
    found, statements = (parsed, ()) if isinstance(parsed, ParseProblem) else (None, parsed)
    return Query(
        path=_shown(path, root),
        name=path.stem,
        role=role,
        text=text,
        dialect=dialect,
        options=header.options,
        statements=statements,
        problem=found,
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ProjectError(
            f"There is no file {path}.", "Check the path; `zdpipe init` makes a project with queries."
        ) from None
    except OSError as error:
        raise ProjectError(
            f"{path} cannot be read: {error.strerror}.", "Give the path of a SQL file that you may read."
        ) from error


def _decode(data: bytes) -> tuple[str, ParseProblem | None]:
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError as error:
        text = data.decode("utf-8", errors="replace")
        start = len(data[: error.start].decode("utf-8")) - text.startswith(_BYTE_ORDER_MARK)
        shown = data[error.start : error.start + 1].hex()
        message = f"The byte 0x{shown} is not UTF-8 text. Save the file as UTF-8."
        return text, ParseProblem(message, span_at(text.removeprefix(_BYTE_ORDER_MARK), start, start + 1))


def _shown(path: Path, root: Path) -> str:
    resolved, base = path.absolute(), root.absolute()
    return resolved.relative_to(base).as_posix() if resolved.is_relative_to(base) else path.as_posix()
