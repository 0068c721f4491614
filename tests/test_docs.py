"""What the documents promise is there, and what is there is documented."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from zdpipe import __version__
from zdpipe.cli.app import app
from zdpipe.model.reasons import FAILURES, SENTENCES, Failure, Reason

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def test_the_version_is_the_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__


def test_every_command_is_in_the_readme() -> None:
    for name in get_command(app).commands:  # type: ignore[attr-defined]  # a group of commands
        assert f"`zdpipe {name}" in README, name


def test_every_command_of_the_readme_exists() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]  # a group of commands
    for name in re.findall(r"`zdpipe ([a-z]+)", README):
        assert name in commands


@pytest.mark.parametrize(
    "document", ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]
)
def test_links_lead_somewhere(document: str) -> None:
    path = ROOT / document
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_every_code_has_a_sentence_and_a_place_in_the_documents() -> None:
    assert set(SENTENCES) == set(Reason)
    assert set(FAILURES) == set(Failure)
    for code, sentence in (SENTENCES | FAILURES).items():
        assert f"| `{code}` | {sentence} |" in OPERATIONS


def test_no_document_names_a_machine_or_a_registry() -> None:
    for path in ROOT.glob("**/*.md"):
        if ".venv" not in path.parts:
            assert not re.search(
                r"(^|\s)/(root|home|work|opt)/", path.read_text(encoding="utf-8"), re.MULTILINE
            )
