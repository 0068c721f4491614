"""What a query makes of some customers, before anything is sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that was rejected, or a value of a row that was left out, with the reason's code.

    `row` is the position in the query's result, from 1, `key` the first given of amperity_id, external_id and
    email for a rejection and the identity key for a warning, `value` the source's text of the column.
    """

    row: int
    key: str | None
    reason: str
    column: str | None
    value: str | None

    def __str__(self) -> str:
        """Write it as one line."""
        value = "" if self.value is None else f": {json.dumps(self.value, ensure_ascii=False)}"
        column = f" {self.column}{value}" if self.column else ""
        return f"row {self.row} ({self.key or 'no key'}) {self.reason}{column}"


@dataclass(frozen=True, slots=True)
class Mapped:
    """The user objects a first send would put into `users`, byte for byte, and what was left out of them."""

    payloads: tuple[str, ...]
    rejections: tuple[LeftOut, ...]
    warnings: tuple[LeftOut, ...]

    @property
    def users(self) -> list[dict[str, Any]]:
        """The payloads, read."""
        return [json.loads(payload) for payload in self.payloads]

    @property
    def text(self) -> str:
        """Everything, one line each: payloads, then rejections, then warnings."""
        return "\n".join(
            [
                *self.payloads,
                *(f"rejected: {rejection}" for rejection in self.rejections),
                *(f"warning: {warning}" for warning in self.warnings),
            ]
        )
