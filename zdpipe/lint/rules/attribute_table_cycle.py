"""ZD206 attribute-table-cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.rule import Remark, Rule
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zdpipe.lint.catalog import Catalog
    from zdpipe.lint.subject import Subject


class AttributeTableCycle(Rule):
    """Attribute tables read each other in a circle.

    ## Why it matters
    Each of them would have to be there before the others, so none can be built.

    ## Bad
    ```sql
    -- attribute_tables/contact.sql
    SELECT amperity_id, email FROM loyalty
    ```
    ```sql
    -- attribute_tables/loyalty.sql
    SELECT amperity_id, email FROM contact
    ```

    ## Good
    ```sql
    -- attribute_tables/contact.sql
    SELECT amperity_id, email FROM loyalty
    ```
    ```sql
    -- attribute_tables/loyalty.sql
    SELECT amperity_id, email FROM Customer_360
    ```
    """

    code = "ZD206"
    name = "attribute-table-cycle"
    roles = frozenset({Role.ATTRIBUTE_TABLE})

    def check(self, subject: Subject) -> Iterator[Remark]:
        """Follow each table that is read until it comes back here."""
        own = subject.query.name.casefold()
        if subject.catalog.source_name(own):
            return
        for table in subject.scopes.tables():
            key = subject.catalog.attribute_table(table)
            way = _way(key, own, subject.catalog) if key else None
            if way:
                names = [subject.catalog.attribute_tables[step].name for step in way]
                circle = " → ".join((subject.query.name, *names))
                yield Remark(
                    subject.positions.of(table.this),
                    f"The attribute tables read each other in a circle: {circle}. Read the source instead.",
                )


def _way(start: str, goal: str, catalog: Catalog) -> list[str] | None:
    """Return the tables on a way from one table to another, both included."""
    ways, seen = [[start]], {start}
    for way in ways:
        if way[-1] == goal:
            return way
        for table in catalog.attribute_scopes(way[-1]).tables():
            key = catalog.attribute_table(table)
            if key and key not in seen:
                seen.add(key)
                ways.append([*way, key])
    return None
