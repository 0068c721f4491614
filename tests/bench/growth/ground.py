"""The rows of one size, and the projects that are measured over them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.growth.process import Process
from tests.bench.growth.query import TEN
from tests.bench.growth.rivals.account import EMAIL, TOKEN
from tests.cli.command import COMMAND, environment

ROOT = Path(__file__).parents[3]
QUERY = "queries/users.sql"
PROJECT = """
[source]
database = "../{database}"

[paths]
state = "{state}"

[destinations.zendesk]
base_url = "{url}"
auth = "token"
email = "env:ZENDESK_EMAIL"
api_token = "env:ZENDESK_API_TOKEN"

[defaults]
destination = "zendesk"
"""
STATE = ".zdpipe"


@dataclass(frozen=True)
class Ground:
    """A folder with so many rows, and projects over them.

    `simulator` is the address that the projects send to. `taker` is that of the server that takes everything,
    for the rivals. `memory` is zdpipe's own limit, in DuckDB's words, which DuckDB alone is given too.
    """

    folder: Path
    rows: int
    simulator: str
    taker: str
    memory: str

    @property
    def database(self) -> Path:
        """Where the rows are."""
        return self.folder / "customers.duckdb"

    def start(self, command: Sequence[str], folder: Path | None = None) -> Process:
        """Start a process in a folder of this ground."""
        return Process(command, folder or self.folder, surroundings(self.folder))

    def project(self, name: str) -> Path:
        """Return the folder of a project."""
        return self.folder / name


def surroundings(home: Path) -> dict[str, str]:
    """Return an environment in which nothing of this machine's own is found, written or told to others."""
    return environment(
        home,
        PYTHONPATH=str(ROOT),
        ZENDESK_EMAIL=EMAIL.removesuffix("/token"),
        ZENDESK_API_TOKEN=TOKEN,
        DO_NOT_TRACK="1",
        RUNTIME__DLTHUB_TELEMETRY="false",
    )


def prepare(ground: Ground) -> None:
    """Make the rows, a copy of which one in a thousand differs, and the projects.

    `new` knows nobody; `sent` remembers what `remember` makes it remember, and so does `changed`, whose rows
    are those of the copy.
    """
    _do(ground, [*COMMAND, "sample", "--rows", str(ground.rows), "--out", str(ground.database)])
    copy = ground.folder / "changed.duckdb"
    _do(ground, [sys.executable, "-m", "tests.bench.growth.changed", str(ground.database), str(copy)])
    for name, database, state in (
        ("new", ground.database, STATE),
        ("sent", ground.database, STATE),
        ("changed", copy, f"../sent/{STATE}"),
    ):
        folder = ground.project(name)
        (folder / "queries").mkdir(parents=True)
        (folder / QUERY).write_text(TEN)
        text = PROJECT.format(database=database.name, state=state, url=ground.simulator)
        (folder / "zdpipe.toml").write_text(text)


def remember(ground: Ground) -> None:
    """Let the project `sent` know what it would know had the stopped run of `new` been sent whole."""
    theirs, ours = ground.project("new") / STATE, ground.project("sent") / STATE
    if ours.exists():
        shutil.rmtree(theirs)
        return
    theirs.rename(ours)
    account = ground.simulator.removeprefix("http://")
    _do(ground, [sys.executable, "-m", "tests.bench.growth.known", str(ours.parent), account])


def default_memory(folder: Path) -> str:
    """Return the limit that zdpipe gives DuckDB where a project does not say."""
    program = "from zdpipe.project.tables import DEFAULT_MEMORY; print(DEFAULT_MEMORY)"
    process = Process([sys.executable, "-c", program], folder, surroundings(folder))
    process.ended()
    return process.output.strip()


def _do(ground: Ground, command: Sequence[str]) -> None:
    ground.start(command).ended()
