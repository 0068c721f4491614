"""What one writes in an afternoon: DuckDB reads, httpx posts, a hundred users a request.

Takes the database and the server's address.
"""

from __future__ import annotations

import sys

import duckdb
import httpx

from tests.bench.growth.query import NESTED
from tests.bench.growth.rivals.account import BULK, EMAIL, TOKEN, USERS


def main(database: str, url: str) -> None:
    """Send everybody."""
    with duckdb.connect(database, read_only=True) as connection, httpx.Client(auth=(EMAIL, TOKEN)) as client:
        found = connection.execute(NESTED)
        names = [column[0] for column in found.description]
        while rows := found.fetchmany(USERS):
            users = [dict(zip(names, row, strict=True)) for row in rows]
            client.post(f"{url}{BULK}", json={"users": users}).raise_for_status()


if __name__ == "__main__":
    main(*sys.argv[1:])
