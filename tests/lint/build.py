from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from zdpipe.lint import LintContext, lint
from zdpipe.model.query import Query, Role
from zdpipe.model.schema import SourceSchema
from zdpipe.query import read_query

if TYPE_CHECKING:
    from zdpipe.model.finding import Finding

CUSTOMER_360 = {
    "amperity_id": "VARCHAR",
    "full_name": "VARCHAR",
    "given_name": "VARCHAR",
    "surname": "VARCHAR",
    "email": "VARCHAR",
    "phone": "VARCHAR",
    "address": "VARCHAR",
    "address2": "VARCHAR",
    "city": "VARCHAR",
    "state": "VARCHAR",
    "postal": "VARCHAR",
    "time_zone": "VARCHAR",
    "loyalty_tier": "VARCHAR",
    "lifetime_value": "DOUBLE",
    "last_order_date": "DATE",
}
SCHEMA = SourceSchema({"Customer_360": CUSTOMER_360, "Orders": {"amperity_id": "VARCHAR", "total": "DOUBLE"}})

_FILE_LINE = re.compile(r"-- (attribute_tables|queries)/(\w+)\.sql\n")


def a_query(text: str, role: Role = Role.QUERY, path: str | None = None, dialect: str = "duckdb") -> Query:
    folder = "queries" if role is Role.QUERY else "attribute_tables"
    return read_query(Path(path or f"{folder}/users.sql"), Path(), role, dialect, text)


def files(*texts: str) -> list[Query]:
    """Texts that may begin with `-- attribute_tables/x.sql`, which says where they lie."""
    queries = []
    for text in texts:
        line = _FILE_LINE.match(text)
        role = Role.ATTRIBUTE_TABLE if line and line[1] == "attribute_tables" else Role.QUERY
        path = f"{line[1]}/{line[2]}.sql" if line else None
        queries.append(a_query(text, role, path))
    return queries


def findings(*texts: str, schema: SourceSchema | None = SCHEMA, **context: object) -> list[Finding]:
    queries = files(*texts)
    tables = {query.name: query for query in queries if query.role is Role.ATTRIBUTE_TABLE}
    return lint(queries, LintContext(schema=schema, attribute_tables=tables, **context))


def codes(*texts: str, schema: SourceSchema | None = SCHEMA, **context: object) -> list[str]:
    return [finding.code for finding in findings(*texts, schema=schema, **context)]


def places(*texts: str, schema: SourceSchema | None = SCHEMA, **context: object) -> list[str]:
    """`ZD104 1:8-1:9` for each finding."""
    return [
        f"{f.code} {f.span.line}:{f.span.column}-{f.span.end_line}:{f.span.end_column}"
        for f in findings(*texts, schema=schema, **context)
    ]
