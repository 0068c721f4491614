"""What is remembered of a query's rows from plan to plan, so that most of them need not be looked at again.

Rows are remembered by their prints, on the basis of everything that decides what is made of their values:
rules, staff, policies, the types of the columns, and the code that reads them. On any other basis nothing is
remembered.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from unicodedata import unidata_version

import polars as pl

import zdpipe.model
import zdpipe.records
from zdpipe.changes.familiar import KEPT, MOST_REMARKED, Familiar, is_worth_it
from zdpipe.changes.workspace import Wanted, Workspace
from zdpipe.prints import can_be_printed, sample_print
from zdpipe.records.rules import Rules
from zdpipe.state.familiar_rows import open_familiar, write_familiar

# The rows of fewer people are looked at in seconds, and in less memory than it takes to remember them.
FEWEST = 2_000_000
# So that they fit in memory beside everything else; further rows are looked at each time.
MOST = 10_000_000
# Whose versions may decide what is made of a value.
_JUDGES = ("zdpipe", "polars", "phonenumbers", "email-validator", "idna")
# What was learnt is worth writing everything anew where it is one in so many of the rows.
_WORTHWHILE = 50


@dataclass(frozen=True)
class Recollection:
    """Where the familiar rows of a query are kept, and which there are; None where there are none.

    `columns` are those of the source that are printed.
    """

    path: Path
    basis: str
    columns: Sequence[str]
    familiar: Familiar | None


@contextmanager
def recollected(
    path: Path | None, schema: pl.Schema, rules: Rules, wanted: Wanted, *, anew: bool = False
) -> Iterator[Recollection | None]:
    """Give what is remembered of a query's rows, nothing of them if it is to be remembered `anew`.

    None where nothing is to be remembered, or the query's columns cannot be told by prints.
    """
    columns = [rule.column for rule in rules.columns]
    fitting = len(columns) <= MOST_REMARKED and can_be_printed(schema[column] for column in columns)
    if path is None or not fitting:
        yield None
        return
    basis = _basis([(column, str(schema[column])) for column in columns], rules, wanted)
    if anew:
        yield Recollection(path, basis, columns, None)
        return
    with open_familiar(path, KEPT, basis) as kept:
        yield Recollection(path, basis, columns, None if kept is None else Familiar(kept))


def remember(recollection: Recollection, workspace: Workspace, folder: Path, read: int) -> None:
    """Keep the prints of rows that may be set aside the next time, where there are enough new ones.

    Until they are whole they lie in `folder`, which no other process writes to. Nothing is kept of a source
    that had `read` rows, where too many of these can never be set aside.
    """
    familiar = recollection.familiar
    aside = familiar.count if familiar else 0
    learnt, new = workspace.learn()
    kept = min(MOST, aside + learnt)
    if not is_worth_it(kept, read - kept):
        recollection.path.unlink(missing_ok=True)
    elif new > aside // _WORTHWHILE:
        write_familiar(recollection.path, KEPT, recollection.basis, workspace.familiar(MOST), folder)


def _basis(types: Sequence[tuple[str, str]], rules: Rules, wanted: Wanted) -> str:
    said = {
        "types": types,
        "rules": asdict(rules),
        "policies": {name: asdict(policy) for name, policy in wanted.policies.items()},
        "made by": [_code(), sample_print(), unidata_version, *map(version, _JUDGES)],
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=_sorted).encode()).hexdigest()


@cache
def _code() -> str:
    """Return a digest of the code that normalizes: a version may have several while it is made."""
    digest = hashlib.sha256()
    for package in (zdpipe.records, zdpipe.model):
        for folder in package.__path__:
            for file in sorted(Path(folder).rglob("*.py")):
                digest.update(file.read_bytes())
    return digest.hexdigest()


def _sorted(value: object) -> list[str]:
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{value!r} has no text that is always the same")
