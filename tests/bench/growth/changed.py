"""Change every thousandth customer of a copy, as a program. Takes the database and the copy to make."""

from __future__ import annotations

import shutil
import sys

import duckdb


def main(database: str, copy: str) -> None:
    """Let them move."""
    shutil.copyfile(database, copy)
    with duckdb.connect(copy) as connection:
        connection.execute("UPDATE Customer_360 SET city = 'Longyearbyen' WHERE rowid % 1000 = 7")


if __name__ == "__main__":
    main(*sys.argv[1:])
