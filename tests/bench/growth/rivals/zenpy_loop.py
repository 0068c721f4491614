"""Zenpy's user objects in a loop, handed over a hundred at a time, which is what it leaves to its user.

Takes the database and the server's address.
"""

from __future__ import annotations

import os
import sys

import duckdb
from zenpy import Zenpy
from zenpy.lib.api_objects import User

from tests.bench.growth.query import NESTED
from tests.bench.growth.rivals.account import EMAIL, TOKEN, USERS


def main(database: str, url: str) -> None:
    """Send everybody."""
    scheme, _, host = url.partition("://")
    # zenpy/lib/api.py, _build_url: the way it has to another address than Zendesk's.
    os.environ.update(ZENPY_FORCE_SCHEME=scheme, ZENPY_FORCE_NETLOC=host)
    client = Zenpy(subdomain="bench", email=EMAIL.removesuffix("/token"), token=TOKEN)
    with duckdb.connect(database, read_only=True) as connection:
        found = connection.execute(NESTED)
        names = [column[0] for column in found.description]
        while rows := found.fetchmany(USERS):
            client.users.create_or_update([User(**dict(zip(names, row, strict=True))) for row in rows])


if __name__ == "__main__":
    main(*sys.argv[1:])
