"""Parquet and CSV files that stand for tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from zdpipe.errors import ProjectError

READERS = {
    ".parquet": "read_parquet",
    ".pq": "read_parquet",
    ".csv": "read_csv",
    ".tsv": "read_csv",
    ".csv.gz": "read_csv",
    ".tsv.gz": "read_csv",
}


@dataclass(frozen=True, slots=True)
class TableFiles:
    """The files behind one table name, and DuckDB's function that reads them."""

    name: str
    reader: str
    files: tuple[Path, ...]

    @property
    def view(self) -> str:
        """The statement that makes the table a temporary view."""
        files = ", ".join(literal(str(path)) for path in self.files)
        return f"CREATE TEMP VIEW {identifier(self.name)} AS SELECT * FROM {self.reader}([{files}])"


def find_table_files(tables: Mapping[str, Path]) -> list[TableFiles]:
    """Resolve the paths of `[source] tables`: a file, a folder of files, or a pattern with wildcards.

    Raises ProjectError where nothing is found or the files are not all of one kind.
    """
    return [_table(name, path) for name, path in tables.items()]


def _table(name: str, path: Path) -> TableFiles:
    files = tuple(sorted(_expand(path)))
    if not files:
        raise ProjectError(
            f'The files of table "{name}" are missing: {path}.',
            "Check [source] tables in zdpipe.toml; files end in .parquet or .csv.",
        )
    readers = {_reader(file) for file in files}
    reader = readers.pop()
    if readers or reader is None:
        raise ProjectError(
            f'The files of table "{name}" are not all Parquet or all CSV: {path}.',
            f"Known endings are {', '.join(READERS)}.",
        )
    return TableFiles(name, reader, files)


def _expand(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if path.is_dir():
        return [file for file in path.iterdir() if file.is_file() and _reader(file)]
    anchor = Path(path.anchor)
    return [file for file in anchor.glob(str(path.relative_to(anchor))) if file.is_file()]


def _reader(path: Path) -> str | None:
    name = path.name.lower()
    return next((reader for ending, reader in READERS.items() if name.endswith(ending)), None)


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"
