from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.world import QUERY, SQL, World
from zdpipe.model.finding import Severity
from zdpipe.pipeline.linting import DirtyQuery, lint_project, refuse_errors


def test_queries_and_attribute_tables_are_linted_by_default(world: World) -> None:
    world.write("attribute_tables/people.sql", "SELECT name AS name FROM Customer_360")
    report = lint_project(world.bench.project)
    assert report.files == 2
    assert {finding.path for finding in report.findings} == {"attribute_tables/people.sql"}
    assert set(report.sources) == {str(QUERY), "attribute_tables/people.sql"}


def test_a_text_is_linted_under_its_files_name(world: World) -> None:
    report = lint_project(world.bench.project, stdin=(str(QUERY), "SELECT 1 AS name"))
    assert {finding.path for finding in report.findings} == {str(QUERY)}


def test_one_file_is_linted_alone(world: World) -> None:
    world.write("queries/other.sql", "SELECT")
    report = lint_project(world.bench.project, [world.folder / QUERY])
    assert (report.files, list(report.findings)) == (1, [])


def test_errors_are_refused_with_the_first_place_and_the_command(world: World) -> None:
    refuse_errors(lint_project(world.bench.project))
    world.write(QUERY, SQL.replace("name AS name, ", ""))
    with pytest.raises(DirtyQuery) as caught:
        refuse_errors(lint_project(world.bench.project))
    assert caught.value.message.startswith(f"{Path(QUERY)}:")
    assert f"zdpipe lint {QUERY}" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SELECT name AS name, 'x' AS external_id, 5! AS notes FROM Customer_360", "ZD115"),
        ("SELECT name AS name, 'x' AS external_id, ! AS notes FROM Customer_360", "ZD101"),
        ("-- zdpipe: dialect=postgres\nSELECT name AS name, 5! AS notes FROM Customer_360", "ZD101"),
    ],
)
def test_duckdb_is_asked_whether_its_sql_is_wrong_or_only_strange(text: str, code: str, world: World) -> None:
    (finding,) = lint_project(world.bench.project, stdin=(str(QUERY), text)).findings
    assert (finding.code, finding.severity) == (code, Severity.ERROR)
