"""What became of the rows, set like an addition."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table
from rich.text import Text

from zdpipe.model.run import Counts
from zdpipe.reports.words import count

DONE: dict[str, str] = {
    "created": "new in Zendesk",
    "updated": "changed in Zendesk",
    "unchanged": "nothing new to send",
    "duplicate": "same customer, other row",
    "rejected": "left out, see below",
    "failed": "refused by Zendesk",
    "pending": "not sent yet",
}
FORECAST: dict[str, str] = DONE | {
    "created": "not sent before",
    "updated": "sent before, or one more address",
}
_STYLES = {"created": "green", "updated": "green", "rejected": "yellow", "failed": "red", "pending": "yellow"}


def counts_table(counts: Counts, words: Mapping[str, str] = DONE, read: str = "rows of the query") -> Table:
    """Return the outcomes one below the other, and the rows read as their sum, with words for them."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim")
    numbers = counts.as_json()
    for name, meaning in words.items():
        style = _STYLES.get(name, "") if numbers[name] else ""
        table.add_row(Text(name, style), Text(count(numbers[name]), style), meaning)
    total = count(numbers["read"])
    table.add_row("", "─" * max(len(total), 5), "")
    table.add_row(Text("read", "bold"), Text(total, "bold"), read)
    return table
