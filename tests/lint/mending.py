"""One text as `--fix` leaves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lint.build import SCHEMA, a_query, files
from zdpipe.lint import LintContext, Mended, lint, mend
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zdpipe.model.finding import Finding
    from zdpipe.model.schema import SourceSchema

CONTACT = """\
-- attribute_tables/contact.sql
SELECT amperity_id, amperity_id AS external_id, lower(full_name) AS name, phone FROM Customer_360
"""


def found(
    text: str,
    role: Role = Role.QUERY,
    schema: SourceSchema | None = SCHEMA,
    dialect: str = "duckdb",
    **context: object,
) -> Sequence[Finding]:
    """Lint a query, or an attribute table, beside the attribute table `contact`."""
    (contact,) = files(CONTACT)
    around = LintContext(schema=schema, attribute_tables={"contact": contact}, **context)
    return lint([a_query(text, role, dialect=dialect)], around)


def mended(text: str, *how: object, **context: object) -> Mended:
    """Mend what `found` finds."""
    return mend(text, found(text, *how, **context), lambda changed: found(changed, *how, **context))
