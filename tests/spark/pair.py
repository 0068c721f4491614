"""The same project twice, on DuckDB and on Spark, each with an account of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from tests.pipeline.world import QUERY, World
from zdpipe.model.run import RunReport

_SPARK = 'engine = "spark"\nremote = "{remote}"\n'
# Where rows stood in the result, and what follows from it, is nobody's promise.
_PLACES = ("batch", "position", "row", "previous_batch", "previous_position")


class Pair:
    """Two projects that differ in nothing but the engine."""

    def __init__(self, folder: Path, remote: str, tables: Mapping[str, Path]) -> None:
        self.tables = dict(tables)
        self.duckdb, self.spark = World(folder / "duckdb"), World(folder / "spark")
        self._source(self.duckdb, "")
        self._source(self.spark, _SPARK.format(remote=remote))

    def _source(self, world: World, engine: str) -> None:
        world.lift_guards()
        listed = ", ".join(f'{name} = "{path}"' for name, path in self.tables.items())
        path = world.folder / "zdpipe.toml"
        text = path.read_text(encoding="utf-8")
        path.write_text(
            text.replace('database = "data.duckdb"', f"{engine}tables = {{ {listed} }}"), encoding="utf-8"
        )

    def write(self, name: str | Path, text: str) -> None:
        for world in self.worlds:
            world.write(name, text)

    @property
    def worlds(self) -> tuple[World, World]:
        return self.duckdb, self.spark

    def run(self) -> RunReport:
        """Run the query on both; everything that came of it has to be the same."""
        reports = [world.run() for world in self.worlds]
        ours, theirs = map(outcome, self.worlds, reports)
        assert theirs == ours
        report: RunReport = reports[0]
        return report


@contextmanager
def pair_of(folder: Path, remote: str, tables: Mapping[str, Path]) -> Iterator[Pair]:
    pair = Pair(folder, remote, tables)
    with ExitStack() as stack:
        for world in pair.worlds:
            stack.callback(world.close)
        yield pair


def outcome(world: World, report: RunReport) -> dict[str, Any]:
    """Return what a run made of its rows: counts, outbox, rejected rows, warnings, and the first users."""
    folder = world.folder / ".zdpipe" / "runs" / report.run_id
    return {
        "counts": report.counts,
        "outcome": report.outcome,
        "rejections": report.rejections,
        "warnings": report.warnings,
        "gone": report.gone,
        **{name: _rows(folder / f"{name}.parquet") for name in ("outbox", "rejects", "warnings")},
        "users": sorted(map(_user, world.ask("/api/v2/users?page[size]=100")["users"]), key=str),
    }


def _rows(path: Path) -> list[str]:
    if not path.exists():
        return []
    frame = pl.read_parquet(path)
    return sorted(map(str, frame.drop(_PLACES, strict=False).rows()))


def _user(user: dict[str, Any]) -> dict[str, Any]:
    told = {"id", "url", "created_at", "updated_at"}
    return {key: value for key, value in user.items() if key not in told}


__all__ = ["QUERY", "Pair", "pair_of"]
