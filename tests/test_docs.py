"""What the documents promise is there, and what is there is documented."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any, get_args, get_type_hints
from urllib.request import urlopen

import pytest
from typer.main import get_command

from zdpipe import __version__
from zdpipe.cli.app import app
from zdpipe.model.alert import Delivery
from zdpipe.model.gone import FATES, Fate
from zdpipe.model.guard import Guard, Ruling
from zdpipe.model.match import Unclear
from zdpipe.model.reasons import FAILURES, SENTENCES, Failure, Reason
from zdpipe.model.rollback import NOT_RESTORABLE, NotRestorable
from zdpipe.project.alerts import SILENCEABLE
from zdpipe.simulator.server import serve
from zdpipe.simulator.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SIMULATOR = (ROOT / "docs" / "simulator.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def test_the_version_is_the_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__


def test_every_command_is_in_the_readme() -> None:
    for name in get_command(app).commands:
        assert f"`zdpipe {name}" in README, name


def test_every_command_of_the_readme_exists() -> None:
    commands = get_command(app).commands
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
    assert set(FATES) == set(Fate)
    for code, sentence in (SENTENCES | FAILURES | FATES).items():
        assert f"| `{code}` | {sentence} |" in OPERATIONS


def test_every_reason_to_leave_something_alone_has_its_place_in_the_documents() -> None:
    assert set(NOT_RESTORABLE) == set(NotRestorable)
    for reason, sentence in NOT_RESTORABLE.items():
        assert f"| `{reason}` | {sentence} |" in OPERATIONS
    for unclear in Unclear:
        assert f"`{unclear}`" in OPERATIONS


def test_every_alert_and_every_outcome_of_one_has_its_place_in_the_documents() -> None:
    alerts = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
    for word in (*SILENCEABLE, *Delivery):
        assert f"\n| `{word}` | " in alerts


def test_every_command_with_a_log_is_in_the_documents() -> None:
    section = OPERATIONS.split("\n## Logs for programs\n")[1].split("\n## ")[0]
    logging = {name for name, command in get_command(app).commands.items() if _has_log(command)}
    assert logging == {"run", "resume", "retry", "rollback", "plan", "adopt", "verify", "promote"}
    assert all(f"`{name}`" in section for name in logging)


def _has_log(command: Any) -> bool:
    return any("--log-format" in option.opts for option in command.params)


def test_every_guard_has_its_place_in_the_documents() -> None:
    for guard in Guard:
        assert f"\n| `{guard}` | " in OPERATIONS
    for ruling in Ruling:
        assert f"`{ruling}`" in OPERATIONS


def test_the_simulators_options_are_documented_with_their_defaults() -> None:
    serve = get_command(app).commands["simulator"].commands["serve"]
    for option in serve.params:
        if option.name in {"project", "help"}:
            continue
        default = "in memory" if option.default is None else f"{option.default}".removesuffix(".0")
        row = rf"^\| `{option.opts[0]}` \| .+ \| {default} \|$"
        assert re.search(row, SIMULATOR, re.MULTILINE), option.name


def test_the_simulators_switches_and_stats_are_documented(tmp_path: Path) -> None:
    switches = {name: get_args(hint) for name, hint in get_type_hints(Settings).items() if get_args(hint)}
    del switches["user_fields"]
    assert len(switches) == 3
    for name, values in switches.items():
        listed = ", ".join(f'`"{value}"`' for value in values)
        assert f"| `{name}` | {listed} |" in SIMULATOR
    with serve() as server, urlopen(f"{server.url}/simulator/stats") as answer:
        for name in json.load(answer):
            assert f"`{name}`" in SIMULATOR


def test_lines_of_prose_are_no_wider_than_an_editor() -> None:
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for line in path.read_text(encoding="utf-8").splitlines():
            assert len(line) <= 130 or line.startswith("| "), f"{path.name}: {line}"


def test_no_document_names_a_machine_or_a_registry() -> None:
    for path in ROOT.glob("**/*.md"):
        if ".venv" not in path.parts:
            assert not re.search(
                r"(^|\s)/(root|home|work|opt)/", path.read_text(encoding="utf-8"), re.MULTILINE
            )
