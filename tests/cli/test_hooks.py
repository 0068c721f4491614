"""The hooks as pre-commit runs them, without its installing zdpipe anew."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.cli.command import Ended, environment

HOOKS = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"
BAD = "SELECT amperity_id AS external_id, full_name AS Name FROM Customer_360\n"


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with our hooks, which call the zdpipe of this environment."""
    folder = tmp_path_factory.mktemp("hooks")
    listed = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))
    for hook in listed:
        assert hook["language"] == "python"
        program = hook["entry"].removeprefix("zdpipe ")
        hook |= {"language": "system", "entry": f"{sys.executable} -m zdpipe {program}"}
    (folder / HOOKS.name).write_text(yaml.safe_dump(listed), encoding="utf-8")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "Hooks")
    return folder


def tried(hooks: Path, hook: str, project: Path) -> Ended:
    """Let pre-commit run a hook on all that a project's repository holds."""
    git(project, "init", "-q")
    git(project, "add", ".")
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "try-repo", str(hooks), hook, "--all-files", "--color=never"],
        cwd=project,
        env=environment(hooks, PRE_COMMIT_HOME=str(hooks / "cache")),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def test_a_clean_project_passes(hooks: Path, project: Path) -> None:
    ended = tried(hooks, "zdpipe-lint", project)
    assert ended.code == 0, ended
    assert "zdpipe lint" in ended.out
    assert "Passed" in ended.out


def test_an_error_stops_the_commit_and_is_shown(hooks: Path, project: Path) -> None:
    (project / "queries" / "users.sql").write_text(BAD)
    ended = tried(hooks, "zdpipe-lint", project)
    assert ended.code == 1
    assert "queries/users.sql:1:49: error ZD306" in ended.out
    assert (project / "queries" / "users.sql").read_text() == BAD


def test_the_fixing_hook_mends_and_stops_once(hooks: Path, project: Path) -> None:
    (project / "queries" / "users.sql").write_text(BAD)
    first = tried(hooks, "zdpipe-lint-fix", project)
    assert first.code == 1
    assert "files were modified by this hook" in first.out
    assert (project / "queries" / "users.sql").read_text() == BAD.replace("Name", "name")
    assert tried(hooks, "zdpipe-lint-fix", project).code == 0


def test_a_change_that_cannot_matter_is_not_linted(hooks: Path, project: Path) -> None:
    for path in (project / "zdpipe.toml", project / "queries" / "users.sql"):
        path.unlink()
    (project / "README.md").write_text("Hello\n")
    ended = tried(hooks, "zdpipe-lint", project)
    assert ended.code == 0
    assert "Skipped" in ended.out
