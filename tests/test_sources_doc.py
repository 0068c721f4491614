"""docs/sources.md: each recipe is a project, and says what it needs where DuckDB lacks an extension."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from zdpipe.engine.duckdb import open_session
from zdpipe.engine.place import Place
from zdpipe.engine.prepared import prepare
from zdpipe.engine.table_files import READERS
from zdpipe.errors import ProjectError
from zdpipe.project.load import load_project
from zdpipe.project.project import Project
from zdpipe.project.tables import Limits

DOCUMENT = (Path(__file__).parent.parent / "docs" / "sources.md").read_text(encoding="utf-8")
RECIPES = {
    f"{heading} {number}": recipe
    for heading, text in re.findall(r"^##+ (.+)\n((?:(?!^##+ ).*\n)*)", DOCUMENT, re.MULTILINE)
    for number, recipe in enumerate(re.findall(r"```toml\n(.*?)```", text, re.DOTALL), start=1)
}
KINDS = ["PostgreSQL", "MySQL", "SQLite", "MotherDuck", "DuckLake", "Iceberg", "Quack"]


@pytest.fixture(params=RECIPES)
def recipe(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """A recipe as a project, whose files are there in name only."""
    (tmp_path / "zdpipe.toml").write_text(RECIPES[request.param], encoding="utf-8")
    for name in re.findall(r"data/\w+\.(?:duckdb|sqlite)", RECIPES[request.param]):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return load_project(tmp_path)


def place(project: Project) -> Place:
    names = re.findall(r"env:(\w+)", " ".join(project.source.setup))
    return Place(dict.fromkeys(names, "pl4nted"), project.root)


def test_every_kind_of_database_has_a_recipe() -> None:
    for kind in KINDS:
        assert any(heading.startswith(kind) for heading in RECIPES), kind


def test_every_ending_is_named() -> None:
    for ending in READERS:
        assert f"`{ending.removesuffix('.gz')}`" in DOCUMENT
    assert "`.gz`" in DOCUMENT


def test_a_recipe_is_a_project_whose_statements_are_sql(recipe: Project) -> None:
    assert recipe.source.setup or recipe.source.tables
    for number, statement in enumerate(recipe.source.setup, start=1):
        prepared = prepare(number, statement, place(recipe))
        assert "${" not in prepared.text
        assert len(duckdb.extract_statements(prepared.text)) == 1


@pytest.mark.parametrize("recipe", [name for name, text in RECIPES.items() if "LOAD " in text], indirect=True)
def test_what_a_recipe_lacks_is_an_extension_that_it_says_to_install(recipe: Project, tmp_path: Path) -> None:
    offline = (
        f"SET extension_directory = '{tmp_path}/none'",
        f"SET custom_extension_repository = '{tmp_path}/none'",
    )
    setup = tuple(text for text in recipe.source.setup if not text.startswith("SET extension_directory"))
    source = recipe.source.model_copy(update={"database": None, "setup": (*offline, *setup)})
    with pytest.raises(ProjectError) as caught:
        open_session(source, Limits(), tmp_path / "tmp", place(recipe))
    assert caught.value.code == "extension_missing"
    for statement in setup:
        for name in re.findall(r"^LOAD (\w+)", statement):
            assert re.search(rf"install.*\b{name}\b", DOCUMENT, re.IGNORECASE), name
