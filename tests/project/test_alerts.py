"""[alerts]: channels are references, and what is wrong names its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from zdpipe.errors import ProjectError
from zdpipe.model.alert import Kind
from zdpipe.project.alerts import Alerts, Threshold
from zdpipe.project.load import load_project


def load(folder: Path, text: str) -> Alerts:
    (folder / "zdpipe.toml").write_text(f"[alerts]\n{text}\n")
    return load_project(folder).alerts


def test_without_a_table_nobody_is_told(tmp_path: Path) -> None:
    assert load(tmp_path, "").channels == {}


def test_channels_thresholds_and_expectations_are_read(tmp_path: Path) -> None:
    alerts = load(
        tmp_path,
        'channels = { ops = "env:OPS", mail = "file:secrets/mail" }\nrejected = 10\nfailed = "0.5 %"\n'
        'expect = { "queries/*.sql" = 1, "queries/big.sql" = 500 }\nsilent = ["slow", "recovery"]',
    )
    assert list(alerts.channels) == ["ops", "mail"]
    assert (alerts.rejected, alerts.failed) == (Threshold(10), Threshold(0.5, is_share=True))
    assert [alerts.expected(f"queries/{name}.sql") for name in ("small", "big")] == [1, 500]
    assert alerts.expected("elsewhere.sql") == 0
    assert not alerts.tells(Kind.SLOW)
    assert alerts.tells(Kind.FAILURE)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('channels = { ops = "https://hooks.example.com/pl4nted" }', "a reference is needed"),
        ('channels = { "o p s" = "env:OPS" }', "letters, digits"),
        ('silent = ["failures"]', "words out of failure, rejected"),
        ('rejected = "5"', 'a share such as "5%"'),
        ('rejected = "101%"', 'a share such as "5%"'),
        ("failed = -1", "a whole number from 0"),
        ("changed = true", "a whole number from 0"),
        ("slow = 1", "at least 1.5 is needed"),
        ("timeout = 0", "at least 1 is needed"),
        ('expect = { "a.sql" = 0 }', "at least 1 is needed"),
        ("chanels = {}", "Did you mean channels?"),
    ],
)
def test_what_does_not_fit_names_its_line_and_never_a_secret(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(ProjectError) as found:
        load(tmp_path, line)
    said = f"{found.value.message} {found.value.hint}"
    assert words in said
    assert "zdpipe.toml:2:" in said
    assert "pl4nted" not in said


@pytest.mark.parametrize(
    ("threshold", "part", "whole", "passed"),
    [
        (Threshold(5, is_share=True), 5, 100, False),
        (Threshold(5, is_share=True), 6, 100, True),
        (Threshold(5, is_share=True), 0, 0, False),
        (Threshold(0), 1, 1, True),
        (Threshold(0), 0, 0, False),
    ],
)
def test_a_threshold_is_passed_by_more_than_it_says(
    threshold: Threshold, part: int, whole: int, passed: bool
) -> None:
    assert threshold.is_passed(part, whole) is passed
