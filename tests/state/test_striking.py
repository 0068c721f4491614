from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from tests.changes.rows import Known, write_known
from zdpipe.clock import SystemClock
from zdpipe.model.resources import Resources
from zdpipe.state.striking import strike


def test_addresses_and_numbers_are_struck_once_and_for_all(tmp_path: Path) -> None:
    clock = SystemClock()
    users = {
        "k1": Known("k1", "b@x.org", frozenset({"a@x.org", "b@x.org"}), {"name": "Ann", "phone": "+1"}),
        "k2": Known("k2", "b@x.org", frozenset({"b@x.org"}), {"name": "Bob", "phone": "+1"}),
    }
    known = write_known(tmp_path / "known.duckdb", users)
    removed = pl.DataFrame(
        {"key": ["k1", "k1"], "column": ["email", "phone_number"], "value": ["b@x.org", "+1"]}
    )
    for _ in range(2):
        strike(known, removed, Resources("200MB", tmp_path), clock)
        with duckdb.connect(known, read_only=True) as connection:
            held = connection.execute(
                'SELECT key, primary_email, "value:name", "value:phone", "send:phone" FROM users ORDER BY key'
            ).fetchall()
            emails = connection.execute("SELECT key, email FROM emails ORDER BY ALL").fetchall()
        assert held == [("k1", "a@x.org", '"Ann"', None, None), ("k2", "b@x.org", '"Bob"', '"+1"', 1)]
        assert emails == [("k1", "a@x.org"), ("k2", "b@x.org")]
