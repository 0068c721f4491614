from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest
import typer
from syrupy.assertion import SnapshotAssertion

from tests.cli.command import COMMAND, environment, write_schema, zdpipe
from zdpipe.cli.app import app, execute
from zdpipe.errors import UnfinishedError
from zdpipe.model.run import ConservationError

COMMANDS = [
    (),
    ("init",),
    ("sample",),
    ("schema",),
    ("lint",),
    ("rules",),
    ("build",),
    ("preview",),
    ("plan",),
    ("run",),
    ("promote",),
    ("adopt",),
    ("resume",),
    ("retry",),
    ("verify",),
    ("rollback",),
    ("explain",),
    ("forget",),
    ("check",),
    ("fields",),
    ("fields", "diff"),
    ("runs",),
    ("runs", "list"),
    ("runs", "show"),
    ("runs", "rejects"),
    ("runs", "failures"),
    ("runs", "act"),
    ("runs", "export"),
    ("runs", "prune"),
    ("orchestrations",),
    ("orchestrations", "list"),
    ("orchestrations", "run"),
    ("orchestrations", "crontab"),
    ("orchestrations", "systemd"),
    ("alerts",),
    ("alerts", "test"),
    ("alerts", "list"),
    ("simulator",),
    ("simulator", "serve"),
]


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.usefixtures("wide")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help(
    command: tuple[str, ...], snapshot: SnapshotAssertion, capfd: pytest.CaptureFixture[str]
) -> None:
    assert execute([*command, "--help"]) == 0
    assert capfd.readouterr().out == snapshot


def test_every_command_has_a_help_snapshot_and_takes_a_project() -> None:
    root = typer.main.get_command(app)
    found = {()}
    for name, command in getattr(root, "commands", {}).items():
        inner = getattr(command, "commands", {})
        found |= {(name,)} | {(name, sub) for sub in inner}
        leaves = inner.values() if inner else [command]
        assert not [leaf.name for leaf in leaves if "project" not in {param.name for param in leaf.params}]
    assert found == set(COMMANDS)


def test_the_version_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["--version"]) == 0
    assert capfd.readouterr().out.startswith("zdpipe ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lnt"], "Did you mean 'lint'?"),
        (["plan", "x.sql", "--wrong"], "No such option: --wrong"),
        (["plan"], "Missing argument 'QUERY'."),
        (["sample", "--rows", "many"], "--rows"),
        (["preview", "x.sql", "--limit", "0"], "--limit"),
        (["lint", "-", "queries"], "- stands for stdin"),
    ],
)
def test_wrong_words_are_told_with_a_cure(
    arguments: list[str], words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert execute(arguments) == 2
    said = capfd.readouterr()
    assert said.out == ""
    assert words in said.err
    assert "--help" in said.err or "Lint them" in said.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", "--format", "json"],
        ["run", "x.sql", "--format=json", "--wrong"],
        ["runs", "shw", "--format", "json"],
    ],
)
def test_wrong_words_are_one_json_document_when_json_is_asked_for(
    arguments: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert execute(arguments) == 2
    said = capfd.readouterr()
    assert json.loads(said.out)["error"].keys() == {"code", "message", "hint"}
    assert said.err == ""


def test_no_command_shows_the_help_and_fails(capfd: pytest.CaptureFixture[str]) -> None:
    assert execute([]) == 2
    assert "Commands:" in capfd.readouterr().err


def test_an_error_brings_its_own_exit_code(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], project: Path
) -> None:
    def fail(*_: object) -> None:
        raise UnfinishedError("Batches are left.", "zdpipe resume r1")

    monkeypatch.setattr("zdpipe.pipeline.linting.lint_project", fail)
    assert execute(["lint", "--project", str(project)]) == 4
    assert capfd.readouterr().err == "Error: Batches are left.\nCure:  zdpipe resume r1\n"


def test_an_interruption_leaves_with_130(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], project: Path
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("zdpipe.pipeline.linting.lint_project", interrupt)
    assert execute(["lint", "--format", "json", "--project", str(project)]) == 130
    assert json.loads(capfd.readouterr().out)["error"]["code"] == "interrupted"


