"""Whether planning got slower or larger beside DuckDB alone: ratios, recorded in a file and measured anew.

A ratio is a case's time or memory in that of DuckDB's COPY in the same run, so that another machine changes
little. Time is that of the processors: what else a machine does changes that least.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.growth.ours import FLOOR
from tests.bench.growth.process import Spent

# A ratio that got worse by half fails.
WORSE = 1.5
_HEAD = """\
# Time of the processors and memory of each case, in those of DuckDB's COPY at the same size.
# `make bench-small` fails where one is half as much again; with RECORD=--record it writes this file anew.
"""


@dataclass(frozen=True)
class Ratio:
    """Time and memory of a case, in those of DuckDB's COPY."""

    time: float
    memory: float


Ratios = Mapping[int, Mapping[str, Ratio]]


def ratios_of(spent: Mapping[str, Spent]) -> dict[str, Ratio]:
    """Return the ratio of each case but the floor's own."""
    floor = spent[FLOOR]
    return {
        case: Ratio(round(took.cpu / floor.cpu, 2), round(took.peak / floor.peak, 2))
        for case, took in spent.items()
        if case != FLOOR
    }


def complaints(measured: Ratios, recorded: Ratios) -> Iterator[str]:
    """Yield a sentence for each ratio that got worse by half, and for each case that is on one side alone."""
    for rows in sorted({*measured, *recorded}):
        now, then = measured.get(rows, {}), recorded.get(rows, {})
        for case in sorted({*now, *then}):
            name = f"{case}, {rows:,} rows"
            if case not in now:
                yield f"{name}: was not measured"
            elif case not in then:
                yield f"{name}: nothing is recorded to compare it with"
            else:
                yield from _worse(name, now[case], then[case])


def _worse(name: str, now: Ratio, then: Ratio) -> Iterator[str]:
    before = asdict(then)
    for kind, ratio in asdict(now).items():
        if ratio > WORSE * before[kind]:
            yield f"{name}: {kind} is {ratio:.2f} × that of DuckDB's COPY, and was {before[kind]:.2f}"


def read_ratios(path: Path) -> Ratios:
    """Read what is recorded."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        int(rows): {case: Ratio(**ratio) for case, ratio in cases.items()} for rows, cases in document.items()
    }


def write_ratios(path: Path, measured: Ratios) -> None:
    """Record what was measured."""
    tables = (
        f'\n[{rows}."{case}"]\ntime = {ratio.time}\nmemory = {ratio.memory}\n'
        for rows, cases in measured.items()
        for case, ratio in cases.items()
    )
    path.write_text(_HEAD + "".join(tables), encoding="utf-8")
