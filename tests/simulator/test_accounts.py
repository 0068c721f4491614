from __future__ import annotations

import multiprocessing
import sqlite3
import stat
from contextlib import closing

import httpx
import pytest

from zdpipe.simulator.accounts import Account, NotAnAccount
from zdpipe.simulator.settings import Settings
from zdpipe.simulator.transport import embedded

from .world import World

AUTH = ("admin@example.com/token", "simulator")
FREE = Settings(users_per_second=10**6, requests_per_minute=10**6, jobs_in_flight=10**6, job_seconds=0.0)


def test_an_account_outlives_its_process(tmp_path):
    first = World(account=Account(tmp_path / "a.db"))
    first.write({"name": "Ann", "external_id": "A"})
    waiting = first.submit({"name": "Bea", "external_id": "B"})
    first.zendesk.close()
    second = World(account=Account(tmp_path / "a.db"), clock=first.clock)
    assert second.user("A")["name"] == "Ann"
    assert second.job(waiting["id"])["status"] == "queued"
    second.clock.turn(1)
    assert second.user("B")["name"] == "Bea"
    assert second.stats()["jobs"] == 2
    second.zendesk.close()


def test_the_file_is_its_owners_alone(tmp_path):
    Account(tmp_path / "folder" / "a.db").close()
    assert stat.S_IMODE((tmp_path / "folder" / "a.db").stat().st_mode) == 0o600
    assert [p.name for p in (tmp_path / "folder").iterdir()] == ["a.db"]


def test_an_empty_file_becomes_an_account(tmp_path):
    (tmp_path / "a.db").touch()
    Account(tmp_path / "a.db").close()
    world = World(account=Account(tmp_path / "a.db"))
    assert world.stats()["users"] == 1
    world.zendesk.close()


def test_another_file_is_refused_and_left_alone(tmp_path):
    path, content = tmp_path / "a.db", b"not a database at all, but long enough to be looked at" * 40
    path.write_bytes(content)
    with pytest.raises(NotAnAccount):
        Account(path)
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_refused(tmp_path):
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript("CREATE TABLE t (a); PRAGMA user_version = 1")
    with pytest.raises(NotAnAccount):
        Account(path)


@pytest.mark.parametrize("place", ["", "file/a.db"])
def test_a_place_that_holds_no_file_is_refused(tmp_path, place):
    (tmp_path / "file").touch()
    with pytest.raises(NotAnAccount, match="cannot be opened"):
        Account(tmp_path / place)


def test_a_transaction_that_cannot_be_committed_is_undone():
    account = Account()

    def unfinished() -> None:
        with account.transaction() as db:
            db.execute("PRAGMA defer_foreign_keys = ON")
            db.execute("INSERT INTO identities VALUES (1, 404, 'email', 'a@example.com', 1, 0, 0, 0)")

    account._db.execute("PRAGMA foreign_keys = ON")
    with pytest.raises(sqlite3.IntegrityError):
        unfinished()
    with account.transaction() as db:
        assert db.execute("SELECT count(*) FROM identities").fetchone() == (0,)
    account.close()


def test_a_failed_transaction_is_undone():
    account = Account()

    def broken() -> None:
        with account.transaction() as db:
            db.execute("UPDATE tally SET jobs = 9")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    with account.transaction() as db:
        assert db.execute("SELECT jobs FROM tally").fetchone() == (0,)
    account.close()


def fill(path, worker):
    with httpx.Client(
        transport=embedded(FREE, path), base_url="https://acme.zendesk.com", auth=AUTH
    ) as client:
        for n in range(5):
            users = [
                {"name": f"{worker}", "external_id": f"{n}-{i}", "email": f"{n}.{i}@example.com"}
                for i in range(20)
            ]
            assert (
                client.post("/api/v2/users/create_or_update_many", json={"users": users}).status_code == 200
            )


def test_several_processes_share_one_file_and_make_nobody_twice(tmp_path):
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=fill, args=(tmp_path / "a.db", n)) for n in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    world = World(FREE, Account(tmp_path / "a.db"))
    world.clock.turn(10**6)
    stats = world.stats()
    world.zendesk.close()
    assert (stats["users"], stats["users_created"], stats["users_updated"]) == (101, 100, 200)
    assert (stats["jobs"], stats["users_received"]) == (15, 300)
