"""DuckDB's errors → one clear message each, with a cure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from zdpipe.engine.csv_complaints import CURE, csv_error
from zdpipe.engine.extensions import CODE, missing_extension
from zdpipe.errors import ProjectError, QueryError, ZdpipeError
from zdpipe.model.resources import is_interruption

_CURES = (
    (
        "Out of Memory Error",
        'Raise [limits] memory in zdpipe.toml (such as memory = "2GB"), or let the query keep less at once.',
    ),
    (
        "file system operations are disabled",
        "A query reads the source's tables only; give the file a name under [source] tables in zdpipe.toml.",
    ),
    (
        "Permission Error",
        "A query may only read the tables of the source; what it needs beforehand belongs to [source] setup.",
    ),
    ("No space left on device", "Free some space where [paths] state lies; queries spill to disk there."),
    ("Catalog Error", "`zdpipe schema` writes what the source offers to schema.json."),
    ("Binder Error", "`zdpipe schema` writes what the source offers to schema.json."),
    ("Parser Error", "`zdpipe lint` shows the place in the file."),
    ("Conversion Error", "Use TRY_CAST where a value may not fit; it gives null instead."),
)
_WRITES = re.compile(r"WITH clause containing .* must be at the top level|attached in read-only mode")
# These quote what stands in a row, which may be somebody's name; all others quote the query's own words.
_ABOUT_VALUES = re.compile(r"(?:Conversion|Invalid Input|Out of Range) Error")
_QUOTED_VALUE = re.compile(r"""(['"]).*\1""")
_PREFIX = re.compile(r"^(?:[A-Z][A-Za-z ]+ Error|Error): ")


def as_said(said: str) -> str:
    """Hide nothing of what DuckDB says."""
    return said


@contextmanager
def query_errors(lines_above: int = 0, hide: Callable[[str], str] = as_said) -> Iterator[None]:
    """Turn what DuckDB, or Arrow on its behalf, raises inside into QueryError.

    `lines_above` are lines put above the user's own text, which the message does not count. `hide` takes out
    of DuckDB's words what nobody may see.
    """
    try:
        yield
    except (duckdb.Error, OSError, RuntimeError) as error:
        if is_interruption(error):
            raise KeyboardInterrupt from None
        raise query_error(hide(str(error)), lines_above) from None


def query_error(said: str, lines_above: int = 0) -> QueryError:
    """Keep the first two lines of what DuckDB says, and the place it points at."""
    if _WRITES.search(said):
        return QueryError(
            "The query writes, and a query may only read.", "Take out INSERT, UPDATE, DELETE and COPY."
        )
    unread = csv_error(said)
    if unread:
        return QueryError(unread, CURE)
    missing = missing_extension(said)
    if missing:
        hint = f'Put "LOAD {missing.name}" into [source] setup: queries load none. {missing.hint}'
        return QueryError(clean_message(said, lines_above), hint, code=CODE)
    cure = next((cure for marker, cure in _CURES if marker in said), "")
    return QueryError(clean_message(said, lines_above), cure)


def clean_message(said: str, lines_above: int = 0) -> str:
    """Drop DuckDB's error class and advice: the first two lines stay, then the source line and its caret."""
    text, _, place = said.partition("\n\nLINE ")
    number, colon, pointed = place.partition(":")
    if _ABOUT_VALUES.match(said):
        text = _QUOTED_VALUE.sub(r"\1***\1", text.split("\n")[0])
    lines = [line.strip() for line in _PREFIX.sub("", text.strip()).split("\n") if line.strip()]
    kept = [] if "Out of Memory" in said else [line for line in lines[1:2] if not line.endswith(":")]
    shown = [*lines[:1], *kept]
    if number.isdigit():
        place = f"{int(number) - lines_above}{colon}{pointed}"
        shown += [line.rstrip() for line in f"LINE {place}".split("\n")[:2]]
    return "\n".join(shown) or "DuckDB refused the query without saying why."


def files_error(table: str, files: Sequence[Path], said: str) -> ProjectError:
    """Say which of a table's files cannot be read, and why."""
    unread = csv_error(said)
    if unread:
        return ProjectError(f'A file of table "{table}" cannot be read. {unread}', CURE)
    words = _PREFIX.sub("", said.strip()).split("\n")[0].rstrip(".")
    damaged = any(str(file) in words for file in files)
    return ProjectError(
        f'The files of table "{table}" cannot be read: {words}.',
        "Write that file anew, or move it away." if damaged else "Correct [source] tables in zdpipe.toml.",
    )


def open_error(path: Path, said: str) -> ZdpipeError:
    """Say why a database file could not be opened read-only."""
    holder = re.search(r"Conflicting lock is held in .*?\(PID (\d+)\)", said)
    if holder:
        return QueryError(
            f"{path} is open for writing in another process (PID {holder[1]}).",
            "Wait until that process is done, or close the database there.",
        )
    if "different configuration" in said:
        return QueryError(f"{path} is already open in this process.", "Close it before running a query.")
    if re.search(r"version number|newer version of DuckDB", said):
        return QueryError(
            f"{path} was written by another version of DuckDB: {clean_message(said)}",
            "Upgrade duckdb in zdpipe's environment, or export the database again.",
        )
    if "ermission denied" in said:
        return ProjectError(f"{path} may not be read.", "Make it readable for you.")
    return QueryError(
        f"{path} cannot be opened: {clean_message(said)}",
        "If the file is damaged, write it anew; [source] database in zdpipe.toml names it.",
    )
