"""The thresholds that a run was over, and where they are to be raised."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping

from zdpipe.model.cause import raisable
from zdpipe.model.guard import Guard, Verdict
from zdpipe.model.run import RunReport
from zdpipe.model.threshold import Threshold
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.load import FILE_NAME
from zdpipe.project.locate import line_of

_TABLE = "guards"


def thresholds(bench: Workbench, report: RunReport) -> list[Threshold]:
    """Return each threshold that a run was over, by what zdpipe.toml says now."""
    path = bench.project.root / FILE_NAME
    text = path.read_text(encoding="utf-8-sig")
    return [_threshold(bench, text, verdict) for verdict in raisable(report)]


def _threshold(bench: Workbench, text: str, verdict: Verdict) -> Threshold:
    name = verdict.guard.value
    table = tomllib.loads(text).get(_TABLE)
    is_set = isinstance(table, Mapping) and name in table
    place = f"{FILE_NAME}:{line_of(text, [_TABLE, name])}" if table is not None else FILE_NAME
    now = getattr(bench.project.guards, name)
    needed = _needed(verdict)
    return Threshold(
        table=_TABLE,
        guard=verdict.guard,
        words=verdict.words,
        now=_toml(now),
        needed=_toml(needed),
        is_enough=not now if verdict.guard is Guard.EMPTY else now >= needed,
        is_set=is_set,
        place=place,
    )


def _needed(verdict: Verdict) -> float | bool:
    """Return the smallest whole percent that lets a run through; an empty one passes without the guard."""
    return False if verdict.guard is Guard.EMPTY else float(math.ceil(abs(verdict.number or 0.0)))


def _toml(value: float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:.10g}"
