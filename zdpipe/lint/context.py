"""What the linter knows beside the files themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlglot import exp

    from zdpipe.model.fields import Kind
    from zdpipe.model.finding import Severity
    from zdpipe.model.query import Query
    from zdpipe.model.schema import AccountSchema, SourceSchema


@dataclass(frozen=True)
class OtherEngine:
    """What queries run on in DuckDB's stead.

    `dialect` is its own, whose texts run as they stand. `losses` names the parts of a query that it would
    read otherwise, with the reason, and `cure` is what to do about them.
    """

    name: str
    dialect: str
    losses: Callable[[Query], Iterable[tuple[exp.Expr, str]]]
    cure: str


@dataclass(frozen=True)
class LintContext:
    """The project around the files: its source, its attribute tables, and its own choices.

    Without a `schema` the rules about tables, columns and types say nothing, and without `accounts`, which
    are named by their destination, those about custom fields' existence. `allowed_fields` are output
    columns with `allow = true`, and `kinds` say how others are read, by `as`. `severities` and `ignore` name
    rules by code or name; `ignore_in` does so per file, by a pattern such as `queries/old/*.sql`.
    `engine` is there where queries do not run on DuckDB.
    """

    schema: SourceSchema | None = None
    accounts: Mapping[str, AccountSchema] = field(default_factory=dict)
    allowed_fields: frozenset[str] = frozenset()
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    attribute_tables: Mapping[str, Query] = field(default_factory=dict)
    severities: Mapping[str, Severity] = field(default_factory=dict)
    ignore: frozenset[str] = frozenset()
    ignore_in: Mapping[str, frozenset[str]] = field(default_factory=dict)
    engine: OtherEngine | None = None
