"""People in the files of runs: found by what names them, and replaced by a placeholder.

Every Parquet file of a run has rows that are about somebody: `key` is their identity key; rejected rows have
it in `identity`, and in `key` what names the row. Counts of runs are about rows, so rows stay.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from zdpipe.durable import written_whole
from zdpipe.errors import StateError
from zdpipe.model.fields import NEVER_SENT
from zdpipe.model.forgotten import Person
from zdpipe.model.known import VALUE_PREFIX
from zdpipe.model.sources import KNOWN_PREFIX, SOURCE_PREFIX
from zdpipe.model.sources import VALUE_PREFIX as NORMALIZED_PREFIX
from zdpipe.state.wording import SHORTEST

# What says nothing of a person: where a row stands, and what was wrong with it.
_KEPT = frozenset(
    {
        "batch",
        "position",
        "row",
        "sending",
        "reason",
        "column",
        "previous_batch",
        "previous_position",
        "role",
        "lead_row",
    }
)
# Cells in which a row about one person may say something of another.
_CELLS = (SOURCE_PREFIX, NORMALIZED_PREFIX, KNOWN_PREFIX)
_IDENTITY = frozenset({NEVER_SENT, "external_id", "email"})
_PLACE = ("batch", "position")


@dataclass(frozen=True)
class Replaced:
    """Rows of the person that have a placeholder now, and rows of others in which a value went."""

    own: int = 0
    others: int = 0


def parquet_files(run_folder: Path) -> list[Path]:
    """Return the Parquet files of a run, the outbox last: until it changes, a run's results can be found."""
    files = sorted(run_folder.glob("*.parquet"))
    return sorted(files, key=lambda path: path.name == "outbox.parquet")


def find_sent(outbox: Path, texts: Collection[str]) -> set[tuple[str, bool]]:
    """Return the keys of those who were sent under one of the texts, and whether they had an external_id."""
    wanted = pl.col("key").is_in(list(texts)) | pl.col("email").is_in(list(texts)).fill_null(value=False)
    rows = rows_where(outbox, wanted, ["key", "external_id"])
    return {(key, external_id is not None) for key, external_id in rows.iter_rows()}


def find_left_out(path: Path, texts: Collection[str]) -> set[tuple[str | None, bool]]:
    """Return who a row is keyed by one of the texts; None where nothing else tells whose it is."""
    columns = columns_of(path)
    if "identity" not in columns:
        wanted = pl.col("key").is_in(list(texts)) if "key" in columns else pl.lit(value=False)
        keys = rows_where(path, wanted, ["key"])["key"] if "key" in columns else ()
        return {(key, "@" not in key) for key in keys}
    wanted = _any([_holds(name, texts) for name in columns if _names_somebody(name)])
    rows = rows_where(path, wanted, ["identity"])
    return {(key, key is not None and "@" not in key) for key in rows["identity"]}


def places_of(outbox: Path, person: Person) -> pl.DataFrame:
    """Return the user objects of a person: batch, position, external_id, email, name and phone (JSON texts).

    Objects that have the person's placeholder already count too.
    """
    columns = columns_of(outbox)
    wanted = pl.col("key").is_in([*person.keys, person.placeholder])
    values = {name: VALUE_PREFIX + name for name in ("name", "phone")}
    rows = rows_where(
        outbox, wanted, [*_PLACE, "external_id", "email", *set(values.values()).intersection(columns)]
    )
    return rows.select(
        *_PLACE,
        "external_id",
        "email",
        *(
            (pl.col(column) if column in columns else pl.lit(None, pl.String)).alias(name)
            for name, column in values.items()
        ),
    )


def find_places(outbox: Path, places: Collection[tuple[int, int]]) -> set[tuple[str, bool]]:
    """Return whose user objects stand at places (batch, position), and whether they had an external_id."""
    wanted = pl.col("batch").is_in([batch for batch, _ in places])
    rows = rows_where(outbox, wanted, [*_PLACE, "key", "external_id"])
    return {
        (key, name is not None)
        for batch, position, key, name in rows.iter_rows()
        if (batch, position) in places
    }


def rows_of(rejects: Path, person: Person) -> pl.DataFrame:
    """Return the rejected rows that are keyed to a person, all columns."""
    return rows_where(rejects, _keyed(columns_of(rejects), person), columns_of(rejects))


def replace_in(path: Path, person: Person) -> Replaced:
    """Put the placeholder into the person's rows and take their values out of others.

    A CSV file beside the Parquet file changes first: what is repeated after a kill finds the person there.
    """
    with readable(path), pq.ParquetFile(path) as file:
        own = others = 0
        for part in _parts(file):
            _, replaced = _redacted(part, person)
            own, others = own + replaced.own, others + replaced.others
        if own or others:
            csv = path.with_suffix(".csv")
            if csv.exists():
                _write_csv(csv, file, person)
            _write_parquet(path, file, person)
    return Replaced(own, others)


def _write_csv(csv: Path, file: pq.ParquetFile, person: Person) -> None:
    with written_whole(csv) as out:
        for number, part in enumerate(_parts(file)):
            _redacted(part, person)[0].write_csv(out, include_header=number == 0)


