"""Servers on this machine, each a process of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from subprocess import PIPE, Popen

from tests.bench.growth.process import Failed
from tests.cli.command import COMMAND

# Jobs are over at once, and more may be asked than is ever asked here.
SIMULATOR = [*COMMAND, "simulator", "serve", "--port", "0", "--job-seconds", "0"]
SIMULATOR += ["--requests-per-minute", "100000"]
TAKER = [sys.executable, "-m", "tests.bench.growth.taker"]


@contextmanager
def served(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Lend the address of a server, which is the first line that it prints."""
    said = folder / "server.log"
    with said.open("ab") as log:
        process = Popen(command, cwd=folder, env=environment, stdout=PIPE, stderr=log, text=True)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        if not address:
            raise Failed(f"{' '.join(command)} does not serve: {said.read_text()[-2_000:]}")
        yield address
    finally:
        process.terminate()
        process.communicate()


def received(simulator: str) -> int:
    """Return how many users the simulator was sent."""
    users: int = json.loads(_asked(simulator, "/simulator/stats"))["users_received"]
    return users


def taken(taker: str) -> int:
    """Return how many users the server was sent that takes all of them."""
    return int(_asked(taker, "/"))


def _asked(url: str, path: str) -> bytes:
    connection = HTTPConnection(url.removeprefix("http://"))
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()
