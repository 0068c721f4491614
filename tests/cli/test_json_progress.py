from __future__ import annotations

import io
import json
from typing import Any

import pytest

from tests.cli.test_progress import Hands
from zdpipe.cli import invocation
from zdpipe.cli.json_progress import JsonLines
from zdpipe.cli.output import ask, complain, note
from zdpipe.cli.progress import open_progress


@pytest.fixture(autouse=True)
def logging_json() -> Any:
    invocation.begin(["run", "a.sql", "--log-format", "json"])
    yield
    invocation.begin([])


def read(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().err.splitlines()]


def test_lines_have_the_run_the_stage_and_numbers(capfd: pytest.CaptureFixture[str]) -> None:
    clock = Hands()
    lines = open_progress(clock)
    assert isinstance(lines, JsonLines)
    lines.subject("queries/a.sql", None)
    lines.stage("reading")
    lines.rows_read(100_000)
    lines.rows_read(200_000)
    lines.subject("queries/a.sql", "r1")
    lines.sending(2_000, 0)
    assert lines.is_sending
    for _ in range(10):
        clock.sleep(1)
        lines.sent(100)
        lines.settled(50)
    lines.waiting("Zendesk is busy", 0.5)
    clock.sleep(5)
    lines.waiting("Zendesk is busy", 12)
    lines.remark("Something to know.")
    lines.stopping()
    lines.close()
    assert not lines.is_sending
    place = {"time": "2026-01-01T00:00:00.000+00:00", "level": "info", "query": "queries/a.sql"}
    run = place | {"run_id": "r1", "stage": "sending"}
    assert read(capfd) == [
        place | {"stage": "reading", "message": "Reading"},
        place | {"stage": "reading", "message": "Read 100,000 rows", "read": 100_000},
        run | {"message": "Sending 2,000 users", "sent": 0, "settled": 0, "total": 2_000},
        run | {"message": "Sent 500 of 2,000 users", "sent": 500, "settled": 200, "total": 2_000},
        run | {"message": "Sent 1,000 of 2,000 users", "sent": 1_000, "settled": 450, "total": 2_000},
        run | {"message": "Waiting 12.0 s: Zendesk is busy", "seconds": 12},
        run | {"level": "warning", "message": "Something to know."},
    ]


def test_a_new_command_s_lines_are_about_nothing_yet(capfd: pytest.CaptureFixture[str]) -> None:
    open_progress(Hands()).subject("queries/a.sql", "r1")
    open_progress(Hands()).remark("New.")
    assert "run_id" not in read(capfd)[0]


def test_remarks_and_errors_are_lines_and_nobody_is_asked(capfd: pytest.CaptureFixture[str]) -> None:
    open_progress(Hands())
    note("A remark.\nOf two lines.")
    complain("It failed.", "Mend it.", "query")
    said = read(capfd)
    assert [line["level"] for line in said] == ["info", "error"]
    assert said[0]["message"] == "A remark.\nOf two lines."
    assert (said[1]["code"], said[1]["hint"]) == ("query", "Mend it.")
    assert ask("Send?") is None


def test_a_person_at_a_terminal_is_asked_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Otherwise a script's silence would be taken for the person's yes."""
    monkeypatch.setattr("zdpipe.cli.output.is_attended", lambda: True)
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert ask("Approve it?") is False
    assert capfd.readouterr().err == "Approve it? [y/N] "
