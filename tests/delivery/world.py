"""A run with its outbox on disk, a simulated account, and couriers between them."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq

from tests.clock import FakeClock
from tests.delivery.unruly import Unruly
from zdpipe.clock import Clock
from zdpipe.delivery.courier import Courier
from zdpipe.delivery.desk import Desk
from zdpipe.model.batch import Batch, BatchState, ItemResult, OutboxItem, Sending
from zdpipe.model.progress import LIMITS, Silence
from zdpipe.simulator.settings import Settings
from zdpipe.simulator.transport import SimulatorTransport, embedded
from zdpipe.state.batches import BatchStore
from zdpipe.state.database import open_database, transaction
from zdpipe.state.outbox import Outbox
from zdpipe.state.runs import NewRun, insert_run, load_run
from zdpipe.zendesk.client import Waiting, ZendeskClient
from zdpipe.zendesk.limits import Limits

RUN = "20261122-120000-abcd"
ADMIN = "Basic " + base64.b64encode(b"admin@example.com/token:simulator").decode()
SCHEMA = pa.schema(
    [
        ("batch", pa.int32()),
        ("position", pa.int32()),
        ("row", pa.int64()),
        ("key", pa.string()),
        ("external_id", pa.string()),
        ("sending", pa.string()),
        ("payload", pa.string()),
        ("previous_batch", pa.int32()),
        ("previous_position", pa.int32()),
    ]
)


def person(
    number: int, batch: int, position: int, sending: Sending = Sending.CREATE, **user: Any
) -> OutboxItem:
    """Return the object of a person: `id-<number>` with an email, or whatever `user` says."""
    body = {
        "external_id": f"id-{number}",
        "name": f"Person {number}",
        "email": f"p{number}@example.com",
        **user,
    }
    return OutboxItem(batch, position, number, f"id-{number}", body["external_id"], sending, json.dumps(body))


def address(lead: OutboxItem, batch: int, position: int, email: str) -> OutboxItem:
    """Return a further address of a person whose object before it is `lead`."""
    body = {"external_id": lead.external_id, "name": "Person", "email": email}
    return replace(
        lead,
        batch=batch,
        position=position,
        sending=Sending.EMAIL,
        payload=json.dumps(body),
        previous=(lead.batch, lead.position),
    )


def people(count: int, size: int = 100, start: int = 1) -> list[OutboxItem]:
    return [person(start + n, 1 + n // size, n % size) for n in range(count)]


def write_outbox(path: Path, items: Sequence[OutboxItem], row_group_size: int = 10_240) -> None:
    rows = [
        {
            "batch": item.batch,
            "position": item.position,
            "row": item.row,
            "key": item.key,
            "external_id": item.external_id,
            "sending": item.sending.value,
            "payload": item.payload,
            "previous_batch": item.previous[0] if item.previous else None,
            "previous_position": item.previous[1] if item.previous else None,
        }
        for item in items
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path, row_group_size=row_group_size)


def batches_of(items: Sequence[OutboxItem]) -> list[Batch]:
    sizes = Counter(item.batch for item in items)
    after = {item.batch: item.previous[0] for item in items if item.previous}
    return [Batch(n, sizes[n], BatchState.READY, after.get(n, 0)) for n in sorted(sizes)]


@dataclass
class Log(Silence):
    """Progress that remembers."""

    users_sent: int = 0
    users_settled: int = 0
    waits: list[tuple[str, float]] = field(default_factory=list)

    def sent(self, users: int) -> None:
        self.users_sent += users

    def settled(self, users: int) -> None:
        self.users_settled += users

    def waiting(self, why: str, seconds: float) -> None:
        self.waits.append((why, seconds))


class World:
    """One run on disk. `sitting` opens everything as a process of its own would, and closes it again."""

    def __init__(
        self,
        folder: Path,
        items: Sequence[OutboxItem],
        clock: Clock | None = None,
        settings: Settings | None = None,
        users_per_second: int = 100,
    ) -> None:
        self.folder = folder
        self.items = items
        self.fake = FakeClock()
        self.clock = clock or self.fake
        self.users_per_second = users_per_second
        self.simulator: SimulatorTransport = embedded(
            settings, None, self.fake.true_now if clock is None else clock.now
        )
        self.network = Unruly(self.simulator, self.fake)
        self.log = Log()
        write_outbox(folder / "outbox.parquet", items)
        with self.database() as connection:
            insert_run(connection, NewRun(RUN, "q.sql", "there", "acme", "SELECT 1", self.clock.now()))
            with transaction(connection):
                BatchStore(connection, RUN, "acme").enqueue(batches_of(items))

    @contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        connection = open_database(self.folder / "state.sqlite")
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def sitting(self) -> Iterator[Courier]:
        with (
            self.database() as connection,
            Limits(self.folder, self.users_per_second, self.clock) as limits,
            ZendeskClient(
                "https://acme.zendesk.com",
                httpx.BasicAuth("admin@example.com/token", "simulator"),
                self.network,
                limits,
                self.clock,
                Waiting(lambda seconds: self.log.waiting(LIMITS, seconds)),
            ) as client,
            Outbox(self.folder / "outbox.parquet") as outbox,
        ):
            client.me()
            store = BatchStore(connection, RUN, "acme")
            yield Courier(Desk(store, outbox, client, self.clock, self.log, self.users_per_second))

    def deliver(self) -> None:
        with self.sitting() as courier:
            courier.deliver()

    def batches(self) -> list[Batch]:
        with self.database() as connection:
            return BatchStore(connection, RUN, "acme").load(*BatchState)

    def states(self) -> list[str]:
        return [batch.state.value for batch in self.batches()]

    def sending_seconds(self) -> float:
        """Return how long sending took, as the run's history has it."""
        with self.database() as connection:
            run = load_run(connection, RUN)
        assert run is not None
        return run.sending_seconds

    def results(self) -> dict[tuple[int, int], ItemResult]:
        with self.database() as connection:
            store = BatchStore(connection, RUN, "acme")
            return {
                (batch.number, result.position): result
                for batch in self.batches()
                for result in store.results(batch.number)
            }

    def tally(self) -> dict[str, int]:
        return dict(Counter(result.status.value for result in self.results().values()))

    def reasons(self) -> dict[str, int]:
        return dict(Counter(result.reason for result in self.results().values() if result.reason))

    def ask(self, path: str) -> Any:
        """Look into the account itself, past the network."""
        request = httpx.Request("GET", f"https://acme.zendesk.com{path}", headers={"authorization": ADMIN})
        response = self.simulator.handle_request(request)
        return response.json()

    def stats(self) -> Any:
        return self.ask("/simulator/stats")

    def users(self) -> list[dict[str, Any]]:
        """Return the account's end users."""
        found, cursor = [], ""
        while True:
            page = self.ask(f"/api/v2/users?role=end-user&page[size]=100{cursor}")
            found += page["users"]
            if not page["meta"]["has_more"]:
                return found
            cursor = f"&page[after]={page['meta']['after_cursor']}"

    def emails(self, user_id: int) -> set[str]:
        found = self.ask(f"/api/v2/users/{user_id}/identities")["identities"]
        return {identity["value"] for identity in found if identity["type"] == "email"}

    def assert_delivered(self) -> None:
        """Every object has one outcome, and the account agrees with what was reported."""
        assert set(self.states()) == {"settled"}
        results = self.results()
        assert set(results) == {(item.batch, item.position) for item in self.items}
        users = {user["external_id"]: user for user in self.users()}
        assert len(users) == len(self.users()), "somebody was created twice"
        created = {
            item.external_id
            for item in self.items
            if results[item.batch, item.position].status.value == "created"
        }
        assert created == set(users), "created is what the account got new"
        for item in self.items:
            result = results[item.batch, item.position]
            if result.status.value != "failed":
                assert users[item.external_id]["id"] == result.zendesk_id

    def close(self) -> None:
        self.simulator.close()
