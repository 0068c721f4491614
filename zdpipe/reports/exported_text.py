"""What an export wrote, in words."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from zdpipe.model.warehouse import Exported
from zdpipe.reports.facts import facts_table
from zdpipe.reports.words import count, printable


def exported_text(exported: Exported, to: str) -> RenderableType:
    """Return how many runs were written, how many rows of each table, and what could not be told any more."""
    written = f"{count(len(exported.runs), 'run')} written to {to}"
    lines: list[RenderableType] = [
        Text(printable(f"{written}, {count(exported.unchanged)} there as before."))
    ]
    if exported.runs:
        facts = [(table, count(rows, "row")) for table, rows in exported.rows.items()]
        lines += [Text(), facts_table(facts)]
        words = "Personal data is in it." if exported.show_pii else "Personal data is left out."
        lines += [Text(), Text(words, "dim")]
    for run_id, why in exported.incomplete.items():
        lines.append(Text(printable(f"Run {run_id} has no people in it: {why}"), "yellow"))
    return Group(*lines)
