from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.reports.failed import PERSONAL, ROWS
from zdpipe.cli.app import execute
from zdpipe.pipeline.failed import Failures

RUN = "20260102-030405-ab12"


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch, project: Path) -> list[tuple[str | None, int | None]]:
    """Let a run have failures, and note which run and how many of its people were asked for."""
    monkeypatch.setenv("XDG_STATE_HOME", str(project / "machine"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(project)
    asked: list[tuple[str | None, int | None]] = []

    def failures(_: object, run_id: str | None = None, *, people: int | None = None) -> Failures:
        asked.append((run_id, people))
        return Failures(RUN, ROWS, 2, len(ROWS))

    monkeypatch.setattr("zdpipe.pipeline.history.failures", failures)
    return asked


def read_ndjson(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


READERS: dict[str, Callable[[str], list[dict[str, object]]]] = {
    "json": lambda text: json.loads(text)["failures"],
    "ndjson": read_ndjson,
    "csv": lambda text: [dict(row) for row in read_csv(text)],
}


@pytest.mark.parametrize("output_format", READERS)
def test_every_failed_object_is_there_in_any_format(
    output_format: str, capfd: pytest.CaptureFixture[str], asked: list[tuple[str | None, int | None]]
) -> None:
    assert execute(["runs", "failures", RUN, "--show-pii", "--format", output_format]) == 0
    rows = READERS[output_format](capfd.readouterr().out)
    for name in ROWS.columns:
        assert [_plain(row[name]) for row in rows] == [_plain(cell) for cell in ROWS[name]]
    assert asked == [(RUN, None)]


def _plain(cell: object) -> object:
    """Return what a cell means, however its format writes payloads, numbers and nothing."""
    if isinstance(cell, str) and cell.startswith("{"):
        return json.loads(cell)
    return cell if isinstance(cell, dict) else "" if cell is None else str(cell)


def test_a_payload_is_byte_for_byte_what_was_sent(capfd: pytest.CaptureFixture[str]) -> None:
    execute(["runs", "failures", "--show-pii", "--format", "ndjson"])
    lines = capfd.readouterr().out.splitlines()
    for line, payload in zip(lines, ROWS["payload"], strict=True):
        assert f'"payload": {payload}}}' in line


@pytest.mark.parametrize("output_format", ["text", *READERS])
def test_personal_data_is_masked_unless_asked(
    output_format: str, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert execute(["runs", "failures", "--format", output_format]) == 0
    said = capfd.readouterr().out
    assert "email_taken" in said
    assert not [secret for secret in PERSONAL if secret.casefold() in said.casefold()]
    execute(["runs", "failures", "--format", output_format, "--show-pii"])
    said = capfd.readouterr().out
    assert [secret for secret in PERSONAL if secret in said] == list(PERSONAL)


def test_text_needs_no_more_than_it_shows(
    capfd: pytest.CaptureFixture[str], asked: list[tuple[str | None, int | None]]
) -> None:
    execute(["runs", "failures"])
    (wanted,) = asked
    assert wanted == (None, 20)
    assert "2 customers failed, with 3 user objects" in capfd.readouterr().out


@pytest.mark.parametrize("suffix", [".csv", ".ndjson", ".parquet", ".CSV"])
@pytest.mark.parametrize("show_pii", [False, True])
def test_all_of_them_go_to_a_file_for_its_owner_alone(
    suffix: str,
    show_pii: bool,
    project: Path,
    capfd: pytest.CaptureFixture[str],
    asked: list[tuple[str | None, int | None]],
) -> None:
    name = f"failed{suffix}"
    assert execute(["runs", "failures", "--out", name, *(["--show-pii"] if show_pii else [])]) == 0
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err == f"3 failed user objects are in {name}{'' if show_pii else ', masked'}.\n"
    path = project / name
    assert path.stat().st_mode & 0o777 == 0o600
    assert asked == [(None, None)]
    content = str(pl.read_parquet(path).rows()) if suffix == ".parquet" else path.read_text()
    found = [secret for secret in PERSONAL if secret in content]
    assert found == (list(PERSONAL) if show_pii else [])


def test_a_file_and_a_document_are_both_written(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["runs", "failures", "--out", "failed.csv", "--format", "json"]) == 0
    document = json.loads(capfd.readouterr().out)
    assert (document["run_id"], document["people"], len(document["failures"])) == (RUN, 2, 3)
    assert len(read_csv((project / "failed.csv").read_text())) == 3


def test_a_file_of_no_known_kind_is_refused_first(
    project: Path, capfd: pytest.CaptureFixture[str], asked: list[tuple[str | None, int | None]]
) -> None:
    assert execute(["runs", "failures", "--out", "failed.txt"]) == 2
    assert ".ndjson" in capfd.readouterr().err
    assert asked == []
    assert not (project / "failed.txt").exists()
