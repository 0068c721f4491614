"""A project and a simulated account inside this process, under a clock that tests turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import httpx

from tests.clock import FakeClock
from tests.delivery.unruly import Unruly
from tests.delivery.world import ADMIN
from zdpipe.model.guard import Guard
from zdpipe.model.progress import Silence
from zdpipe.model.wish import Wish
from zdpipe.pipeline.resume import resume_run
from zdpipe.pipeline.run import run_query
from zdpipe.pipeline.workbench import Workbench
from zdpipe.project.destination import Destination
from zdpipe.project.load import load_project
from zdpipe.simulator.settings import Settings
from zdpipe.simulator.transport import embedded

QUERY = Path("queries/users.sql")
DESTINATION = """
[destinations.{name}]
base_url = "{url}"
auth = "token"
email = "env:EMAIL"
api_token = "env:TOKEN"
users_per_second = {pace}
"""
URL = "http://127.0.0.1:8977"
COLUMNS = "id VARCHAR, name VARCHAR, email VARCHAR, city VARCHAR"
SQL = 'SELECT id AS external_id, name AS name, email AS email, city AS "user_fields.city" FROM Customer_360'


class Listener(Silence):
    """Calls back when a stage begins, and keeps what is remarked upon."""

    def __init__(self) -> None:
        self.on_stage: dict[str, Callable[[], None]] = {}
        self.said: list[str] = []

    def stage(self, words: str) -> None:
        self.on_stage.pop(words, lambda: None)()

    def remark(self, words: str) -> None:
        self.said.append(words)


class World:
    """One project whose account lives in memory and outlives every command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.clock = FakeClock()
        self.simulator = embedded(Settings(), None, self.clock.true_now)
        self.network = Unruly(self.simulator, self.clock)
        self.listener = Listener()
        self.environment = {"EMAIL": "admin@example.com", "TOKEN": "simulator"}
        self.destinations()
        self.write(QUERY, SQL)

    def write(self, name: str | Path, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def destinations(self, name: str = "there", url: str = URL, pace: int = 100) -> None:
        table = DESTINATION.format(name=name, url=url, pace=pace)
        text = f'[source]\ndatabase = "data.duckdb"\n{table}\n[defaults]\ndestination = "{name}"\n'
        self.write("zdpipe.toml", text)

    def lift_guards(self) -> None:
        """Let every plan pass, for tests of a few customers of whom most are special."""
        lifted = "rejected = 100\ncleared = 100\ngone = 100\nupdated = 100\nrows = 1000000\nempty = false\n"
        with (self.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
            file.write(f"\n[guards]\n{lifted}")

    def customers(self, rows: Sequence[tuple[Any, ...]]) -> None:
        path = self.folder / "data.duckdb"
        path.unlink(missing_ok=True)
        with closing(duckdb.connect(path)) as connection:
            connection.execute(f"CREATE TABLE Customer_360 ({COLUMNS})")
            if rows:
                marks = ", ".join("?" * len(rows[0]))
                connection.executemany(f"INSERT INTO Customer_360 VALUES ({marks})", rows)

    def many(self, count: int, city: str = "Oslo") -> None:
        self.customers([(f"id-{n}", f"Customer {n}", f"c{n}@example.com", city) for n in range(count)])

    @property
    def bench(self) -> Workbench:
        """A workbench as a process of its own would have it."""
        return self.bench_of(self.folder)

    def bench_of(self, folder: Path) -> Workbench:
        def open_transport(destination: Destination) -> httpx.BaseTransport:
            return self.network

        return Workbench(
            project=load_project(folder),
            clock=self.clock,
            environment=self.environment,
            machine_state=self.folder.parent / "machine",
            open_transport=open_transport,
            progress=self.listener,
            command="zdpipe test",
            pid=4711,
        )

    def run(
        self,
        query: Path = QUERY,
        *,
        full: bool = False,
        allow: Guard | Iterable[Guard] = (),
        sample: int | None = None,
        canary: int | None = None,
        remember: bool = False,
    ) -> Any:
        self.clock.advance(1)  # so that the newest run is known from the one before
        allowed = frozenset([allow] if isinstance(allow, Guard) else allow)
        wish = Wish(full, allow=allowed, sample=sample, canary=canary, remembers=remember)
        return run_query(self.bench, query, wish)

    def resume(self, run_id: str | None = None) -> Any:
        return resume_run(self.bench, run_id)

    def interrupt(self, sleep: int) -> None:
        """Let ^C come at so many waits from now."""
        self.clock.interrupt_at = len(self.clock.sleeps) + sleep

    def ask(self, path: str) -> Any:
        """Look into the account itself, past the network."""
        request = httpx.Request("GET", f"{URL}{path}", headers={"authorization": ADMIN})
        return self.simulator.handle_request(request).json()

    def tell(self, path: str, body: dict[str, Any]) -> Any:
        """Create something in the account itself, past the network."""
        return self.act("POST", path, body)

    def act(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Do something to the account itself, past the network."""
        request = httpx.Request(method, f"{URL}{path}", headers={"authorization": ADMIN}, json=body)
        answer = self.simulator.handle_request(request)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def create_field(self, **field: Any) -> None:
        """Give the account a custom field."""
        self.tell("/api/v2/user_fields", {"user_field": field})

    @property
    def stats(self) -> Any:
        return self.ask("/simulator/stats")

    def close(self) -> None:
        self.simulator.close()
