"""A pruning in words."""

from __future__ import annotations

from collections import Counter

from rich.console import Group, RenderableType
from rich.text import Text

from zdpipe.model.pruned import HELD, Pruned
from zdpipe.reports.words import count

_UNITS = ("bytes", "KB", "MB", "GB")


def pruned_text(pruned: Pruned) -> RenderableType:
    """Return what was removed, run by run, and why others beyond the number stay."""
    lines = [Text(_heading(pruned), "bold"), *(Text(f"  {run_id}") for run_id in pruned.runs)]
    others = (
        (pruned.orphans, "folder of an unknown run", "folders of unknown runs"),
        (pruned.leftovers, "file of a killed process", "files of killed processes"),
        (pruned.logs, "log older than any run", "logs older than any run"),
    )
    lines += [Text(f"  {count(number, one, many)}") for number, one, many in others if number]
    for reason, number in Counter(pruned.held.values()).items():
        lines.append(Text(f"{count(number, 'older run')} stayed: {HELD[reason]}", "dim"))
    lines.append(Text(f"{_size(pruned.bytes_freed)} were given back.", "dim"))
    return Group(*lines)


def _heading(pruned: Pruned) -> str:
    kept = (
        f"the newest {pruned.keep:,} of each query stay"
        if pruned.keep > 1
        else "the newest of each query stays"
    )
    return f"{count(len(pruned.runs), 'run')} removed; {kept}."


def _size(number: float) -> str:
    for unit in _UNITS[:-1]:
        if number < 1000:
            return f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:.1f} {_UNITS[-1]}"
