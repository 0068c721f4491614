from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from zdpipe.lint import LintContext, lint
from zdpipe.model.fields import Kind
from zdpipe.model.finding import Severity
from zdpipe.model.query import Query, Role
from zdpipe.model.schema import AccountSchema, SourceSchema, UserField
from zdpipe.pipeline.linting import asked
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
_TEXT_FIELDS = (
    "address",
    "address2",
    "birthday",
    "city",
    "last_order",
    "notes",
    "postal",
    "state",
    "surname",
    "tier",
)
KINDS = {
    "user_fields.birthday": Kind.DATE,
    "user_fields.vip": Kind.BOOLEAN,
    "user_fields.share": Kind.DECIMAL,
}
ACCOUNTS = {
    "production": AccountSchema(
        "acme.zendesk.com",
        datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
        {
            field.key: field
            for field in (
                *(UserField(key, "text", key.title()) for key in _TEXT_FIELDS),
                *(UserField(f"c{number}", "text", f"C{number}") for number in range(1, 102)),
                UserField("old_city", "text", "Old city", active=False),
                UserField("last_order_date", "date", "Last order"),
                UserField("days_since_order", "integer", "Days since last order"),
                UserField("lifetime_value", "decimal", "Lifetime value"),
                UserField("points", "integer", "Points"),
                UserField("opt_in", "checkbox", "Opt-in"),
                UserField("card", "dropdown", "Card", options={"gold": "Gold card", "none": "No card"}),
            )
        },
    )
}

_FILE_LINE = re.compile(r"-- (attribute_tables|queries)/(\w+)\.sql\n")


def a_query(text: str, role: Role = Role.QUERY, path: str | None = None, dialect: str = "duckdb") -> Query:
    folder = "queries" if role is Role.QUERY else "attribute_tables"
    return asked(read_query(Path(path or f"{folder}/users.sql"), Path(), role, dialect, text))


def files(*texts: str) -> list[Query]:
    """Texts that may begin with `-- attribute_tables/x.sql`, which says where they lie."""
    queries = []
    for text in texts:
        line = _FILE_LINE.match(text)
        role = Role.ATTRIBUTE_TABLE if line and line[1] == "attribute_tables" else Role.QUERY
        path = f"{line[1]}/{line[2]}.sql" if line else None
        queries.append(a_query(text, role, path))
    return queries


def findings(
    *texts: str, schema: SourceSchema | None = SCHEMA, hints: bool = False, **context: object
) -> list[Finding]:
    queries = files(*texts)
    tables = {query.name: query for query in queries if query.role is Role.ATTRIBUTE_TABLE}
    found = lint(queries, LintContext(schema=schema, attribute_tables=tables, kinds=KINDS, **context))
    return [finding for finding in found if hints or finding.severity is not Severity.HINT]


def codes(*texts: str, schema: SourceSchema | None = SCHEMA, **context: object) -> list[str]:
    return [finding.code for finding in findings(*texts, schema=schema, **context)]


def places(*texts: str, schema: SourceSchema | None = SCHEMA, **context: object) -> list[str]:
    """`ZD104 1:8-1:9` for each finding."""
    return [
        f"{f.code} {f.span.line}:{f.span.column}-{f.span.end_line}:{f.span.end_column}"
        for f in findings(*texts, schema=schema, **context)
    ]
