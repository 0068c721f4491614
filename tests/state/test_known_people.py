"""People are left out of a new file of known users, whatever state the old one is in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.clock import FakeClock
from tests.stories.searching import found_in
from zdpipe.model.known import FORMAT_VERSION, TABLES
from zdpipe.model.resources import Resources
from zdpipe.state.known_people import facts_of, find_by_id, find_known, rewrite_without
from zdpipe.state.known_users import lookup

PEOPLE = [
    ("zq-7731", "ZQ-7731", 17, "zeb@unusual.example", '"Zebulona"'),
    ("joe@example.com", None, 18, "joe@example.com", '"Joe"'),
]
PLANTED = ("zq-7731", "zeb@unusual.example", "Zebulona", "zeb-was@unusual.example")


@pytest.fixture
def known(tmp_path: Path) -> Path:
    path = tmp_path / "known" / "acme.duckdb"
    path.parent.mkdir()
    with duckdb.connect(path) as connection:
        for table, columns in TABLES.items():
            connection.execute(f"CREATE TABLE {table} ({columns})")
        connection.execute("INSERT INTO meta VALUES (?)", [FORMAT_VERSION])
        connection.execute('ALTER TABLE users ADD COLUMN "value:name" VARCHAR')
        connection.execute('ALTER TABLE users ADD COLUMN "send:name" INTEGER')
        connection.execute("INSERT INTO sends VALUES (1, 'run-1', 1, 'q', '2026-01-01')")
        for person in PEOPLE:
            connection.execute(
                "INSERT INTO users"
                ' (key, external_id, zendesk_id, created_id, primary_email, "value:name", "send:name")'
                " VALUES ($1, $2, $3, $3, $4, $5, 1)",
                person,
            )
            connection.execute("INSERT INTO emails VALUES (?, ?, 1)", [person[3], person[0]])
            connection.execute("INSERT INTO queries VALUES ('q', ?)", [person[0]])
            connection.execute("INSERT INTO marks VALUES (?, 'tag', 'gone', 'q')", [person[0]])
        connection.execute("INSERT INTO emails VALUES ('zeb-was@unusual.example', 'zq-7731', 1)")
    return path


def rewrite(known: Path, clock: FakeClock, *keys: str) -> int:
    return rewrite_without(known, keys, Resources("200MB", known.parent.parent / "tmp", 2), clock)


def content(known: Path) -> dict[str, object]:
    with duckdb.connect(known, read_only=True) as connection:
        schema = connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() ORDER BY ALL"
        ).fetchall()
        rows = {table: connection.execute(f"FROM {table} ORDER BY ALL").fetchall() for table in TABLES}
        return {"schema": schema, **rows}


def test_a_person_leaves_no_byte_and_nobody_else_changes(known: Path, clock: FakeClock) -> None:
    before = content(known)
    assert found_in(known.parent, PLANTED)
    assert rewrite(known, clock, "zq-7731") == 5
    after = content(known)
    assert found_in(known.parent, PLANTED) == {}
    assert (after["schema"], after["meta"], after["sends"]) == (
        before["schema"],
        before["meta"],
        before["sends"],
    )
    joe = lookup(known, "joe@example.com", clock)
    assert joe is not None
    assert (joe.zendesk_id, joe.emails, joe.values["name"].value) == (18, ("joe@example.com",), '"Joe"')
    assert known.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in known.parent.iterdir()] == ["acme.duckdb"]


def test_without_the_person_the_file_stays_as_it_is(known: Path, clock: FakeClock) -> None:
    before = known.stat()
    assert rewrite(known, clock, "nobody") == 0
    assert (known.stat().st_ino, known.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert rewrite(known.with_name("none.duckdb"), clock, "nobody") == 0


def test_what_a_killed_merge_left_in_the_log_goes_too(known: Path, clock: FakeClock) -> None:
    script = (
        "import duckdb, os, signal, sys\n"
        "c = duckdb.connect(sys.argv[1])\n"
        "c.execute(\"INSERT INTO emails VALUES ('zeb-log@unusual.example', 'zq-7731', 1)\")\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(known)], check=False, env={"PATH": os.environ["PATH"]}
    )
    assert done.returncode == -signal.SIGKILL
    assert (known.parent / "acme.duckdb.wal").exists()
    (known.parent / "acme.duckdb.forgetting").write_text("what a killed erasure left", encoding="utf-8")
    assert rewrite(known, clock, "zq-7731") == 6
    assert found_in(known.parent, (*PLANTED, "zeb-log")) == {}
    assert [path.name for path in known.parent.iterdir()] == ["acme.duckdb"]


def test_people_are_found_by_key_address_and_id(known: Path, clock: FakeClock) -> None:
    zeb, joe = ("zq-7731", True), ("joe@example.com", False)
    assert (
        find_known(known, {"zq-7731"}, clock)
        == find_known(known, {"zeb-was@unusual.example"}, clock)
        == {zeb}
    )
    assert find_known(known, {"joe@example.com"}, clock) == find_by_id(known, 18, clock) == {joe}
    assert find_known(known, {"nobody"}, clock) == find_by_id(known, 4711, clock) == set()
    facts = facts_of(known, ["zq-7731"], clock)
    assert facts == {
        "ids": {"ZQ-7731"},
        "emails": {"zeb@unusual.example", "zeb-was@unusual.example"},
        "zendesk": {17},
        "name": {'"Zebulona"'},
        "phone": set(),
    }
