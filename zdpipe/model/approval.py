"""An approval: somebody looked at a query for a destination, and said yes to exactly this text of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class QueryPrint:
    """What a query is made of, as SHA-256 digests.

    `attribute_tables` are those it needs, by path; `settings` is what zdpipe.toml says about its values, None
    where nobody knows that any more.
    """

    sql: str
    attribute_tables: Mapping[str, str]
    settings: str | None

    def what_changed(self, now: QueryPrint) -> Iterator[str]:
        """Yield in words what makes `now` another query than this one; nothing where they are the same."""
        if now.sql != self.sql:
            yield "the query's text"
        for path in sorted({*self.attribute_tables, *now.attribute_tables}):
            if now.attribute_tables.get(path) != self.attribute_tables.get(path):
                yield f"the attribute table {path}"
        if now.settings is not None and now.settings != self.settings:
            yield "what zdpipe.toml says about its values"


@dataclass(frozen=True, slots=True)
class Approval:
    """A query approved for an account; `source` is the destination it was promoted from, `at` is UTC."""

    query: str
    destination: str
    account: str
    source: str
    made_of: QueryPrint
    by: str
    at: datetime

    @property
    def words(self) -> str:
        """Say who approved it and when: `jane approved it on 2026-11-26`."""
        return f"{self.by} approved it on {self.at:%Y-%m-%d}"

    def as_json(self) -> dict[str, object]:
        """Return the JSON shape."""
        return {
            "query": self.query,
            "destination": self.destination,
            "account": self.account,
            "from": self.source,
            "sql": self.made_of.sql,
            "attribute_tables": dict(self.made_of.attribute_tables),
            "settings": self.made_of.settings,
            "approved_by": self.by,
            "approved_at": self.at.isoformat(timespec="seconds"),
        }


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Approvals of a query for a destination that are taken away, and how many others the destination has.

    `demanded` says whether the destination is protected, so that approvals count for anything.
    """

    query: str
    destination: str
    account: str
    taken: tuple[Approval, ...]
    left: int
    demanded: bool
