from __future__ import annotations

from pathlib import Path

import pytest

from zdpipe.errors import ProjectError, UsageProblem
from zdpipe.model.orchestration import OnFailure
from zdpipe.project.keys import known_keys
from zdpipe.project.load import load_project
from zdpipe.project.orchestration import OwnGuards
from zdpipe.project.tables import Guards

EVERYTHING = """\
[destinations.here]
kind = "simulator"

[guards]
rejected = 5

[orchestrations.nightly]
queries = ["queries/a.sql", "queries/b.sql"]
destination = "here"
schedule = "30  2 * * *"
timezone = "Europe/Oslo"
on_failure = "continue"
canary = 10

[orchestrations.nightly.guards]
updated = 80
empty = false

[orchestrations.by_hand]
queries = ["queries/a.sql"]
"""


def write(folder: Path, text: str) -> Path:
    (folder / "zdpipe.toml").write_text(text, encoding="utf-8")
    return folder


def test_everything_is_read(tmp_path: Path) -> None:
    project = load_project(write(tmp_path, EVERYTHING))
    nightly = project.orchestration("nightly")
    assert nightly.queries == ("queries/a.sql", "queries/b.sql")
    assert (nightly.destination, nightly.on_failure, nightly.canary) == ("here", OnFailure.CONTINUE, 10)
    assert nightly.times is not None
    assert (nightly.times.expression, nightly.times.zone) == ("30 2 * * *", "Europe/Oslo")
    by_hand = project.orchestration("by_hand")
    assert (by_hand.times, by_hand.timezone, by_hand.on_failure) == (None, "UTC", OnFailure.STOP)


def test_its_guards_take_the_place_of_the_projects_one_by_one(tmp_path: Path) -> None:
    project = load_project(write(tmp_path, EVERYTHING))
    guards = project.guards_of("nightly")
    assert (guards.rejected, guards.updated, guards.gone, guards.empty) == (5.0, 80.0, 1.0, False)
    for other in ("by_hand", "unknown", None):
        assert project.guards_of(other) == project.guards


def test_an_orchestration_knows_every_guard() -> None:
    assert known_keys(OwnGuards) == known_keys(Guards)


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem) as caught:
        load_project(write(tmp_path, EVERYTHING)).orchestration("nightl")
    assert "nightly, by_hand" in caught.value.hint


@pytest.mark.parametrize(
    ("line", "at", "words"),
    [
        ('schedule = "61 * * * *"', 3, "its minute does not fit"),
        ('schedule = "@daily"', 3, "five fields are needed"),
        ('timezone = "Europe/Olso"', 3, "did you mean Europe/Oslo?"),
        ('on_failure = "ignore"', 3, "one of stop, continue is needed"),
        ("canary = 0", 3, "at least 1 is needed"),
        ('destination = "there"', 3, "there is no destination there"),
        ("guards = { rejected = 101 }", 3, "at most 100 is needed"),
        ("guards = { rejcted = 1 }", 3, "zdpipe does not know the key rejcted"),
        ("guards = 5", 3, "should be a table"),
        ('shedule = "0 2 * * *"', 3, "Did you mean schedule?"),
        ("[orchestrations.empty]", 3, "at least one query is needed"),
        ('[orchestrations."a b"]\nqueries = ["a"]', 3, "has letters, digits and _ - only"),
        ('[orchestrations.twice]\nqueries = ["a", "a"]', 4, "each query is needed once"),
    ],
)
def test_what_does_not_fit_is_named_with_file_line_and_key(
    tmp_path: Path, line: str, at: int, words: str
) -> None:
    text = f'[orchestrations.x]\nqueries = ["queries/a.sql"]\n{line}\n'
    with pytest.raises(ProjectError) as caught:
        load_project(write(tmp_path, text))
    assert caught.value.message.startswith(f"{tmp_path / 'zdpipe.toml'}:{at}: ")
    assert words in f"{caught.value.message} {caught.value.hint}"
