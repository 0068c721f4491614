"""A customer's source rows in words: each column from source to what is sent, and the SQL that made it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from zdpipe.model.journey import Cell, Remark, Role, Shared, SourceRow, Trace, Treatment
from zdpipe.model.policy import CLEARED
from zdpipe.model.reasons import SENTENCES
from zdpipe.reports.journey_words import ROLES, TREATMENTS, WHYS
from zdpipe.reports.words import count, printable

NOTHING = "(nothing)"
FIELD, BELOW = (0, 0, 0, 2), (0, 0, 0, 6)
# --format json has all of it.
_LONGEST = 160  # characters of an expression
_ROWS = 10  # beside the lead row


def rows_text(rows: tuple[SourceRow, ...], columns: Mapping[str, Trace]) -> Iterator[RenderableType]:
    """Yield the lead row with the SQL of each column, then of every other row what is different there."""
    ordered = sorted(rows, key=lambda row: row.role is not Role.LEAD)
    for row in ordered[:1]:
        yield from _heading(row)
        for cell in row.cells:
            yield from _cell(cell, row)
            yield from _lines(columns.get(cell.column))
    for row in ordered[1 : _ROWS + 1]:
        yield from _heading(row)
        first = {cell.column: cell for cell in ordered[0].cells}
        different = [cell for cell in row.cells if _differs(cell, first.get(cell.column), row)]
        for cell in different:
            yield from _cell(cell, row)
        if different != list(row.cells):
            yield Padding(Text("all other columns as in the first of these rows", "dim"), FIELD)

    if len(ordered) > _ROWS + 1:
        yield Text(f"\n… and {count(len(ordered) - _ROWS - 1, 'more row')}", "dim")


def shared_text(shared: tuple[Shared, ...]) -> Iterator[RenderableType]:
    """Yield whose each address is that several customers have."""
    if shared:
        yield Text("\nAddresses that several customers of the query have", "bold")
    for address in shared:
        owner = address.owner or "somebody nobody knows any more"
        words = f"{address.email} went with {owner}, and not with {', '.join(address.others)}"
        yield Padding(Text(printable(words)), FIELD)


def plain(fragment: str | None) -> str:
    """Return what a JSON text says: texts without quotes, and nothing in words."""
    if fragment in {None, CLEARED}:
        return NOTHING
    said = json.loads(str(fragment))
    return said if isinstance(said, str) else str(fragment)


def _heading(row: SourceRow) -> Iterator[RenderableType]:
    place = "Row of now" if row.is_of_now else "Row"
    number = f" {row.row}" if row.row is not None else ""
    why = f": {WHYS[row.why]}" if row.why else ""
    style = "red" if row.role is Role.REJECTED else ""
    yield Text.assemble((f"\n{place}{number} ", "bold"), (f"{ROLES[row.role]}{why}", style))
    for remark in row.remarks:
        if remark.column not in {cell.column for cell in row.cells}:
            yield Padding(_remark(remark), FIELD)


def _differs(cell: Cell, first: Cell | None, row: SourceRow) -> bool:
    return (
        first is None or cell.source != first.source or any(one.column == cell.column for one in row.remarks)
    )


def _cell(cell: Cell, row: SourceRow) -> Iterator[RenderableType]:
    yield Padding(_way(cell, is_rejected=row.role is Role.REJECTED), FIELD)
    for remark in row.remarks:
        if remark.column == cell.column:
            yield Padding(_remark(remark), BELOW)


def _way(cell: Cell, *, is_rejected: bool) -> Text:
    words = Text.assemble((f"{printable(cell.column)}  ", "bold"), printable(_source(cell.source)))
    if cell.treatments:
        if cell.value is not None and cell.treatments != (Treatment.AS_IT_IS,):
            words.append(f" → {printable(plain(cell.value))}")
        words.append(f"  {', '.join(TREATMENTS[treatment] for treatment in cell.treatments)}", "green")
    elif cell.source is not None and not is_rejected:
        words.append("  never sent", "dim")
    return words


def _source(source: str | None) -> str:
    if source is None:
        return NOTHING
    return source if source.strip() else "(blank)"


def _lines(trace: Trace | None) -> Iterator[RenderableType]:
    if trace is None:
        return
    for line in trace.lines:
        sql = line.text if len(line.text) <= _LONGEST else f"{line.text[:_LONGEST]} …"
        place = (printable(f"{line.path}:{line.span.line}  "), "cyan")
        yield Padding(Text.assemble(place, (printable(sql), "dim"), overflow="fold"), BELOW)
    ends = [end for end in trace.ends if not trace.lines or _column(end) not in trace.lines[-1].text]
    if ends or len(trace.ends) > 1:
        yield Padding(Text(printable(f"from {', '.join(trace.ends)}"), "dim"), BELOW)
    if not trace.is_whole:
        yield Padding(Text("nobody can tell for sure where it comes from before that", "dim"), BELOW)


def _column(end: str) -> str:
    return end.rpartition(".")[2]


def _remark(remark: Remark) -> Text:
    words = Text.assemble((remark.reason, "yellow"), f"  {SENTENCES.get(remark.reason, '')}")
    if remark.fits:
        words.append(printable(f"  It needs {remark.fits}."), "dim")
    return words
