from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.world import QUERY, World
from zdpipe.errors import UsageProblem
from zdpipe.lint import Mended
from zdpipe.pipeline import mending
from zdpipe.pipeline.mending import mend_project, mend_text

BAD = "SELECT amperity_id AS external_id, name AS Name FROM Customer_360\n"
GOOD = BAD.replace("Name", "name")


def test_what_is_written_is_what_the_patch_says(world: World) -> None:
    world.write(QUERY, BAD)
    shown = mend_project(world.bench.project, written=False)
    assert (world.folder / QUERY).read_text() == BAD
    assert (shown.mended, shown.left.findings) == (1, ())
    assert f"-{BAD}+{GOOD}" in shown.patch
    assert mend_project(world.bench.project, written=True).patch == shown.patch
    assert (world.folder / QUERY).read_text() == GOOD
    assert mend_project(world.bench.project, written=True).patch == ""


def test_only_the_files_named_are_mended(world: World) -> None:
    world.write(QUERY, BAD)
    world.write("queries/other.sql", BAD)
    mend_project(world.bench.project, [world.folder / "queries/other.sql"], written=True)
    assert (world.folder / QUERY).read_text() == BAD
    assert (world.folder / "queries/other.sql").read_text() == GOOD


def test_a_file_that_somebody_changed_meanwhile_is_left_as_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.write(QUERY, BAD)
    theirs = "SELECT 1\n"
    really_mend = mending.mend

    def slowly(*how: Any) -> Mended:
        world.write(QUERY, theirs)
        return really_mend(*how)

    monkeypatch.setattr(mending, "mend", slowly)
    with pytest.raises(UsageProblem, match="changed meanwhile"):
        mend_project(world.bench.project, written=True)
    assert (world.folder / QUERY).read_text() == theirs


def test_a_text_is_mended_and_no_file_is_touched(world: World) -> None:
    before = (world.folder / QUERY).read_text()
    assert mend_text(world.bench.project, str(QUERY), BAD.encode()).files[0].after == GOOD
    assert (world.folder / QUERY).read_text() == before
    with pytest.raises(UsageProblem, match="not UTF-8"):
        mend_text(world.bench.project, str(Path("x.sql")), b"\xff")
