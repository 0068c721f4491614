"""What the files of one run hold of a person."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from zdpipe.model.forgotten import Person
from zdpipe.model.reasons import Reason
from zdpipe.model.sources import KINDS
from zdpipe.state.run_files import columns_of, readable, rows_of, rows_where

_REMARKS = {"row": pl.Int64, "key": pl.String, "reason": pl.String, "column": pl.String, "value": pl.String}


@dataclass(frozen=True)
class PersonFiles:
    """The rows of a person in a run's files, empty where there are none.

    `sent` are user objects of the outbox, `sources` kept source rows, `rejects` rejected ones, all with the
    columns of their files; `remarks` (row, key, reason, column, value, fits) are warnings about the person,
    `claims` those of others about an address that is the person's. `kinds` are what columns were read as.
    """

    sent: pl.DataFrame
    sources: pl.DataFrame
    rejects: pl.DataFrame
    remarks: pl.DataFrame
    claims: pl.DataFrame
    kinds: dict[str, str]

    @property
    def is_empty(self) -> bool:
        """Whether the run kept nothing of the person."""
        parts = (self.sent, self.sources, self.rejects, self.remarks)
        return all(part.is_empty() for part in parts)


def read_person(folder: Path, person: Person) -> PersonFiles:
    """Read what a run's folder holds of a person; raises StateError for damaged files."""
    remarks = [_remarks(folder / f"{name}.parquet", person) for name in ("warnings", "conflicts")]
    conflicts = folder / "conflicts.parquet"
    claims = _where(conflicts, _claims(person))
    rejects = folder / "rejects.parquet"
    sources = folder / "sources.parquet"
    return PersonFiles(
        sent=_where(folder / "outbox.parquet", pl.col("key").is_in(list(person.keys))).sort(
            "batch", "position"
        ),
        sources=_where(sources, pl.col("key").is_in(list(person.identities))).sort("row"),
        rejects=rows_of(rejects, person).sort("row") if rejects.exists() else _nothing(),
        remarks=pl.concat(remarks).sort("row", "reason"),
        claims=claims,
        kinds=_kinds(sources),
    )


def owners_of(outbox: Path, email: str) -> set[str]:
    """Return the keys of those to whom a run sends an address."""
    return set(_where(outbox, pl.col("email") == email)["key"]) if outbox.exists() else set()


def _claims(person: Person) -> pl.Expr:
    return (
        (pl.col("reason") == Reason.EMAIL_SHARED)
        & pl.col("value").is_in(list(person.emails))
        & ~pl.col("key").is_in(list(person.identities))
    )


def _remarks(path: Path, person: Person) -> pl.DataFrame:
    found = _where(path, pl.col("key").is_in(list(person.identities)))
    fits = pl.col("fits") if "fits" in found.columns else pl.lit(None, pl.String)
    return found.select(*_REMARKS, fits.cast(pl.String).alias("fits"))


def _where(path: Path, wanted: pl.Expr) -> pl.DataFrame:
    return rows_where(path, wanted, columns_of(path)) if path.exists() else _nothing()


def _nothing() -> pl.DataFrame:
    return pl.DataFrame(schema={**_REMARKS, "batch": pl.Int32, "position": pl.Int32})


def _kinds(sources: Path) -> dict[str, str]:
    if not sources.exists():
        return {}
    with readable(sources):
        written: dict[str, str] = json.loads(pl.read_parquet_metadata(sources).get(KINDS, "{}"))
    return written
