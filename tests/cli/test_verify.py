from __future__ import annotations

import json
from pathlib import Path

import pytest

from zdpipe.cli.app import execute
from zdpipe.model.verification import Cause, Difference, Tally, Verification

EMAIL = "jane.doe@example.com"
DRIFT = Difference(EMAIL, Cause.DRIFT, 32149000000017, "user_fields.city", "Trondheim", "Kristiansand")


def found(*differences: Difference) -> Verification:
    tally = Tally(values=9, same=9 - len(differences))
    for difference in differences:
        tally.take(difference)
    return Verification(
        "20260102-030405-ab12", "q.sql", "there", None, 3, tally, 0, 0, 0, 2, list(differences)
    )


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, project: Path) -> list[tuple[str | None, int | None]]:
    """Let a difference be found, and note what was asked for."""
    monkeypatch.setenv("XDG_STATE_HOME", str(project / "machine"))
    monkeypatch.chdir(project)
    asked: list[tuple[str | None, int | None]] = []

    def verify_run(_: object, run_id: str | None, *, sample: int | None) -> Verification:
        asked.append((run_id, sample))
        return found(DRIFT) if run_id else found()

    monkeypatch.setattr("zdpipe.pipeline.verify.verify_run", verify_run)
    return asked


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_drift_leaves_with_one_and_is_masked_unless_asked(
    output_format: str, capfd: pytest.CaptureFixture[str], asked: list[tuple[str | None, int | None]]
) -> None:
    for words in ([], ["--show-pii"]):
        assert execute(["verify", "a-run", "--format", output_format, *words]) == 1
        said = capfd.readouterr()
        for secret in (EMAIL, "Trondheim", "Kristiansand"):
            assert (secret in said.out + said.err) == bool(words)
    assert asked == [("a-run", None), ("a-run", None)]


def test_the_newest_run_is_verified_and_good_news_leave_with_zero(
    capfd: pytest.CaptureFixture[str], asked: list[tuple[str | None, int | None]]
) -> None:
    assert execute(["verify", "--sample", "5", "--format", "json"]) == 0
    document = json.loads(capfd.readouterr().out)
    assert (document["ok"], document["counts"]["same"], document["differences"]) == (True, 9, [])
    assert asked == [(None, 5)]


def test_a_sample_of_nobody_is_no_sample(asked: list[tuple[str | None, int | None]]) -> None:
    assert execute(["verify", "--sample", "0"]) == 2
    assert asked == []
