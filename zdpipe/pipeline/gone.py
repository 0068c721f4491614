"""People who are gone from a query, and those who are back: what a run is to do to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from zdpipe.changes.gone import Intent, Leavers
from zdpipe.durable import written_whole
from zdpipe.errors import ProjectError
from zdpipe.lint import LintContext
from zdpipe.lint.catalog import Catalog
from zdpipe.lint.scopes import Scopes
from zdpipe.model.errand import Errand
from zdpipe.model.gone import PENDING, Deed, Farewells, Fate, GoneAction
from zdpipe.model.query import Query
from zdpipe.pipeline.prepare import read_one_query
from zdpipe.pipeline.sql_files import attribute_tables
from zdpipe.pipeline.store import Store
from zdpipe.pipeline.terms import Compared
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.schema_file import read_schema
from zdpipe.state.errands import created_by_runs

_NEW_IDENTITY = {
    frozenset({"external_id", "email"}): "external_id and email come",
    frozenset({"external_id"}): "external_id comes",
    frozenset({"email"}): "email comes",
}


@dataclass(frozen=True)
class Parting:
    """What a plan means to do: how many people, by deed and by the fate that is known already."""

    action: GoneAction
    leavers: Leavers
    people: Mapping[tuple[Deed, Fate | None], int]

    @property
    def farewells(self) -> Farewells:
        """The forecast; `pending` are those of whom the account decides."""
        gone: dict[str, int] = {}
        returned: dict[str, int] = {}
        for (deed, fate), number in self.people.items():
            side = returned if deed.takes_back else gone
            word = PENDING if fate is None else fate.value
            side[word] = side.get(word, 0) + number
        return Farewells(self.action, gone, returned)


def action_of(bench: Workbench, query: Query) -> GoneAction:
    """Return what is wanted for people who are gone from a query: its header counts before the project.

    Raises ProjectError where they are to be tagged and there is no tag.
    """
    word = query.options.get("gone")
    action = GoneAction(word) if word else bench.project.gone.action
    if action is GoneAction.TAG and bench.project.gone.tag is None:
        raise ProjectError(
            f"{query.path} wants customers who are gone to be tagged, and the project has no tag.",
            'Add one to zdpipe.toml, below [gone]: tag = "no-longer-a-customer".',
        )
    return action


def plan_parting(
    bench: Workbench, store: Store, compared: Compared, query: Query, account: str
) -> Parting | None:
    """Decide what to do to people who are gone or back; None where only some people of the query count."""
    if compared.is_part:
        return None
    action, leavers = action_of(bench, query), compared.leavers
    intent = Intent(action)
    if action is not GoneAction.REPORT and compared.gone:
        intent = Intent(
            action,
            bench.project.gone.tag,
            fields={other: _columns(bench, other) for other in still_there(bench, leavers.other_queries())},
            born=created_by_runs(store.connection, account, leavers.users()),
        )
    return Parting(action, leavers, leavers.plan(intent))


def write_parting(store: Store, run_id: str, parting: Parting, size: int) -> list[Errand]:
    """Write, durably, whom the query has by now, and the errands of so many people each; return these."""
    joins = parting.action is not GoneAction.REPORT
    _write(store.folder.members(run_id), parting.leavers.members(join=joins))
    _write(store.folder.errands(run_id), parting.leavers.errands(size) if parting.people else ())
    portions = parting.leavers.portions(size) if parting.people else []
    return [Errand(number, deed, people) for number, deed, people in portions]


def tell_new_identity(bench: Workbench, columns: frozenset[str]) -> None:
    """Remark that nobody can tell who is gone, where an identity column changed."""
    if columns:
        bench.progress.remark(
            f"{_NEW_IDENTITY[columns]} from elsewhere than in the last run, so customers known by it are not"
            " counted as gone this once."
        )


def still_there(bench: Workbench, queries: Iterable[str]) -> list[str]:
    """Return the queries whose file is still there; one that was removed has nobody any more."""
    return [query for query in queries if (bench.project.root / query).is_file()]


def _columns(bench: Workbench, path: str) -> Collection[str] | None:
    """Return the columns of another query of the project, None where nobody can tell them."""
    query = read_one_query(bench, bench.project.root / path)
    tables = {table.name: table for table in attribute_tables(bench.project)}
    context = LintContext(schema=read_schema(bench.project.root), attribute_tables=tables)
    return Scopes(query.statement, Catalog(context)).output()


def _write(path: Path, parts: Iterable[pa.RecordBatch]) -> None:
    """Write rows as Parquet, where there are any; a power cut leaves the whole file or none."""
    rows = (part for part in parts if part.num_rows)
    first = next(rows, None)
    path.unlink(missing_ok=True)
    if first is None:
        return
    with written_whole(path) as file, ParquetWriter(file, first.schema, compression="zstd") as writer:
        for part in _chained(first, rows):
            writer.write_batch(part)


def _chained(first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield first
    yield from rest
