"""Whatever zdpipe writes is for its owner alone, and nothing that it prints tells who a customer is."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.test_privacy import leaves
from tests.stories.test_secrets import BUGGY
from tests.stories.world import Ended, World, kill, values_in
from zdpipe.cli.app import execute

SENT = ("zx-4711-planted", "Zyxwvut Qponmlk", "zyx.qpon@planted.example", "+12063428631", "Plantedville")
REJECTED = ("zx-4712-planted", " ", "rejected.zyx@planted.example", "+12063428632", "Plantedtown")
FAILED = (
    "zx-4713-planted",
    "Failing Plantedname",
    "failing.zyx@planted.example",
    "+12063428633",
    "Plantedham",
)
PERSONAL = re.compile(r"planted|zyx|qponmlk|wvut|20634286|342-?86", re.IGNORECASE)
QUERY = "queries/users.sql"
FORMS = ("text", "json", "html")
ELSEWHERE = """
[destinations.sandbox]
kind = "simulator"
job_seconds = 0
users_per_second = 5000

[orchestrations.nightly]
queries = ["queries/users.sql"]
destination = "zendesk"
schedule = "0 3 * * *"
timezone = "UTC"
"""
# Kept in a repository, and nothing of any customer is in them; the source is not zdpipe's.
COMMITTED = {"zdpipe.toml", "schema.json", "approvals.json", "queries", "attribute_tables", "data"}


@pytest.fixture(autouse=True)
def _careless() -> Iterator[None]:
    """Let every process of the story make files that all may read, unless it says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


def customers(world: World, *rows: tuple[Any, ...]) -> None:
    others = [(f"id-{n}", f"Customer {n}", f"c{n}@example.com", None, "Oslo") for n in range(60)]
    world.customers([*rows, *others])


def run(world: World, *words: str) -> str:
    ended = world.zdpipe("run", QUERY, "--format", "json", *words)
    assert ended.code in {0, 1}, ended.out
    return str(ended.json["run_id"])


def refuse_one(world: World) -> None:
    """Let Zendesk refuse a customer, in words that repeat who they are."""
    items = {"where": {"external_id": "4713"}, "details": f"Email: {FAILED[2]} is already being used"}
    fault = {"on": "write", "times": None, "items": items}
    httpx.post(f"{world.url}/simulator/faults", json={"faults": [fault]}).raise_for_status()


@pytest.fixture
def lived(world: World) -> World:
    """A project whose last run rejected, failed, changed, created and tagged somebody."""
    path = world.write("zdpipe.toml", (world.folder / "zdpipe.toml").read_text() + ELSEWHERE)
    path.write_text(path.read_text() + '\n[gone]\naction = "tag"\ntag = "left"\n')
    world.write("attribute_tables/names.sql", "SELECT amperity_id, name FROM Customer_360")
    refuse_one(world)
    customers(world, SENT, REJECTED, FAILED, ("zx-gone", "Zyx Gone", None, None, "Oslo"))
    run(world)
    customers(world, (*SENT[:4], "Plantedburg"), REJECTED, FAILED, ("zx-new", "Zyx New"))
    run(world, "--remember", "--allow", "gone")
    return world


