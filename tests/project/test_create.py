import ast
import re
from pathlib import Path

import pytest

from zdpipe.errors import ProjectError
from zdpipe.project.create import TEMPLATES, create_project
from zdpipe.project.load import load_project


def test_a_new_project_loads_and_has_all_its_files(tmp_path):
    folder = tmp_path / "new" / "project"
    written = create_project(folder)
    assert sorted(written) == sorted(path for path in folder.rglob("*") if path.is_file())
    assert {str(path.relative_to(folder)) for path in written} == set(TEMPLATES)
    project = load_project(folder)
    assert project.source.database == folder / "data/customer_360.duckdb"
    assert project.destinations[project.default_destination].kind == "simulator"
    ast.parse((folder / "tests/test_mappings.py").read_text(encoding="utf-8"))


def test_what_is_commented_out_is_right_once_it_is_not(tmp_path):
    create_project(tmp_path)
    path = tmp_path / "zdpipe.toml"
    path.write_text(re.sub(r"^# (?=\[|\w+ = )", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert not re.search(r"^#", path.read_text(encoding="utf-8"), re.MULTILINE)
    project = load_project(tmp_path)
    orchestration = project.orchestration("nightly")
    assert orchestration.times is not None
    assert all((tmp_path / query).is_file() for query in orchestration.queries)
    assert project.destinations[orchestration.destination].protected


def test_files_that_are_there_are_listed_and_nothing_is_written(tmp_path):
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "zendesk_users.sql").write_text("SELECT 1", encoding="utf-8")
    (tmp_path / ".gitignore").touch()
    with pytest.raises(ProjectError, match=r"queries/zendesk_users\.sql, \.gitignore; nothing was written"):
        create_project(tmp_path)
    files = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {"zendesk_users.sql", ".gitignore"}


def test_a_folder_that_cannot_be_made_is_a_project_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ProjectError, match="cannot be written"):
        create_project(tmp_path / "file" / "project")


def test_every_template_belongs_to_a_file():
    folder = Path(create_project.__code__.co_filename).parent / "templates"
    assert {path.name for path in folder.iterdir()} == set(TEMPLATES.values())


def test_whatever_sql_stands_on_makes_pre_commit_check_all_of_it(tmp_path):
    create_project(tmp_path)
    config = (tmp_path / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert "pass_filenames: false" in config
    files = re.compile(re.search(r"files: (.+)", config)[1])
    written = {name for name in TEMPLATES if files.search(name)}
    assert written == {"zdpipe.toml", "queries/zendesk_users.sql", "attribute_tables/zendesk_attributes.sql"}
    assert files.search("schema.json")
