"""The workflows: valid, clean, and each of their commands run by a runner of our own against an account."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.recipes.conftest import LINTERS, ROOT
from tests.recipes.nights import (
    NAME,
    assert_everybody_arrived_once,
    nobody_answers,
    orchestrated,
    refuse_customers,
    slow,
    wait_for_users,
)
from tests.recipes.workflow import Runner
from tests.stories.conftest import MakeWorld
from tests.stories.world import World
from zdpipe import __version__
from zdpipe.model.guard import Guard

FOLDER = ROOT / "recipes" / "github"
LINT, NIGHTLY = FOLDER / "zdpipe-lint.yml", FOLDER / "zdpipe-nightly.yml"
INSTALL, STATE, RUN, TELL = (
    "Install zdpipe",
    "Find the state",
    "Run the orchestration",
    "Say what became of it",
)
BY_SCHEDULE = {
    "inputs.go_on": "",
    "inputs.allow || 'none'": "none",
    "secrets.ZENDESK_CLIENT_ID": "unused",
    "secrets.ZENDESK_CLIENT_SECRET": "unused",
}


@pytest.fixture(scope="session")
def machine(pip_variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """A runner on which the workflow's own step installed zdpipe."""
    folder = tmp_path_factory.mktemp("runner")
    runner = Runner(NIGHTLY, folder, folder / "temp", pip_variables)
    installed = runner.step(INSTALL)
    assert installed.returncode == 0, installed.stderr
    return runner


def night(machine: Runner, world: World, **values: str) -> Runner:
    """Return the runner of one night, on which nothing but zdpipe is left of the last one."""
    state = world.folder.parent / "state"
    variables = {**world.environment, "STATE": str(state), "XDG_STATE_HOME": str(state.parent / "machine")}
    del variables["PATH"]
    shutil.rmtree(world.folder / ".zdpipe", ignore_errors=True)
    runner = Runner(NIGHTLY, world.folder, machine.temp, variables, {**BY_SCHEDULE, **values})
    (machine.temp / "night.json").unlink(missing_ok=True)
    return runner


def told(runner: Runner) -> tuple[str, str, str]:
    """Return the annotation of a night: its level, its title, and what it says."""
    done = runner.step(TELL)
    assert done.returncode == 0, done.stderr
    found = re.fullmatch(r"::(notice|error) title=zdpipe (.+?)::(.+)\n", done.stdout)
    assert found, done.stdout
    return found[1], found[2], found[3]


