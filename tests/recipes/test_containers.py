"""The Dockerfile and the CronJob: linted, and as much of the image built and run as needs no Docker."""

from __future__ import annotations

import json
import re
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.recipes.conftest import LINTERS, ROOT
from tests.recipes.image import FOLDER, Image, copy_context, values
from tests.recipes.nights import (
    NAME,
    assert_everybody_arrived_once,
    nobody_answers,
    orchestrated,
    slow,
    wait_for_users,
)
from tests.stories.conftest import MakeWorld
from tests.stories.world import World
from zdpipe import __version__
from zdpipe.cli import exit_codes
from zdpipe.cli.stop import _SIGNALS

CRON_JOB = ROOT / "recipes" / "kubernetes" / "cronjob.yaml"
CUSTOMERS = "data/customers.duckdb"
MakeImage = Callable[[World], Image]


def lint(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(LINTERS / words[0]), *words[1:]], capture_output=True, text=True, check=False)


def test_linters_have_nothing_to_say() -> None:
    for words in (
        ("hadolint", "--strict-labels", str(FOLDER / "Dockerfile")),
        ("kubernetes-validate", "--strict", "--quiet", str(CRON_JOB)),
    ):
        done = lint(*words)
        assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_image_is_pinned_and_nobody_special_runs_in_it() -> None:
    bases = [base.split(" AS ")[0] for base in values("FROM")]
    assert all(re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", base) for base in bases)
    assert len(set(bases)) == 1, "an environment moves between equal Pythons only"
    assert values("ARG") == [f'ZDPIPE="zdpipe[alerts]=={__version__}"']
    assert values("USER") == ["10001:10001"]
    assert signal.Signals[values("STOPSIGNAL")[0]] in _SIGNALS
    assert json.loads(values("ENTRYPOINT")[0]) == ["zdpipe"]
    assert "ZENDESK" not in (FOLDER / "Dockerfile").read_text()


def test_the_job_is_about_the_same_paths_and_users_and_never_two_at_once() -> None:
    job = yaml.safe_load(CRON_JOB.read_text())["spec"]
    pods = job["jobTemplate"]["spec"]
    pod = pods["template"]["spec"]
    assert job["concurrencyPolicy"] == "Forbid"
    user = pod["securityContext"]
    assert f"{user['runAsUser']}:{user['runAsGroup']}" == values("USER")[0]
    mounts = [mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]]
    assert values("VOLUME")[0] in mounts
    assert pod["initContainers"][0]["command"][-1] in values("RUN")[1]
    final = pods["podFailurePolicy"]["rules"][0]
    assert final["action"] == "FailJob"
    assert final["onExitCodes"]["values"] == [exit_codes.FOUND, exit_codes.YOURS, exit_codes.OURS]


@pytest.fixture(scope="module")
def built(pip_variables: dict[str, str]) -> Iterator[Image]:
    """An image without a project, in a folder that everybody may enter, as / is."""
    folder = Path(tempfile.mkdtemp(prefix="zdpipe-image-"))
    folder.chmod(0o755)
    try:
        with tempfile.TemporaryDirectory() as empty:
            Image(folder).build(Path(empty), pip_variables)
        yield Image(folder)
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def make_image(built: Image) -> Iterator[MakeImage]:
    """Put another project into the image, beside an empty volume; nobody but root may change it."""

    def make(world: World) -> Image:
        empty(built.project)
        empty(built.volume / "state")
        copy_context(world.folder, built.project)
        (built.project / ".zdpipe").symlink_to(built.volume / "state")
        (built.project / "data").mkdir()
        shutil.copy(world.folder / CUSTOMERS, built.project / CUSTOMERS)  # in place of a mounted source
        built.project.chmod(0o555)
        return built

    yield make
    built.project.chmod(0o755)


def empty(folder: Path) -> None:
    for left in folder.iterdir():
        shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()


def files(folder: Path) -> dict[Path, bytes]:
    """Return what lies in a folder, without what a link in it leads to."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def secrets(world: World) -> dict[str, str]:
    return {name: world.environment[name] for name in ("ZENDESK_EMAIL", "ZENDESK_API_TOKEN")}


def test_only_what_zdpipe_reads_is_in_the_image(world: World, tmp_path: Path) -> None:
    orchestrated(world, 3)
    world.write(".env", "ZENDESK_API_TOKEN=of-somebody")
    world.write(".zdpipe/known/account.duckdb", "customers")
    world.write("attribute_tables/a.sql", "SELECT 1")
    image = tmp_path / "image"
    image.mkdir()
    copy_context(world.folder, image)
    copied = {path.name for path in image.iterdir()}
    assert {"zdpipe.toml", "queries", "attribute_tables"} <= copied
    assert not copied & {".env", ".zdpipe", "data"}


def test_a_container_sends_and_the_next_one_remembers(world: World, make_image: MakeImage) -> None:
    image = make_image(orchestrated(world, 300))
    before = files(image.project)
    for _ in range(2):
        done = image.run(secrets(world))
        assert done.returncode == 0, done.stderr
        lines = [json.loads(line) for line in done.stderr.splitlines()]
        (run_id,) = {line["run_id"] for line in lines if "run_id" in line}
        assert lines[-1]["run_id"] == run_id
    assert lines[-1]["counts"]["unchanged"] == 300
    assert world.stats()["writes"] == 3
    assert files(image.project) == before, "what runs may write to the volume alone"
    for folder in (image.volume, image.volume / "state"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert image.run({}, "--version").stdout == f"zdpipe {__version__}\n"


def test_stopped_as_docker_stops_it_the_next_container_completes(
    make_world: MakeWorld, make_image: MakeImage
) -> None:
    world = slow(make_world)
    image = make_image(world)
    process = image.start(secrets(world))
    wait_for_users(world, 200)
    process.send_signal(signal.Signals[values("STOPSIGNAL")[0]])
    _, err = process.communicate(timeout=10)  # then docker would kill it
    assert process.returncode == 130, err
    assert json.loads(err.splitlines()[-1])["code"] == "interrupted"
    assert image.run(secrets(world)).returncode == 0
    assert_everybody_arrived_once(world, 1200)


def test_an_account_out_of_reach_is_the_exit_code(world: World, make_image: MakeImage) -> None:
    nobody_answers(orchestrated(world, 3))
    done = make_image(world).run(secrets(world), "orchestrations", "run", NAME, "--format", "json")
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (2, "unreachable")


def test_a_volume_that_is_not_there_is_told_and_nobody_is_sent(world: World, make_image: MakeImage) -> None:
    image = make_image(orchestrated(world, 3))
    (image.volume / "state").rmdir()
    try:
        done = image.run(secrets(world))
    finally:
        (image.volume / "state").mkdir(mode=0o700)
    assert done.returncode == 2
    assert json.loads(done.stderr.splitlines()[-1])["code"] == "state"
    assert world.stats()["writes"] == 0
