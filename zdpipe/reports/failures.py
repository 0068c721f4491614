"""Failed user objects as people and programs read them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from zdpipe.model.run import FailureExample
from zdpipe.reports.mask import mask_identifier, mask_payload, mask_quotes
from zdpipe.reports.payloads import flat_payload
from zdpipe.reports.words import count, printable

if TYPE_CHECKING:
    import polars as pl

Record = dict[str, object]
_INDENT = (0, 0, 0, 10)


def shown_failures(rows: pl.DataFrame, *, show_pii: bool) -> list[Record]:
    """Return the rows as dictionaries; key, details and payload are masked unless asked otherwise."""
    records = rows.to_dicts()
    return records if show_pii else mask_failures(records)


def failures_frame(rows: pl.DataFrame, *, show_pii: bool) -> pl.DataFrame:
    """Return the rows with the same columns, masked unless asked otherwise."""
    import polars as pl  # noqa: PLC0415 - loading Polars takes longer than most commands here do

    return rows if show_pii else pl.DataFrame(shown_failures(rows, show_pii=False), schema=rows.schema)


def failures_text(records: Sequence[Record], people: int, objects: int) -> RenderableType:
    """Return a block for each object: row, key and reason, Zendesk's words, where it went, what it was."""
    if not records:
        return Text("Nobody failed.")
    blocks: list[RenderableType] = []
    for record in records:
        blocks += [*_block(record), Text()]
    ending = f"{count(people, 'customer')} failed"
    if objects != people:
        ending += f", with {count(objects, 'user object')}"
    if len(records) != objects:
        ending += f"; the first {count(len(records))} are shown, --out FILE writes all"
    return Group(*blocks, Text(ending, "dim"))


def failures_ndjson(records: Iterable[Record]) -> str:
    """Return one JSON object a line; its payload is an object, byte for byte as it was sent."""
    return "".join(f"{_as_json(record)}\n" for record in records)


def failures_json(run_id: str, records: Sequence[Record], people: int) -> str:
    """Return one JSON document: run_id, people, and the failures as `failures_ndjson` writes them."""
    listed = ",".join(f"\n    {_as_json(record)}" for record in records)
    ending = "\n  ]" if records else "]"
    return (
        f'{{\n  "run_id": {json.dumps(run_id)},\n  "people": {people},\n  "failures": [{listed}{ending}\n}}\n'
    )


def example_words(examples: Mapping[str, FailureExample], *, show_pii: bool) -> dict[str, str]:
    """Return Zendesk's words by reason, masked unless asked otherwise."""
    if show_pii:
        return {reason: example.words for reason, example in examples.items() if example.words}
    return masked_words(examples)


def masked_words(examples: Mapping[str, FailureExample]) -> dict[str, str]:
    """Return Zendesk's words by reason, masked; none where the object they are about is not known any more.

    Without it nobody could tell which of the words are somebody's name.
    """
    return {
        reason: mask_quotes(example.words, example.payload)
        for reason, example in examples.items()
        if example.words and example.payload is not None
    }


def mask_failures(records: Sequence[Record]) -> list[Record]:
    """Mask key, details and payload of failed objects, all that are shown at once."""
    words = _masked_details(records)
    return [
        record
        | {
            "key": mask_identifier(str(record["key"])),
            "details": None if _is_deed(record) else words.get((record["batch"], record["details"])),
            "payload": mask_payload(str(record["payload"])),
        }
        for record in records
    ]


def _masked_details(records: Iterable[Record]) -> dict[tuple[object, object], str]:
    """Mask each sentence of a batch once: all who failed with the same words may be named in them."""
    payloads: defaultdict[tuple[object, object], list[str]] = defaultdict(list)
    for record in records:
        if record["details"] is not None and not _is_deed(record):
            payloads[record["batch"], record["details"]].append(str(record["payload"]))
    return {(batch, words): mask_quotes(str(words), *who) for (batch, words), who in payloads.items()}


def _is_deed(record: Record) -> bool:
    """Tell whether it is about somebody who is gone: nothing tells which words about them are their name."""
    return record["row"] is None


def _as_json(record: Record) -> str:
    others = {name: value for name, value in record.items() if name != "payload"}
    return f'{json.dumps(others, ensure_ascii=False)[:-1]}, "payload": {record["payload"]}}}'


def _block(record: Record) -> list[RenderableType]:
    place = str(record["sending"]) if _is_deed(record) else f"row {record['row']}"
    head = Text.assemble(
        (f"{place:<9} ", "dim"), f"{printable(str(record['key']))}  ", (str(record["reason"]), "yellow")
    )
    below = [Text(printable(str(record["details"])))] if record["details"] else []
    names = {"job": record["job_id"], "request": record["request_id"]}
    if went := ", ".join(f"{name} {value}" for name, value in names.items() if value):
        below.append(Text(printable(went), "dim", overflow="fold"))
    sent = flat_payload(str(record["payload"])).items()
    below.append(
        Text(printable("  ".join(f"{name}={value}" for name, value in sent)), "dim", overflow="fold")
    )
    return [head, *(Padding(line, _INDENT) for line in below)]
