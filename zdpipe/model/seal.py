"""A sealed plan: enough of a plan to tell whether another one would send exactly the same."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from zdpipe.model.reasons import Reason

FORMAT = 1
_STAFF = Reason.STAFF_ACCOUNT.value
_KIND = "zdpipe sealed plan"
# All other values are texts.
_TYPES: Mapping[str, type] = {"full": bool, "attribute_tables": dict, "counts": dict, "rejections": dict}


@dataclass(frozen=True, slots=True)
class Seal:
    """What a plan was made of and what came of it; no value of any customer, only prints of them.

    `sql`, `attribute_tables` (by name) and `settings` are SHA-256 digests of texts, `rows` and `outgoing` are
    prints of the query's normalized rows and of the user objects to be sent. `counts` and `rejections` are
    those of the plan.
    """

    query: str
    account: str
    full: bool
    sql: str
    attribute_tables: Mapping[str, str]
    settings: str
    rows: str
    outgoing: str
    counts: Mapping[str, int]
    rejections: Mapping[str, int]
    planned_at: str

    def as_text(self) -> str:
        """Return the file's text."""
        return json.dumps({"kind": _KIND, "format": FORMAT} | asdict(self), indent=2) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Seal:
        """Read a file's text; raises ValueError where it is no sealed plan of this format."""
        document: Any = json.loads(text)
        if not isinstance(document, dict) or document.pop("kind", None) != _KIND:
            raise ValueError("it is no sealed plan")
        if document.pop("format", None) != FORMAT:
            raise ValueError("another version of zdpipe wrote it")
        if set(document) != set(cls.__dataclass_fields__):
            raise ValueError("it is damaged")
        if not all(isinstance(value, _TYPES.get(name, str)) for name, value in document.items()):
            raise ValueError("it is damaged")
        return cls(**document)

    def what_changed(self, now: Seal) -> Iterator[str]:
        """Yield what makes a plan of now another one than this, in words; nothing where they are the same."""
        if now.sql != self.sql:
            yield "the query's text"
        for name in sorted({*self.attribute_tables, *now.attribute_tables}):
            if now.attribute_tables.get(name) != self.attribute_tables.get(name):
                yield f"the attribute table {name}"
        if now.settings != self.settings:
            yield "zdpipe.toml"
        if now.rejections.get(_STAFF) != self.rejections.get(_STAFF):
            yield "the account's staff"
        elif (now.rows, now.rejections) != (self.rows, self.rejections):
            yield "the source"
        elif (now.outgoing, now.counts) != (self.outgoing, self.counts):
            yield "what is known of the account"

    def is_like(self, now: Seal) -> bool:
        """Tell whether two plans are of the same things and send the same bytes."""
        return replace(now, planned_at=self.planned_at) == self
