"""What else an analyst would pick, each in a process of its own environment, sending the same rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from textwrap import indent

from tests.bench.growth.ground import ROOT, Ground
from tests.bench.growth.process import Failed, Spent
from tests.bench.growth.query import NESTED
from tests.bench.growth.rivals.account import USERS
from tests.bench.growth.servers import taken

PYTHON = ROOT / ".venv/rivals/bin/python"
# Seconds that a rival may take; more is not waited for.
PATIENCE = 120.0
DRT_PROJECT = "name: bench\nprofile: bench\n"
DRT_PROFILE = "bench:\n  type: duckdb\n  database: {database}\n"
DRT_SYNC = """\
name: users
model: |
{query}
destination:
  type: zendesk
  subdomain: bench
  email_env: ZENDESK_EMAIL
  api_token_env: ZENDESK_API_TOKEN
  object: user
sync:
  mode: full
  batch_size: {users}
  rate_limit:
    requests_per_second: 1000000
  on_error: fail
"""


def send(program: str, ground: Ground) -> Spent:
    """One of the programs beside this one sends everybody."""
    return _sent(ground, program, [str(ground.database), ground.taker], _folder(ground, program))


def drt(ground: Ground) -> Spent:
    """drt sends everybody."""
    folder = _folder(ground, "drt")
    (folder / "syncs").mkdir(exist_ok=True)
    (folder / "drt_project.yml").write_text(DRT_PROJECT)
    sync = DRT_SYNC.format(query=indent(NESTED.strip(), "  "), users=USERS)
    (folder / "syncs" / "users.yml").write_text(sync)
    profiles = ground.folder / ".drt"
    profiles.mkdir(exist_ok=True)
    (profiles / "profiles.yml").write_text(DRT_PROFILE.format(database=ground.database))
    return _sent(ground, "drt_loopback", [ground.taker, "run"], folder)


OTHERS: Mapping[str, Callable[[Ground], Spent]] = {
    "a plain script": partial(send, "plain"),
    "zenpy in a loop": partial(send, "zenpy_loop"),
    "dlt, a destination of one's own": partial(send, "dlt_destination"),
    "drt": drt,
}


def _folder(ground: Ground, name: str) -> Path:
    folder = ground.project(name)
    folder.mkdir(exist_ok=True)
    return folder


def _sent(ground: Ground, program: str, arguments: Sequence[str], folder: Path) -> Spent:
    """Run a program, and see to it that every user arrived."""
    before = taken(ground.taker)
    command = [str(PYTHON), "-m", f"tests.bench.growth.rivals.{program}", *arguments]
    spent = ground.start(command, folder).ended(PATIENCE)
    arrived = taken(ground.taker) - before
    if arrived != ground.rows:
        raise Failed(f"{program} sent {arrived:,} users of {ground.rows:,}")
    return spent