def _write_parquet(path: Path, file: pq.ParquetFile, person: Person) -> None:
    schema = file.schema_arrow
    # Whoever reads an outbox looks for batches; statistics of anything else would repeat values.
    statistics = [name for name in schema.names if name == "batch"]
    with (
        written_whole(path) as out,
        pq.ParquetWriter(out, schema, compression="zstd", write_statistics=statistics) as writer,
    ):
        for part in _parts(file):
            changed = _redacted(part, person)[0].to_arrow(compat_level=pl.CompatLevel.oldest())
            writer.write_table(changed.cast(schema))


def _parts(file: pq.ParquetFile) -> Iterator[pl.DataFrame]:
    for index in range(file.metadata.num_row_groups):
        yield pl.DataFrame(pl.from_arrow(file.read_row_group(index)))


def _redacted(frame: pl.DataFrame, person: Person) -> tuple[pl.DataFrame, Replaced]:
    own = frame.select(_own(frame.columns, person)).to_series()
    named = [name for name in frame.columns if name == "value" or name.startswith(_CELLS)]
    cells = frame.select(_quotes(name, frame.columns, person).and_(~own) for name in named)
    others = int(cells.select(pl.any_horizontal(named)).to_series().sum()) if named else 0
    if not own.any() and not others:
        return frame, Replaced()
    placed = {"key": person.placeholder, "payload": "{}"}
    changed = [
        pl.when(own | cells[name] if name in named else own)
        .then(pl.lit(placed.get(name)))
        .otherwise(name)
        .alias(name)
        for name in frame.columns
        if name not in _KEPT
    ]
    return frame.with_columns(changed).cast(frame.schema), Replaced(int(own.sum()), others)


def _own(columns: Collection[str], person: Person) -> pl.Expr:
    """Return whether a row is about the person: by its identity, or by the cells of one that has none."""
    if "identity" not in columns:
        return _keyed(columns, person)
    cells = [name for name in columns if name.startswith(SOURCE_PREFIX)]
    told = [_holds(name, person.texts) | _is_number(name, person.numbers) for name in cells]
    # Many bear one name; it counts where a row has nothing else to be called by.
    names = [_holds(name, person.names) for name in cells]
    nobody = pl.col("identity").is_null() & (_any(told) | (pl.col("key").is_null() & _any(names)))
    return _keyed(columns, person) | nobody


def _keyed(columns: Collection[str], person: Person) -> pl.Expr:
    if "identity" in columns:
        return _is_in("identity", person.identities) | _holds("key", person.ids | person.emails)
    if "key" in columns:
        return _is_in("key", person.keys if "payload" in columns else person.identities)
    return pl.lit(value=False)


def _any(told: list[pl.Expr]) -> pl.Expr:
    return pl.any_horizontal(told) if told else pl.lit(value=False)


def _is_in(name: str, texts: Collection[str]) -> pl.Expr:
    return pl.col(name).is_in(list(texts)).fill_null(value=False)


def _is_number(name: str, numbers: Collection[str]) -> pl.Expr:
    digits = pl.col(name).cast(pl.String).str.replace_all(r"\D", "")
    return digits.is_in(list(numbers)).fill_null(value=False)


def _quotes(name: str, columns: Collection[str], person: Person) -> pl.Expr:
    """Return whether a cell of somebody else's row is about a person.

    What is short is so often something else, such as a number, that it counts in columns of identity alone.
    """
    if _bare(name) in _IDENTITY:
        return _holds(name, person.texts)
    long = _holds(name, [text for text in person.texts if len(text) >= SHORTEST])
    if name != "value" or "column" not in columns:
        return long
    return long | (pl.col("column").is_in(list(_IDENTITY)) & _holds(name, person.texts)).fill_null(
        value=False
    )


def _holds(name: str, texts: Collection[str]) -> pl.Expr:
    """Return whether a cell is one of the texts, as it is or as JSON."""
    return _tidy(name).str.strip_chars('"').is_in(list(texts)).fill_null(value=False)


def _tidy(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).str.strip_chars().str.replace_all(r"\s+", " ").str.to_lowercase()


def _names_somebody(column: str) -> bool:
    return column in {"key", "identity"} or column.removeprefix(SOURCE_PREFIX) in _IDENTITY


def _bare(cell: str) -> str:
    """Return the name of the field or column that a cell is about."""
    for prefix in _CELLS:
        cell = cell.removeprefix(prefix)
    return cell


def columns_of(path: Path) -> list[str]:
    """Return the names of a file's columns."""
    with readable(path):
        return list(pl.read_parquet_schema(path))


def rows_where(path: Path, wanted: pl.Expr, columns: Collection[str]) -> pl.DataFrame:
    """Return some columns of the rows that an expression holds for."""
    with readable(path):
        return pl.scan_parquet(path, glob=False).filter(wanted).select(columns).collect()


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Raise StateError, with the run's folder as the cure, for what makes a file unreadable."""
    try:
        yield
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise StateError(
            f"{path} cannot be read, so nobody can tell who is in it: {error}",
            f"Remove the folder {path.parent} if you can do without the details of that run.",
            code="run_files_damaged",
        ) from error
