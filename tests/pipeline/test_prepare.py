from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pipeline.world import QUERY, SQL, World
from zdpipe.errors import QueryError
from zdpipe.pipeline.linting import DirtyQuery, lint_project
from zdpipe.pipeline.planning import planned
from zdpipe.pipeline.prepare import prepared, read_one_query
from zdpipe.state.folder import prepare_state_folder


def test_attribute_tables_are_there_for_the_query(world: World, tmp_path: Path) -> None:
    world.many(3)
    world.write(
        "attribute_tables/people.sql", "SELECT id AS amperity_id, name AS name FROM Customer_360 LIMIT 2"
    )
    path = world.write(
        "queries/from_table.sql", "SELECT amperity_id AS external_id, name AS name FROM people"
    )
    prepare_state_folder(world.bench.project.paths.state)
    with (
        prepared(world.bench, read_one_query(world.bench, path)) as ready,
        planned(world.bench, ready, tmp_path, None) as plan,
    ):
        assert plan.counts.read == 2


def test_an_attribute_table_that_the_engine_refuses_is_named(world: World) -> None:
    world.many(3)
    world.write("attribute_tables/people.sql", "SELECT id AS amperity_id, name + 1 AS name FROM Customer_360")
    path = world.write("queries/from_table.sql", "SELECT amperity_id AS external_id, name FROM people")
    prepare_state_folder(world.bench.project.paths.state)
    with (
        pytest.raises(QueryError, match=r"attribute_tables/people\.sql: "),
        prepared(world.bench, read_one_query(world.bench, path)),
    ):
        pytest.fail("passed")


def test_findings_of_severity_error_stop_it_with_their_place(world: World) -> None:
    world.many(3)
    world.write(QUERY, SQL.replace("name AS name", "nmae AS name"))
    prepare_state_folder(world.bench.project.paths.state)
    with (
        pytest.raises(DirtyQuery, match=r"queries/users\.sql:1:"),
        prepared(world.bench, read_one_query(world.bench, QUERY)),
    ):
        pytest.fail("passed")


def test_a_file_is_looked_up_from_the_project_too_and_keeps_one_name(world: World) -> None:
    by_project = read_one_query(world.bench, QUERY)
    assert by_project.path == read_one_query(world.bench, world.folder / QUERY).path == str(QUERY)


def test_linting_needs_neither_source_nor_account(world: World) -> None:
    report = lint_project(world.bench.project)
    assert (report.files, list(report.findings)) == (1, [])
    assert not (world.folder / ".zdpipe").exists()


def test_a_project_that_may_not_be_written_to_is_run_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    remark: Callable[[str], None] = said.append
    monkeypatch.setattr(world.listener, "remark", remark)
    aside = world.folder / f".schema.json.{os.getpid()}.new"
    aside.mkdir()  # what is written first; a mode would not hold root back
    world.many(3)
    assert world.run().counts.created == 3
    assert not (world.folder / "schema.json").exists()
    (words,) = said
    assert "schema.json cannot be written" in words
