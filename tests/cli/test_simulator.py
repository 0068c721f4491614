from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.cli.command import COMMAND, environment, zdpipe


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_address_is_the_first_line_and_a_signal_ends_it(number: signal.Signals, tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "simulator", "serve", "--port", "0", "--token", "t", "--state", "account.sqlite"],
        cwd=tmp_path,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        answer = httpx.get(
            f"{address}/api/v2/users/me", auth=("admin@example.com/token", "t"), trust_env=False
        )
        assert answer.json()["user"]["role"] == "admin"
        process.send_signal(number)
        rest, said = process.communicate(timeout=30)
        assert (process.returncode, rest) == (130, "")
    assert "Traceback" not in said
    assert (tmp_path / "account.sqlite").exists()


def test_a_file_that_holds_no_account(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("dear diary, " * 100)
    ended = zdpipe(tmp_path, "simulator", "serve", "--port", "0", "--state", "notes.txt")
    assert (ended.code, ended.out) == (2, "")
    assert "notes.txt" in ended.err


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "simulator", "serve", "--port", "0"],
        cwd=tmp_path,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip().rpartition(":")[2]
        ended = zdpipe(tmp_path, "simulator", "serve", "--port", port)
        process.terminate()
    assert ended.code == 2
    assert f"Port {port}" in ended.err


def test_faults_are_followed(tmp_path: Path) -> None:
    (tmp_path / "faults.json").write_text('[{"on": "me", "answer": {"status": 503}}]')
    with subprocess.Popen(
        [*COMMAND, "simulator", "serve", "--port", "0", "--faults", "faults.json"],
        cwd=tmp_path,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        answers = [httpx.get(f"{address}/api/v2/users/me", trust_env=False).status_code for _ in range(2)]
        process.terminate()
    assert answers == [503, 200]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[{"explode": 1}]', "explode"),
        ('[{"slow": "long"}]', "faults[0].slow"),
        ("null", "must be an object"),
        ("{", "not JSON"),
        (None, "cannot be read"),
    ],
)
def test_bad_faults_are_a_usage_problem(tmp_path: Path, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / "faults.json").write_text(content)
    ended = zdpipe(tmp_path, "simulator", "serve", "--port", "0", "--faults", "faults.json")
    assert (ended.code, ended.out) == (2, "")
    assert "faults.json" in ended.err
    assert said in " ".join(ended.err.split())