@pytest.mark.parametrize("path", [LINT, NIGHTLY], ids=lambda path: path.stem)
@pytest.mark.parametrize(
    "words",
    [
        ("check-jsonschema", "--builtin-schema", "vendor.github-workflows"),
        ("zizmor", "--offline", "--persona", "pedantic", "--no-progress"),
    ],
    ids=lambda words: words[0],
)
def test_linters_have_nothing_to_say(words: tuple[str, ...], path: Path) -> None:
    done = subprocess.run(
        [str(LINTERS / words[0]), *words[1:], str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", [LINT, NIGHTLY], ids=lambda path: path.stem)
def test_shellcheck_has_nothing_to_say(path: Path) -> None:
    (job,) = yaml.safe_load(path.read_text())["jobs"].values()
    for step in job["steps"]:
        done = subprocess.run(
            [str(LINTERS / "shellcheck"), "--shell=bash", "-"],
            input=step.get("run", ""),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


def test_they_install_this_version_and_offer_every_guard() -> None:
    for path in (LINT, NIGHTLY):
        assert re.search(
            rf'pip install --quiet "zdpipe(\[alerts\])?=={re.escape(__version__)}"', path.read_text()
        )
    workflow = yaml.safe_load(NIGHTLY.read_text())
    (triggers,) = [value for key, value in workflow.items() if key is True]  # YAML 1.1 reads the key `on` so
    options = triggers["workflow_dispatch"]["inputs"]["allow"]["options"]
    assert options == ["none", *sorted(guard.value for guard in Guard)]
    assert workflow["concurrency"] == {"group": "zdpipe-nightly", "cancel-in-progress": False}


def test_every_step_that_runs_is_run_here(machine: Runner) -> None:
    assert machine.runs == [INSTALL, STATE, RUN, TELL]


def test_a_night_that_is_through_and_the_one_after_it(machine: Runner, world: World) -> None:
    orchestrated(world, 300)
    runner = night(machine, world)
    lost = runner.step(STATE)
    assert lost.returncode == 1
    assert lost.stdout.startswith("::error title=No state::")
    (world.folder.parent / "state").mkdir(mode=0o700)
    for _ in range(2):  # the second one has a clean checkout, and sends nobody
        runner = night(machine, world)
        assert runner.step(STATE).returncode == 0
        done = runner.step(RUN)
        assert done.returncode == 0, done.stderr
        assert told(runner)[:2] == ("notice", "succeeded")
        assert f"{NAME} → zendesk" in runner.summary
        (world.folder / ".zdpipe").unlink()
    assert world.stats()["writes"] == 3


@pytest.fixture
def nightly(machine: Runner, world: World) -> World:
    orchestrated(world, 300)
    (world.folder.parent / "state").mkdir(mode=0o700)
    return world


def run(machine: Runner, world: World, **values: str) -> tuple[int, str, str, str]:
    """Let one night go by; return the exit code of the run, and what was told of it."""
    runner = night(machine, world, **values)
    assert runner.step(STATE).returncode == 0
    code = runner.step(RUN).returncode
    return (code, *told(runner))


def test_customers_whom_zendesk_refuses_are_told_apart_from_those_left_out(
    machine: Runner, nightly: World
) -> None:
    refuse_customers(nightly)
    code, level, title, words = run(machine, nightly)
    assert (code, level, title) == (1, "error", "partial")
    assert words.startswith("11 rows failed, 0 were rejected")


def test_a_guard_refuses_and_is_let_pass_by_hand(machine: Runner, nightly: World) -> None:
    assert run(machine, nightly)[0] == 0
    nightly.many_customers(300, city="Rome")
    code, level, title, words = run(machine, nightly)
    assert (code, level, title) == (1, "error", "refused by a guard")
    assert "--allow updated" in words
    by_hand = {"inputs.go_on": "true", "inputs.allow || 'none'": "updated"}
    assert run(machine, nightly, **by_hand)[:3] == (0, "notice", "succeeded")
    assert {user["user_fields"]["city"] for user in nightly.users().values()} == {"Rome"}


def test_what_is_wrong_before_anything_is_sent_is_named(machine: Runner, nightly: World) -> None:
    nightly.write("queries/users.sql", "SELECT amperity_id AS external_id FROM Customer_360")
    assert run(machine, nightly)[:3] == (2, "error", "lint")
    (nightly.folder / "zdpipe.toml").write_text("nonsense = 1\n")
    runner = night(machine, nightly)
    runner.step(STATE)
    assert runner.step(RUN).returncode == 2
    assert runner.step(TELL).stdout.startswith("::error title=zdpipe project::")


def test_an_account_out_of_reach(machine: Runner, nightly: World) -> None:
    nobody_answers(nightly)
    code, level, title, _ = run(machine, nightly)
    assert (code, level, title) == (2, "error", "unreachable")


def test_cancelled_in_the_middle_the_next_night_completes(machine: Runner, make_world: MakeWorld) -> None:
    world = slow(make_world)
    (world.folder.parent / "state").mkdir(mode=0o700)
    runner = night(machine, world)
    assert runner.step(STATE).returncode == 0
    process = runner.start(RUN)
    wait_for_users(world, 200)
    process.send_signal(signal.SIGINT)  # to the entry process alone, as a runner does first
    process.communicate(timeout=7)  # after 7.5 seconds it would be another signal
    assert process.returncode == 130
    runner.ended(RUN, process.returncode)
    level, title, words = told(runner)
    assert (level, title) == ("error", "stopped")
    assert "--resume" in words
    assert run(machine, world)[:3] == (0, "notice", "succeeded")
    assert_everybody_arrived_once(world, 1200)


def test_killed_it_says_so(machine: Runner, make_world: MakeWorld) -> None:
    world = slow(make_world)
    (world.folder.parent / "state").mkdir(mode=0o700)
    runner = night(machine, world)
    runner.step(STATE)
    process = runner.start(RUN)
    wait_for_users(world, 200)
    process.kill()
    process.communicate(timeout=7)
    runner.ended(RUN, process.returncode)
    assert told(runner)[:2] == ("error", "killed")
    assert run(machine, world)[0] == 0
    assert_everybody_arrived_once(world, 1200)


def test_findings_of_a_pull_request_are_uploaded_before_it_fails(machine: Runner, world: World) -> None:
    runner = Runner(LINT, world.folder, machine.temp, {"HOME": str(world.folder)})
    assert runner.runs == [INSTALL, "Lint for code scanning", "Lint, with annotations"]
    clean = [runner.step(name).returncode for name in runner.runs[1:]]
    assert clean == [0, 0]
    world.write("queries/users.sql", "SELECT amperity_id AS external_id FROM Customer_360")
    assert runner.step("Lint for code scanning").returncode == 0
    document = json.loads((world.folder / "zdpipe.sarif").read_text())
    assert document["version"] == "2.1.0"
    assert document["runs"][0]["results"]
    annotated = runner.step("Lint, with annotations")
    assert annotated.returncode == 1
    assert "::error file=queries/users.sql" in annotated.stdout
    (world.folder / "zdpipe.toml").write_text("nonsense = 1\n")
    assert runner.step("Lint for code scanning").returncode == 2