@pytest.mark.parametrize("error", [ZeroDivisionError("planted"), ConservationError("planted")])
def test_a_bug_is_written_to_a_private_log_and_not_to_the_screen(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], project: Path
) -> None:
    def fail(*_: object) -> None:
        raise error

    (project / ".zdpipe").mkdir()
    monkeypatch.setattr("zdpipe.pipeline.linting.lint_project", fail)
    assert execute(["lint", f"--project={project}"]) == 3
    (log,) = (project / ".zdpipe" / "logs").iterdir()
    said = capfd.readouterr()
    assert said.out == ""
    assert str(log) in said.err
    assert "Traceback" not in said.err
    assert f"{type(error).__name__}: planted" in log.read_text()
    assert "Traceback" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_bug_without_a_project_is_logged_in_the_temporary_folder(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("zdpipe.lint.rule_list", fail)
    monkeypatch.chdir(tmp_path)
    assert execute(["rules"]) == 3
    (log,) = tmp_path.glob("zdpipe-*.log")
    assert str(log) in capfd.readouterr().err


def test_a_reader_that_leaves_early_is_no_error(project: Path) -> None:
    (project / "queries" / "wrong.sql").write_text("SELECT 1;\n" * 3)
    write_schema(project)
    with subprocess.Popen(
        [*COMMAND, "lint", "--format", "json"],
        cwd=project,
        env=environment(project),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(60) == 1
    assert said == b""


# What a command may do without; each of these alone takes as long to load as Python itself, or longer.
DATA = {"duckdb", "polars", "pyarrow", "sqlite3"}
NETWORK = {"httpx", "ssl", "asyncio", "pyrate_limiter", "http.server"}
VALUES = {"phonenumbers", "email_validator"}
WORDS = {"rich", "platformdirs", "zdpipe.simulator", "zdpipe.pipeline.run"}
SQL = {"sqlglot", "zdpipe.lint", "zdpipe.query"}
PROJECT = {"pydantic", "tomllib", "importlib.metadata", "zdpipe.project"}
RUNS = {
    "zdpipe.model.run",
    "zdpipe.model.orchestration",
    "zdpipe.model.schedule",
    "zdpipe.model.alert",
    "zdpipe.model.wish",
    "cronsim",
}
LINTER = DATA | NETWORK | VALUES | WORDS


@pytest.mark.parametrize(
    ("arguments", "heavy"),
    [
        (("--help",), LINTER | SQL | PROJECT | RUNS),
        (("--version",), LINTER | SQL | {"zdpipe.project"}),
        (("run", "--help"), LINTER | SQL | RUNS | {"zdpipe.project"}),
        (("orchestrations", "run", "--help"), LINTER | SQL | RUNS | {"zdpipe.project"}),
        (("lint",), LINTER),
        (("lint", "queries/users.sql"), LINTER),
        (("lint", "queries/users.sql", "--format", "json"), LINTER),
        (("rules",), DATA | NETWORK | VALUES),
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(
    arguments: tuple[str, ...], heavy: set[str], project: Path
) -> None:
    script = (
        "import sys\nfrom zdpipe.cli.app import execute\n"
        f"code = execute({list(arguments)!r})\n"
        f"loaded = {heavy!r} & set(sys.modules)\n"
        "assert code == 0, code\nassert not loaded, loaded\n"
    )
    done = subprocess.run(
        [COMMAND[0], "-c", script], cwd=project, env=environment(project), capture_output=True, check=False
    )
    assert (done.returncode, done.stderr.decode()) == (0, done.stderr.decode().partition("Traceback")[0])


def test_plugins_of_pydantic_that_others_installed_are_not_loaded(project: Path, tmp_path: Path) -> None:
    """They would see every value of the project file, and looking for them takes its time."""
    installed = tmp_path / "installed" / "stranger-1.0.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("[pydantic]\nstranger = stranger:plugin\n")
    (installed.parent / "stranger.py").write_text("raise RuntimeError('a stranger was loaded')\n")
    ended = zdpipe(project, "lint", variables={"PYTHONPATH": str(installed.parent)})
    assert (ended.code, ended.out) == (0, "")
    assert "1 file, no findings." in ended.err


@pytest.mark.parametrize(
    ("chosen", "allocator"), [(None, "system"), ("", "system"), ("mimalloc", "mimalloc")]
)
def test_arrow_gives_memory_back_unless_somebody_chose_otherwise(
    chosen: str | None, allocator: str, project: Path
) -> None:
    script = (
        "import sys\nfrom zdpipe.cli.app import main\n"
        "sys.argv = ['zdpipe', 'build', 'queries/users.sql']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "from pyarrow import default_memory_pool\nprint(default_memory_pool().backend_name)\n"
    )
    done = subprocess.run(
        [COMMAND[0], "-c", script],
        cwd=project,
        env=environment(project, **({} if chosen is None else {"ARROW_DEFAULT_MEMORY_POOL": chosen})),
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode().splitlines()[-1] == allocator


def test_without_a_project_the_cure_is_named(tmp_path: Path) -> None:
    ended = zdpipe(tmp_path, "lint")
    assert ended.code == 2
    assert ended.out == ""
    assert "zdpipe.toml" in ended.err
    assert "zdpipe init" in ended.err


def test_colours_are_for_terminals_only(project: Path) -> None:
    ended = zdpipe(project, "lint", "missing.sql", variables={"TERM": "xterm-256color"})
    assert ended.code == 2
    assert "\x1b" not in ended.err


def test_the_environment_of_tests_hides_this_machine(tmp_path: Path) -> None:
    assert environment(tmp_path)["HOME"] != os.path.expanduser("~")  # noqa: PTH111 - the text is compared
