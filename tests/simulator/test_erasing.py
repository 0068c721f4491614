"""A user who is erased leaves no byte behind; everybody else stays as they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from zdpipe.simulator.accounts import NotAnAccount
from zdpipe.simulator.erasing import erase_users
from zdpipe.simulator.settings import Settings
from zdpipe.simulator.transport import embedded

URL = "http://simulator.invalid/api/v2"
ADMIN = httpx.BasicAuth("admin@example.com/token", "simulator")
JANE = {
    "external_id": "ZQ-7731",
    "name": "Zebulona Quux",
    "email": "zeb@unusual.example",
    "phone": "+12063428631",
}
JOE = {"external_id": "J-1", "name": "Joe", "email": "joe@example.com"}
PLANTED = (b"zq-7731", b"zebulona", b"unusual", b"12063428631")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "account.sqlite"


def with_account(path: Path, act: Callable[[httpx.Client], Any], **settings: Any) -> Any:
    transport = embedded(Settings(job_seconds=settings.pop("job_seconds", 0.0)), path)
    with closing(transport), httpx.Client(transport=transport, auth=ADMIN) as http:
        return act(http)


def send(http: httpx.Client, *users: dict[str, Any]) -> Any:
    answer = http.post(f"{URL}/users/create_or_update_many", json={"users": users}).raise_for_status()
    job = answer.json()["job_status"]["id"]
    return http.get(f"{URL}/job_statuses/{job}").json()["job_status"]


def found(path: Path) -> set[bytes]:
    files = b"".join(file.read_bytes().lower() for file in path.parent.glob(f"{path.name}*"))
    return {value for value in PLANTED if value in files}


def users(http: httpx.Client) -> list[str]:
    listed = http.get(f"{URL}/users", params={"role": "end-user"}).json()["users"]
    return [user["external_id"] for user in listed]


@pytest.mark.parametrize("key", ["zq-7731", " Zeb@Unusual.example", "id"])
def test_no_byte_is_left_and_nobody_else_is_gone(path: Path, key: str) -> None:
    job = with_account(path, lambda http: send(http, JANE, JOE))
    # Somebody whose failure quotes her address.
    with_account(path, lambda http: send(http, {"external_id": "J-2", "name": "Jo", "email": JANE["email"]}))
    assert found(path) == set(PLANTED)
    jane_id = job["results"][0]["id"]
    assert erase_users(path, str(jane_id) if key == "id" else key) == 1
    assert found(path) == set()
    assert erase_users(path, key) == 0

    def look(http: httpx.Client) -> tuple[list[str], Any]:
        return users(http), http.get(f"{URL}/job_statuses/{job['id']}").json()["job_status"]

    there, told = with_account(path, look)
    assert there == ["J-1"]
    assert told["results"][1] == job["results"][1]
    assert {**told["results"][0]} == {
        name: value for name, value in job["results"][0].items() if name in told["results"][0]
    }
    assert jane_id not in told["results"][0].values()


def test_a_user_who_waits_in_a_job_does_not_come_into_being(path: Path) -> None:
    with_account(path, lambda http: send(http, JOE, JANE), job_seconds=3_600.0)
    assert found(path)
    assert erase_users(path, "zq-7731") == 0
    assert found(path) == set()
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE jobs SET due = 0")
        db.commit()
    assert with_account(path, users) == ["J-1"]


def test_ids_that_are_parts_of_others_take_nobody_along(path: Path) -> None:
    with_account(path, lambda http: send(http, {"external_id": "J", "name": "J"}, JOE))
    assert erase_users(path, "j") == 1
    assert with_account(path, users) == ["J-1"]


def test_a_file_that_is_no_account_is_told(path: Path) -> None:
    path.write_bytes(b"no database, but long enough to be looked into" * 10)
    with pytest.raises(NotAnAccount):
        erase_users(path, "x")
