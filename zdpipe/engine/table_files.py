"""Parquet and CSV files that stand for tables: which files a path of `[source] tables` means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
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
# What writers of data sets put beside the data: _SUCCESS, _metadata, .part-0.parquet.crc, ._name.
_ASIDE = (".", "_")
_PARTITION = re.compile(r"([^=]+)=(.*)")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE)
_LAKES = {"_delta_log": "Delta Lake", "metadata/version-hint.text": "Iceberg"}
_KEY = "Check [source] tables in zdpipe.toml"


@dataclass(frozen=True, slots=True)
class TableFiles:
    """The files behind one table name, DuckDB's function that reads them, and their partition columns."""

    name: str
    reader: str
    files: tuple[Path, ...]
    partitions: tuple[str, ...] = ()


def find_table_files(tables: Mapping[str, Path]) -> list[TableFiles]:
    """Resolve the paths of `[source] tables`: a file, a folder of files, or a pattern with wildcards.

    In a folder, those of a hive-partitioned set are found through its folders named `column=value`. Raises
    ProjectError where nothing is found or may be read, or where the files are not all of one kind.
    """
    return [_table(name, path) for name, path in tables.items()]


def _table(name: str, path: Path) -> TableFiles:
    try:
        files = tuple(sorted(set(_expand(path))))
    except OSError as error:
        raise ProjectError(
            f'The path of table "{name}" cannot be looked through: {error.strerror}: {error.filename}.',
            "Make it readable for you, or correct [source] tables in zdpipe.toml.",
        ) from None
    if not files:
        raise _missing(name, path)
    reader = _one_reader(name, files)
    return TableFiles(name, reader, files, _one_partitioning(name, files))


def _expand(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        yield from _in_folder(path)
    else:
        anchor = Path(path.anchor)
        yield from _kept(anchor.glob(str(path.relative_to(anchor))))


def _in_folder(folder: Path) -> Iterator[Path]:
    for lake, kind in _LAKES.items():
        if (folder / lake).exists():
            raise ProjectError(
                f"{folder} is a table of {kind}, whose files hold deleted and older rows too.",
                f"Attach it in [source] setup; docs/sources.md has a recipe for {kind}.",
            )
    yield from (file for file in _kept(folder.iterdir()) if _reader(file))


def _kept(found: Iterable[Path]) -> Iterator[Path]:
    """Yield the files among paths, and those in folders of partitions."""
    for path in found:
        if path.name.startswith(_ASIDE):
            continue
        if path.is_file():
            yield path
        elif path.is_dir() and _PARTITION.fullmatch(path.name):
            yield from _in_folder(path)


def _missing(name: str, path: Path) -> ProjectError:
    if _ADDRESS.search(str(path)):
        return ProjectError(
            f'The path of table "{name}" is an address, and [source] tables takes files of this machine.',
            "Read it in [source] setup; docs/sources.md tells how.",
        )
    if path.is_dir():
        return ProjectError(
            f'The folder of table "{name}" has no Parquet or CSV file: {path}.',
            f"{_KEY}. Known endings are {', '.join(READERS)}; of folders inside only those named "
            'column=value are looked into, others need a pattern such as "folder/*/*.parquet".',
        )
    if any(sign in str(path) for sign in "*?["):
        return ProjectError(f'No file matches the pattern of table "{name}": {path}.', f"{_KEY}.")
    return ProjectError(
        f'The file of table "{name}" does not exist: {path}.',
        f"{_KEY}; relative paths start at the project's folder.",
    )


def _one_reader(name: str, files: tuple[Path, ...]) -> str:
    by_reader: dict[str | None, Path] = {}
    for file in files:
        by_reader.setdefault(_reader(file), file)
    unknown = by_reader.pop(None, None)
    if unknown is not None:
        raise ProjectError(
            f'{unknown}, a file of table "{name}", is neither Parquet nor CSV by its ending.',
            f"{_KEY}. Known endings are {', '.join(READERS)}.",
        )
    if len(by_reader) > 1:
        first, second, *_ = by_reader.values()
        raise ProjectError(
            f'The files of table "{name}" are Parquet and CSV at once: {first.name} and {second.name}, '
            f"both in {_common(first, second)}.",
            f'{_KEY}: keep one kind there, or name one with a pattern such as "folder/*.parquet".',
        )
    [reader] = by_reader
    return str(reader)


def _reader(path: Path) -> str | None:
    name = path.name.lower()
    return next((reader for ending, reader in READERS.items() if name.endswith(ending)), None)


def _common(first: Path, second: Path) -> Path:
    return next(folder for folder in first.parents if folder in second.parents)


def _one_partitioning(name: str, files: tuple[Path, ...]) -> tuple[str, ...]:
    """Return the columns that folders of a hive-partitioned set stand for, the same for all files."""
    expected = _partitions(files[0])
    other = next((file for file in files if set(_partitions(file)) != set(expected)), None)
    if other is not None:
        raise ProjectError(
            f'The files of table "{name}" are not all partitioned alike: {files[0]} by '
            f"{_listed(expected)}, {other} by {_listed(_partitions(other))}.",
            "Move the files that do not belong there, or name the others with a pattern in [source] tables.",
        )
    return expected


def _partitions(file: Path) -> tuple[str, ...]:
    return tuple(found[1] for part in file.parent.parts if (found := _PARTITION.fullmatch(part)))


def _listed(columns: tuple[str, ...]) -> str:
    return ", ".join(columns) or "nothing"


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"
