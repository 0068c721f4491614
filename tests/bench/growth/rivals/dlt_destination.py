"""A dlt pipeline from DuckDB into a custom destination that posts a hundred users a request.

Takes the database and the server's address; works in the current folder.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import duckdb
import httpx

from tests.bench.growth.query import NESTED
from tests.bench.growth.rivals.account import BULK, EMAIL, PAGE, TOKEN, USERS


def main(database: str, url: str) -> None:
    """Send everybody."""
    client = httpx.Client(auth=(EMAIL, TOKEN))

    @dlt.destination(batch_size=USERS, name="zendesk")
    def zendesk(items: list[dict[str, Any]], table: dict[str, Any]) -> None:
        client.post(f"{url}{BULK}", json={"users": items}).raise_for_status()

    pipeline = dlt.pipeline("bench", pipelines_dir=str(Path.cwd()), destination=zendesk)
    pipeline.run(users(database))


@dlt.resource
def users(database: str) -> Iterator[list[dict[str, Any]]]:
    """Read the users, page by page."""
    with duckdb.connect(database, read_only=True) as connection:
        found = connection.execute(NESTED)
        names = [column[0] for column in found.description]
        while rows := found.fetchmany(PAGE):
            yield [dict(zip(names, row, strict=True)) for row in rows]


if __name__ == "__main__":
    main(*sys.argv[1:])