def undocumented(world: World) -> set[str]:
    """Return the files of the state that the table in docs/security.md does not name."""
    document = (Path(__file__).parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
    state = world.folder / ".zdpipe"
    found = {path.relative_to(state).as_posix() for path in state.rglob("*") if path.is_file()}
    # SQLite's own companions have the name of their database.
    names = {re.sub(r"-(wal|shm)$", "", name) for name in found}
    return {name for name in names if not re.search(_documented(name), document)}


def _documented(name: str) -> str:
    folder, _, rest = name.partition("/")
    match folder:
        case "runs":
            stem = Path(name).stem
            return rf"`{re.sub('[0-9]+', 'N', stem)}\.|`runs/RUN/{re.sub('[0-9]+', 'N', stem)}\."
        case "known":
            return r"`known/ACCOUNT\." + ("staff" if "staff" in rest else "duckdb")
        case _:
            return rf"`{re.escape(folder)}[/`]"


def open_to_others(world: World) -> list[str]:
    """Return what anybody but the owner may read of all that zdpipe wrote."""
    folders = [path for path in world.folder.iterdir() if path.name not in COMMITTED]
    folders.append(Path(world.environment["XDG_STATE_HOME"]) / "zdpipe")
    every = [path for folder in folders for path in (folder, *folder.rglob("*"))]
    assert len(every) > 10
    return sorted(f"{path} {path.stat().st_mode:o}" for path in every if _is_open(world, path))


def _is_open(world: World, path: Path) -> bool:
    # A folder that the user named is the user's; what lies in it is private all the same.
    named = path.is_dir() and path.is_relative_to(world.folder / "build")
    return not named and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def write_everything(world: World) -> None:
    """Use every command that writes a file of its own, and every state that leaves some."""
    for words in (
        ["schema", "--to", "zendesk"],
        ["build"],
        *(["plan", QUERY, "--format", form, "--out", f"plan.{form}"] for form in ("text", "json", "html")),
        ["plan", QUERY, "--seal", "plan.seal"],
        ["adopt", QUERY],
        *(["runs", "rejects", "--out", f"rejects.{kind}"] for kind in ("csv", "parquet")),
        *(["runs", "failures", "--out", f"failures.{kind}"] for kind in ("csv", "ndjson", "parquet")),
        *(["runs", "rejects", "--out", f"shown.{kind}", "--show-pii"] for kind in ("csv", "parquet")),
        *(["runs", "show", "--format", form, "--out", f"run.{form}"] for form in ("text", "json", "html")),
        *(["runs", "export", "--show-pii", "--to", place] for place in ("history.duckdb", "history")),
        ["run", QUERY, "--to", "sandbox"],
        ["verify"],
        ["promote", QUERY, "--from", "sandbox", "--to", "zendesk"],
    ):
        ended = world.zdpipe(*words)
        assert ended.code in {0, 1}, (words, ended.err)


def leave_a_bug(world: World) -> None:
    words = [sys.executable, "-c", BUGGY, "run", QUERY]
    assert subprocess.run(words, cwd=world.folder, env=world.environment, check=False).returncode == 3


def leave_a_killed_run(world: World) -> None:
    before = world.stats()["writes"]
    fault = {"on": "write", "times": None, "slow": 30}
    httpx.post(f"{world.url}/simulator/faults", json={"faults": [fault]}).raise_for_status()
    customers(world, (*SENT[:4], "Plantedfield"))
    process = world.start("run", QUERY, "--remember", "--allow", "rows", "--allow", "gone")
    until = time.monotonic() + 60
    while world.stats()["writes"] == before:
        assert process.poll() is None
        assert time.monotonic() < until, "the run sent nothing"
        time.sleep(0.1)
    kill(process)


def test_whatever_is_written_is_for_its_owner_alone(lived: World) -> None:
    write_everything(lived)
    runs = lived.zdpipe("runs", "list", "--format", "json").json["runs"]
    newest = next(each["run_id"] for each in runs if each["destination"] == "zendesk")
    assert lived.zdpipe("rollback", newest).code in {0, 1}
    assert lived.zdpipe("orchestrations", "run", "nightly", "--allow", "gone").code in {0, 1}
    leave_a_bug(lived)
    written = {path.name for path in (lived.folder / ".zdpipe").rglob("*")}
    assert {"state.sqlite", "outbox.parquet", "rejects.csv", "sources.parquet"} < written
    assert undocumented(lived) == set()
    assert {"sandbox.sqlite", "errands.parquet", "before-0.parquet", "not_restorable.csv"} < written
    assert open_to_others(lived) == []
    assert lived.zdpipe("forget", SENT[0]).code == 0
    assert lived.zdpipe("runs", "prune", "--keep", "1").code == 0
    assert open_to_others(lived) == []


def test_so_is_what_a_killed_run_leaves(lived: World) -> None:
    leave_a_killed_run(lived)
    assert open_to_others(lived) == []
    (lived.folder / ".zdpipe" / "careless.txt").touch()
    assert [Path(each.split()[0]).name for each in open_to_others(lived)] == ["careless.txt"]


@dataclass(frozen=True)
class Here:
    """Runs commands inside this process: there are many of them, and starting one takes longest."""

    world: World
    capfd: pytest.CaptureFixture[str]

    def zdpipe(self, *words: str) -> Ended:
        self.capfd.readouterr()
        code = execute(words)
        printed = self.capfd.readouterr()
        return Ended(code, printed.out, printed.err)


@pytest.fixture
def here(lived: World, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Here:
    monkeypatch.chdir(lived.folder)
    for name, value in lived.environment.items():
        monkeypatch.setenv(name, value)
    return Here(lived, capfd)


def outputs(world: Here) -> Iterator[tuple[str, Ended]]:
    """Yield what every command prints that may know of a customer, without --show-pii."""
    run_id = world.zdpipe("runs", "list", "--format", "json").json["runs"][0]["run_id"]
    forms = (["--format", "json"], [])
    calls: dict[str, list[list[str]]] = {
        "schema": [[], ["--to", "zendesk"]],
        "lint": [[]],
        "rules": [[]],
        "check": [[], ["--format", "json"]],
        "build": [[]],
        "preview": [[QUERY, "--format", form] for form in ("table", "json", "ndjson", "csv")],
        "plan": [[QUERY, "--full", "--online", "--format", form] for form in ("text", "json", "html")],
        "adopt": [[QUERY, *form] for form in forms],
        "verify": [[run_id, *form] for form in forms],
        "explain": [[who, *form] for who in (SENT[0], REJECTED[2], FAILED[2]) for form in forms],
        "rollback": [[run_id, "--dry-run", *form] for form in forms],
        "retry": [[run_id, *form] for form in forms],
        "resume": [list(form) for form in forms],
        "run": [[QUERY, "--full", *form] for form in forms] + [[QUERY, "--dry-run", "--full"]],
        "runs list": [list(form) for form in forms],
        "runs show": [*(list(form) for form in forms), ["--format", "html"]],
        "runs export": [["--to", "history.duckdb"], ["--to", "history", "--format", "json"]],
        "runs rejects": [list(form) for form in forms],
        "runs failures": [["--format", form] for form in ("text", "json", "ndjson", "csv")],
        "runs act": [[run_id, "--action", each] for each in ("rejects", "failures")],
        "runs prune": [["--keep", "50"]],
        "promote": [[QUERY, "--from", "sandbox", "--to", "zendesk", *form] for form in forms],
        "fields diff": [["sandbox", "zendesk"]],
        "alerts list": [list(form) for form in forms],
        "orchestrations list": [list(form) for form in forms],
        "orchestrations run": [["nightly", *form] for form in forms],
        "orchestrations crontab": [[]],
        "orchestrations systemd": [[]],
        "forget": [[SENT[2], *form] for form in forms],
    }
    # init, sample and the test of an alert know nobody, and a served simulator prints its address.
    commands = {" ".join(words) for words, _ in leaves()}
    assert set(calls) == commands - {"init", "sample", "alerts test", "simulator serve"}
    for command, each in calls.items():
        for words in each:
            yield f"{command} {' '.join(words)}", world.zdpipe(*command.split(), *words)


def test_no_command_tells_who_a_customer_is_unless_it_is_asked_to(here: Here) -> None:
    told = {}
    for words, ended in outputs(here):
        assert ended.code in {0, 1}, (words, ended.err)
        # The path of the folder is the test's own name.
        printed = (ended.out + ended.err).replace(str(here.world.folder), "")
        if found := PERSONAL.search(printed):
            told[words] = printed[max(0, found.start() - 60) : found.end() + 60]
    assert told == {}


def test_neither_do_files_that_it_is_told_to_write(here: Here) -> None:
    for words in (
        *(
            ["plan", QUERY, "--full", "--format", form, "--out", f"a.{form}"]
            for form in ("text", "json", "html")
        ),
        ["plan", QUERY, "--full", "--seal", "a.seal"],
        *(["runs", "rejects", "--out", f"rejects.{kind}"] for kind in ("csv", "parquet")),
        *(["runs", "failures", "--out", f"failures.{kind}"] for kind in ("csv", "ndjson", "parquet")),
        ["runs", "show", "--format", "html", "--out", "run.html"],
        ["runs", "export", "--to", "history.duckdb"],
    ):
        assert here.zdpipe(*words).code == 0
    written = [path for path in here.world.folder.iterdir() if path.is_file() and path.name not in COMMITTED]
    assert len(written) == 11
    for path in written:
        everything = [path.read_bytes(), *values_in(path)]
        assert not any(PERSONAL.search(text.decode(errors="replace")) for text in everything), path


def test_whoever_asks_is_told_and_never_means_never(here: Here) -> None:
    """The search above would find what is there; and a project may take the flag away."""
    calls = (
        ["preview", QUERY, "--format", "ndjson"],
        ["runs", "rejects", "--format", "json"],
        ["runs", "failures", "--format", "json"],
        ["explain", SENT[0]],
        ["plan", QUERY, "--full", "--format", "json"],
        ["runs", "show", "--format", "html"],
        ["runs", "rejects", "--out", "shown.csv"],
    )
    for words in calls[:-1]:
        assert PERSONAL.search(here.zdpipe(*words, "--show-pii").out), words
    assert here.zdpipe(*calls[-1], "--show-pii").code == 0
    assert SENT[1] not in (here.world.folder / "shown.csv").read_text()
    assert REJECTED[2] in (here.world.folder / "shown.csv").read_text()
    path = here.world.folder / "zdpipe.toml"
    path.write_text(path.read_text() + '\n[privacy]\nshow_pii = "never"\n')
    (here.world.folder / "shown.csv").unlink()
    for words in calls:
        ended = here.zdpipe(*words, "--show-pii")
        assert ended.code == 2, words
        assert not PERSONAL.search(ended.out), words
    assert not (here.world.folder / "shown.csv").exists()
