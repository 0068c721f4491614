from __future__ import annotations

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from zdpipe.simulator.accounts import Account, NotAnAccount
from zdpipe.simulator.schema import FORMAT, STEPS

from .world import World


def shape(db):
    return db.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall()


def old_file(path):
    """An account of the first format: one job has ended, another is under way."""
    now = World().clock().timestamp()
    done, waiting = (
        json.dumps([{"id": 7, "status": "Created"}]),
        json.dumps([{"name": "Bea", "external_id": "B"}]),
    )
    with closing(sqlite3.connect(path)) as db:
        db.executescript(f"{STEPS[0]} PRAGMA user_version = 1;")
        job = "INSERT INTO jobs (id, accepted, due, total, payload, results) VALUES (?, ?, ?, 1, ?, ?)"
        db.execute(job, ("V3-done", now - 9, now - 8, None, done))
        db.execute(job, ("V3-waiting", now - 0.5, now + 0.5, waiting, None))
        db.commit()


def test_a_file_of_the_first_format_goes_on_as_a_new_one(tmp_path):
    old_file(tmp_path / "a.db")
    world = World(account=Account(tmp_path / "a.db"))
    assert world.job("V3-done")["status"] == "completed"
    assert world.job("V3-waiting")["status"] == "working"
    assert world.stats()["jobs_in_flight"] == 1
    world.clock.turn(1)
    assert world.job("V3-waiting")["results"][0]["status"] == "Created"
    assert world.user("B")["active"] is True
    world.zendesk.script([{"job": "failed"}])
    world.zendesk.close()


def test_an_upgraded_file_has_the_tables_of_a_new_one(tmp_path):
    old_file(tmp_path / "old.db")
    found = []
    for name in ("old.db", "new.db"):
        Account(tmp_path / name).close()
        with closing(sqlite3.connect(tmp_path / name)) as db:
            found.append((shape(db), db.execute("PRAGMA user_version").fetchone()))
    assert found[0] == found[1]
    assert found[0][1] == (FORMAT,)


def test_several_who_open_an_old_file_at_once_upgrade_it_once(tmp_path):
    old_file(tmp_path / "a.db")
    with ThreadPoolExecutor(8) as pool:
        for account in pool.map(lambda _: Account(tmp_path / "a.db"), range(8)):
            account.close()


def test_a_file_of_a_later_format_is_refused(tmp_path):
    Account(tmp_path / "a.db").close()
    with closing(sqlite3.connect(tmp_path / "a.db")) as db:
        db.execute(f"PRAGMA user_version = {FORMAT + 1}")
    with pytest.raises(NotAnAccount):
        Account(tmp_path / "a.db")
