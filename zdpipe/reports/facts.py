"""A few facts, each with its name in front."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from zdpipe.reports.words import printable


def facts_table(facts: Sequence[tuple[str, str]]) -> Table:
    """Return names and facts in two columns; long facts are folded below themselves."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, fact in facts:
        table.add_row(printable(name), Text(printable(fact)))
    return table


def copyable(title: str, lines: Sequence[str]) -> list[RenderableType]:
    """Return paths or commands on lines of their own, never broken, so that they can be copied."""
    if not lines:
        return []
    return [
        Group(
            Text(),
            Text(title, "bold"),
            *(Text(f"  {line}", no_wrap=True, overflow="ignore") for line in lines),
        )
    ]
