"""The server that takes everything counts what it takes, and answers as Zendesk does."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx
import pytest

from tests.bench.growth.ground import surroundings
from tests.bench.growth.process import Failed
from tests.bench.growth.servers import TAKER, served, taken


def test_users_are_counted_on_new_and_on_kept_connections(tmp_path: Path) -> None:
    users = {"users": [{"external_id": str(number), "name": "Æ"} for number in range(100)]}
    with served(TAKER, tmp_path, surroundings(tmp_path)) as url:
        with httpx.Client(base_url=url) as client:
            for _ in range(3):
                answer = client.post("/api/v2/users/create_or_update_many.json", json=users)
                assert answer.json()["job_status"]["status"] == "completed"
        httpx.post(f"{url}/anywhere", json={"users": []})
        assert taken(url) == 300


def test_a_server_that_does_not_serve_is_heard(tmp_path: Path) -> None:
    program = [sys.executable, "-c", "raise SystemExit('no port is free')"]
    with (
        pytest.raises(Failed, match="no port is free"),
        served(program, tmp_path, surroundings(tmp_path)),
    ):
        pass
