"""Many accounts and projects side by side, each put back to its beginning before every case."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.stories.forked import Forked, Fused
from tests.stories.world import Ended, World, assert_conserved, planted
from zdpipe.clock import SystemClock
from zdpipe.model.progress import Silence
from zdpipe.model.run import Outcome, RunReport
from zdpipe.pipeline.history import list_runs
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.load import load_project
from zdpipe.simulator.server import serve
from zdpipe.simulator.settings import Settings

QUERY = "queries/users.sql"
JOB_SECONDS = 0.05
USERS_PER_SECOND = 2000
_SETTINGS = planted(
    Settings(job_seconds=JOB_SECONDS, users_per_second=USERS_PER_SECOND, requests_per_minute=100_000)
)
_BEGINNING = "beginning"


@dataclass(frozen=True)
class Step:
    """One command that is killed: at a point, or after so many seconds."""

    command: str
    at: int = 0
    seconds: float = 0.0

    @property
    def words(self) -> list[str]:
        return [self.command, QUERY] if self.command == "run" else [self.command]


@dataclass
class Bench:
    """One account on one port, and the project that sends to it.

    A tenth of the people arrived in an earlier run and changed since, so a run creates and updates.
    """

    folder: Path
    people: int
    port: int = 0
    expected: dict[str, dict[str, Any]] = field(default_factory=dict)
    world: World = field(init=False)

    @property
    def known(self) -> int:
        return self.people // 10

    def prepare(self) -> None:
        """Build the beginning, keep a copy of it, and say what must have arrived in the end."""
        self.folder.mkdir(parents=True)
        self.port = _free_port()
        self.world = World(self.folder / "project", f"http://127.0.0.1:{self.port}", USERS_PER_SECOND)
        with self._serving():
            self.world.many_customers(self.known, city="Bergen")
            first = self.zdpipe("run", QUERY, "--format", "json")
            assert first.code == 0, first.err
            self.world.many_customers(self.people)
            every = self.zdpipe(
                "preview", QUERY, "--limit", str(self.people), "--format", "ndjson", "--show-pii"
            )
        payloads = [json.loads(line) for line in every.out.splitlines()]
        self.expected = {payload["external_id"]: payload for payload in payloads}
        assert len(self.expected) == self.people, every.err
        self.keep(_BEGINNING)

    def keep(self, moment: str) -> None:
        """Keep everything as it is now under a name; the account must not be served."""
        for name in ("project", "home", "account.sqlite"):
            _copy(self.folder / name, self.folder / moment / name)

    @contextmanager
    def fresh(self, moment: str = _BEGINNING) -> Iterator[World]:
        """Go back to the beginning, or to another moment that was kept, and serve the account."""
        for name in ("project", "home", "account.sqlite"):
            _remove(self.folder / name)
            _copy(self.folder / moment / name, self.folder / name)
        for suffix in ("-wal", "-shm"):
            _remove(self.folder / f"account.sqlite{suffix}")
        with self._serving():
            yield self.world

    def points(self, *words: str) -> list[str]:
        """Run a command to its end and return the points it passed."""
        path = self.folder / "points"
        path.unlink(missing_ok=True)
        ended = self.zdpipe(*words, fused=Fused(points=path))
        assert ended.code == 0, ended.err
        return path.read_text(encoding="utf-8").splitlines()

    def zdpipe(self, *words: str, fused: Fused | None = None) -> Ended:
        with self._start(*words, fused=fused) as process:
            return process.ended()

    def _start(self, *words: str, fused: Fused | None = None) -> Forked:
        return Forked(words, self.world.folder, self.world.environment, fused)

    def suffer(self, steps: Sequence[Step]) -> int:
        """Take the steps and return how many of them were killed before they ended by themselves."""
        killed = 0
        for step in steps:
            if step.at:
                ended = self.zdpipe(*step.words, fused=Fused(step.at))
                assert ended.code in {0, -signal.SIGKILL}, (step, ended.code, ended.err)
                killed += ended.code != 0
            else:
                with self._start(*step.words) as process:
                    time.sleep(step.seconds)
                    killed += process.kill()
        return killed

    def check(self, going_on: str, *, thoroughly: bool = True) -> None:
        """Go on with `resume` or a new `run`, and compare the account, the reports and the query.

        Thoroughly: one more run must find everybody unchanged.
        """
        last = self._finish(going_on)
        if (
            last["counts"]["read"] < self.people
        ):  # cut off before it was written down: only the earlier run is
            last = self._finish("run")
        assert last["outcome"] == "succeeded"
        assert last["counts"]["pending"] == 0
        if thoroughly:
            again = self._finish("run")["counts"]
            assert again["unchanged"] == again["read"] == self.people, again
        self._compare_account()
        self._compare_reports()
        self.world.assert_no_secrets()

    def _finish(self, command: str) -> dict[str, Any]:
        words = Step(command).words
        ended = self.zdpipe(*words, "--format", "json")
        assert ended.code == 0, ended.err + ended.out
        return ended.json

    def _compare_account(self) -> None:
        users = self.world.users()
        assert set(users) == set(self.expected)
        for key, payload in self.expected.items():
            assert differing(payload, users[key]) == {}, key
        stats = self.world.stats()
        assert stats["users_created"] == self.people
        assert stats["users_failed"] == 0
        assert stats["jobs_in_flight"] == 0

    def _compare_reports(self) -> None:
        runs = self._reports()
        for run in runs:
            assert_conserved(asdict(run.counts))
            assert run.finished_at is not None
            unplanned = run.outcome is Outcome.FAILED and run.counts.read == 0
            assert unplanned or run.outcome in {Outcome.SUCCEEDED, Outcome.SUPERSEDED}
            assert run.counts.pending == 0 or run.outcome is Outcome.SUPERSEDED
        counted = {
            name: sum(getattr(run.counts, name) for run in runs) for name in ("created", "updated", "failed")
        }
        assert counted == {"created": self.people, "updated": self.known, "failed": 0}

    def _reports(self) -> list[RunReport]:
        """Return what `zdpipe runs list` prints."""
        environment = self.world.environment
        bench = Workbench(
            project=load_project(self.world.folder),
            clock=SystemClock(),
            environment=environment,
            machine_state=Path(environment["XDG_STATE_HOME"]) / "zdpipe",
            open_transport=lambda _: None,
            progress=Silence(),
            command="zdpipe runs list",
            pid=0,
        )
        return list_runs(bench)

    @contextmanager
    def _serving(self) -> Iterator[None]:
        with serve(_SETTINGS, self.folder / "account.sqlite", self.port):
            yield


def differing(payload: dict[str, Any], user: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return each property that arrived otherwise than it was sent; write-only ones cannot be asked for."""
    sent = {
        name: value for name, value in payload.items() if name not in {"user_fields", "skip_verify_email"}
    }
    pairs = {name: (value, user[name]) for name, value in sent.items()}
    fields = payload.get("user_fields", {})
    pairs |= {f"user_fields.{name}": (value, user["user_fields"][name]) for name, value in fields.items()}
    return {name: pair for name, pair in pairs.items() if not _same(*pair)}


def _same(sent: Any, arrived: Any) -> bool:
    # Zendesk answers decimals as texts.
    return sent == arrived or (sent is not None and str(sent) == str(arrived))


def spread(count: int, edge: int, middle: int) -> list[int]:
    """Return the first and last `edge` numbers of 1..count, and `middle` others at even distances."""
    if count <= 2 * edge + middle:
        return list(range(1, count + 1))
    inner = count - 2 * edge
    between = [edge + 1 + index * inner // middle for index in range(middle)]
    return [*range(1, edge + 1), *between, *range(count - edge + 1, count + 1)]


def _free_port() -> int:
    """Return a port that no outgoing connection takes while its server is down: those begin at 32768."""
    for port in random.sample(range(15_000, 30_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()
