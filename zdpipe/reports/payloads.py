"""Mapped users, as they would be sent, in the formats people and programs read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from decimal import Decimal

from rich.console import Group, RenderableType
from rich.text import Text

from zdpipe.model.fields import CUSTOM_FIELD_PREFIX
from zdpipe.reports.facts import facts_table
from zdpipe.reports.mask import mask_payload


def shown_payloads(payloads: Sequence[str], *, show_pii: bool) -> list[str]:
    """Return the payloads as they are, or masked."""
    return list(payloads) if show_pii else [mask_payload(payload) for payload in payloads]


def payloads_ndjson(payloads: Sequence[str]) -> str:
    """Return one payload a line, byte for byte."""
    return "".join(f"{payload}\n" for payload in payloads)


def payloads_json(payloads: Sequence[str]) -> str:
    """Return one JSON array whose members are the payloads byte for byte."""
    return "[" + ",".join(f"\n  {payload}" for payload in payloads) + "\n]\n"


def payloads_csv(payloads: Sequence[str]) -> str:
    """Return a table with a column for each field that occurs; custom fields are `user_fields.<key>`."""
    users = [flat_payload(payload) for payload in payloads]
    columns = list(dict.fromkeys(column for user in users for column in user))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(users)
    return out.getvalue()


def payloads_text(payloads: Sequence[str]) -> RenderableType:
    """Return each user as a block of fields and values, which fits a terminal of any width."""
    if not payloads:
        return Text("The query maps no customers.")
    blocks: list[RenderableType] = []
    for number, payload in enumerate(payloads, start=1):
        blocks += [Text(f"{number}.", "bold"), facts_table(list(flat_payload(payload).items())), Text()]
    return Group(*blocks[:-1])


def flat_payload(payload: str) -> dict[str, str]:
    """Return each field as text; custom fields are `user_fields.<key>`."""
    user = json.loads(payload, parse_float=Decimal)
    custom = user.pop("user_fields", {})
    return {name: _plain(value) for name, value in user.items()} | {
        CUSTOM_FIELD_PREFIX + key: _plain(value) for key, value in custom.items()
    }


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)
