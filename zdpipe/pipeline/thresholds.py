"""The thresholds that a run was over, and where they are to be raised."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence

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
    return [_threshold(bench, text, verdict, report.orchestration) for verdict in raisable(report)]


def _threshold(bench: Workbench, text: str, verdict: Verdict, orchestration: str | None) -> Threshold:
    name = verdict.guard.value
    keys = _table(bench, orchestration, name)
    table = _found(tomllib.loads(text), keys)
    is_set = isinstance(table, Mapping) and name in table
    place = f"{FILE_NAME}:{line_of(text, [*keys, name])}" if table is not None else FILE_NAME
    now = getattr(bench.project.guards_of(orchestration), name)
    needed = _needed(verdict)
    return Threshold(
        table=".".join(keys),
        guard=verdict.guard,
        words=verdict.words,
        now=_toml(now),
        needed=_toml(needed),
        is_enough=not now if verdict.guard is Guard.EMPTY else now >= needed,
        is_set=is_set,
        place=place,
    )


def _table(bench: Workbench, orchestration: str | None, guard: str) -> list[str]:
    """Return the keys of the table that has a threshold: an orchestration's own, else the project's."""
    own = bench.project.orchestrations.get(orchestration or "")
    if own is not None and own.guards is not None and getattr(own.guards, guard) is not None:
        return ["orchestrations", own.name, _TABLE]
    return [_TABLE]


def _found(content: object, keys: Sequence[str]) -> object:
    for key in keys:
        content = content.get(key) if isinstance(content, Mapping) else None
    return content


def _needed(verdict: Verdict) -> float | bool:
    """Return the smallest whole percent that lets a run through; an empty one passes without the guard."""
    return False if verdict.guard is Guard.EMPTY else float(math.ceil(abs(verdict.number or 0.0)))


def _toml(value: float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:.10g}"
