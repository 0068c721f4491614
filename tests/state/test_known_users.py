"""Merging acknowledgements, stopping in the middle of it, and what the next run makes of them."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.changes.rows import Outcome, Row, resolve
from tests.changes.strategies import FIELDS, Table, tables
from zdpipe.clock import SystemClock
from zdpipe.errors import StateError, StateLocked
from zdpipe.model.batch import Batch, ItemResult, ItemStatus
from zdpipe.model.known import KnownValue
from zdpipe.model.resources import Resources
from zdpipe.state.known_users import attachable, create_when_missing, lookup, merge, opened
from zdpipe.state.settled import SettledBatch

WHEN = datetime(2026, 11, 22, 10, 30, 0, 123456, tzinfo=UTC)
CLOCK = SystemClock()
ANN = {"name": "Ann"}


def settle(batches: list[Batch], failed: set[tuple[int, int]] = frozenset()) -> list[SettledBatch]:
    """Everything succeeds but the given (batch, position)."""

    def result(batch: int, position: int) -> ItemResult:
        if (batch, position) in failed:
            return ItemResult(position, ItemStatus.FAILED, None, "refused")
        return ItemResult(position, ItemStatus.CREATED, 1000 * batch + position)

    return [
        SettledBatch(batch.number, WHEN, [result(batch.number, position) for position in range(batch.users)])
        for batch in batches
    ]


def merge_into(folder: Path, settled: list[SettledBatch], *, run_id: str = "run-1", query: str = "q") -> int:
    """Merge the outbox that `resolve` left in the folder."""
    return merge(
        folder / "known" / "acme.duckdb",
        folder / "outbox.parquet",
        settled,
        run_id=run_id,
        query=query,
        resources=Resources("200MB", folder / "tmp", 2),
        clock=CLOCK,
    )


def content(known: Path) -> dict[str, list[tuple[object, ...]]]:
    with duckdb.connect(known, read_only=True) as connection:
        return {
            table: connection.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall()
            for table in ("users", "emails", "queries")
        } | {"sends": connection.execute("SELECT send, run_id, batch FROM sends ORDER BY ALL").fetchall()}


def test_a_merge_remembers_values_addresses_and_when(tmp_path: Path) -> None:
    fields = ("name", "user_fields.City", "phone")
    values = {"name": "Ann", "user_fields.City": "Ulm", "phone": None}
    rows = [Row("A1", "a@x.org", values), Row("A1", "b@x.org", values)]
    outcome = resolve(tmp_path, rows, fields=fields)
    assert merge_into(tmp_path, settle(outcome.batches)) == 2
    user = lookup(tmp_path / "known" / "acme.duckdb", "a1", CLOCK)
    assert user is not None
    assert (user.external_id, user.zendesk_id, user.primary_email) == ("A1", 1000, "a@x.org")
    assert user.emails == ("a@x.org", "b@x.org")
    assert user.queries == ("q",)
    assert user.values == {
        "name": KnownValue('"Ann"', "run-1", "q", WHEN),
        "user_fields.City": KnownValue('"Ulm"', "run-1", "q", WHEN),
    }
    assert lookup(tmp_path / "known" / "acme.duckdb", "b2", CLOCK) is None


def test_a_later_merge_changes_only_what_its_payload_had(tmp_path: Path) -> None:
    known = tmp_path / "known" / "acme.duckdb"
    first = resolve(
        tmp_path, [Row("a1", "a@x.org", {"name": "Ann", "phone": "+1"})], fields=("name", "phone")
    )
    merge_into(tmp_path, settle(first.batches))
    row = Row("A1", "b@x.org", {"name": "Anna", "user_fields.city": "Ulm", "phone": None})
    second = resolve(tmp_path, [row], fields=("name", "phone", "user_fields.city"), known=known)
    merge_into(tmp_path, settle(second.batches), run_id="run-2", query="other")
    user = lookup(known, "a1", CLOCK)
    assert user is not None
    assert (user.external_id, user.primary_email, user.emails) == ("A1", "a@x.org", ("a@x.org", "b@x.org"))
    assert user.queries == ("other", "q")
    assert {name: (value.value, value.run_id) for name, value in user.values.items()} == {
        "name": ('"Anna"', "run-2"),
        "phone": ('"+1"', "run-1"),
        "user_fields.city": ('"Ulm"', "run-2"),
    }


def test_an_address_made_primary_is_the_primary_one_from_then_on(tmp_path: Path) -> None:
    known = tmp_path / "known" / "acme.duckdb"
    merge_into(tmp_path, settle(resolve(tmp_path, [Row("a1", "b@x.org", ANN)]).batches))
    second = resolve(tmp_path, [Row("a1", "a@x.org", ANN)], known=known, makes_primary=True)
    merge_into(tmp_path, settle(second.batches, {(1, 0)}), run_id="run-2")
    user = lookup(known, "a1", CLOCK)
    assert user is not None
    assert (user.primary_email, user.emails) == ("b@x.org", ("b@x.org",))  # it failed
    merge_into(tmp_path, settle(second.batches), run_id="run-3")
    user = lookup(known, "a1", CLOCK)
    assert user is not None
    assert (user.primary_email, user.emails) == ("a@x.org", ("a@x.org", "b@x.org"))


def test_an_outbox_of_an_older_version_is_merged(tmp_path: Path) -> None:
    outcome = resolve(tmp_path, [Row("a1", "a@x.org", ANN)])
    pl.read_parquet(tmp_path / "outbox.parquet").drop("makes_primary").write_parquet(
        tmp_path / "outbox.parquet"
    )
    assert merge_into(tmp_path, settle(outcome.batches)) == 1


def test_with_little_memory_few_threads_open_the_file(tmp_path: Path) -> None:
    merge_into(tmp_path, settle(resolve(tmp_path, [Row("a1", "a@x.org", ANN)]).batches))
    known = tmp_path / "known" / "acme.duckdb"
    for threads, taken in ((None, 1), (2, 2)):
        with opened(known, CLOCK, Resources("200MB", tmp_path / "tmp", threads)) as connection:
            assert connection.execute("SELECT current_setting('threads')").fetchall() == [(taken,)]


def test_merging_again_changes_nothing(tmp_path: Path) -> None:
    outcome = resolve(tmp_path, [Row(f"k{n}", f"{n}@x.org", ANN) for n in range(10)], size=3)
    settled = settle(outcome.batches)
    assert merge_into(tmp_path, settled[:2]) == 2
    once = content(tmp_path / "known" / "acme.duckdb")
    assert merge_into(tmp_path, settled[:2]) == 0
    assert content(tmp_path / "known" / "acme.duckdb") == once
    assert merge_into(tmp_path, settled) == 2
    assert len(content(tmp_path / "known" / "acme.duckdb")["users"]) == 10


def test_failed_users_stay_strangers(tmp_path: Path) -> None:
    outcome = resolve(tmp_path, [Row("a1", "a@x.org", ANN), Row("b2", None, ANN)])
    merge_into(tmp_path, settle(outcome.batches, {(1, 0)}))
    known = tmp_path / "known" / "acme.duckdb"
    assert lookup(known, "a1", CLOCK) is None
    assert resolve(tmp_path, [Row("a1", "a@x.org", ANN), Row("b2", None, ANN)], known=known).sent == [
        ("a1", "create", '{"email":"a@x.org","external_id":"a1","name":"Ann"}')
    ]


def test_the_file_is_private(tmp_path: Path) -> None:
    outcome = resolve(tmp_path, [Row("a1", None, ANN)])
    merge_into(tmp_path, settle(outcome.batches))
    known = tmp_path / "known" / "acme.duckdb"
    assert stat.S_IMODE(known.stat().st_mode) == 0o600
    assert stat.S_IMODE(known.parent.stat().st_mode) == 0o700
    assert [path.name for path in known.parent.iterdir()] == ["acme.duckdb"]


def test_nothing_settled_makes_no_file(tmp_path: Path) -> None:
    assert merge_into(tmp_path, []) == 0
    assert attachable(tmp_path / "known" / "acme.duckdb", CLOCK) is None
    assert lookup(tmp_path / "known" / "acme.duckdb", "a1", CLOCK) is None


@pytest.mark.parametrize("statement", ["sends", "emails", "queries"])
def test_a_failure_between_two_tables_leaves_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    outcome = resolve(tmp_path, [Row("a1", "a@x.org", ANN)])
    settled = settle(outcome.batches)
    known = tmp_path / "known" / "acme.duckdb"
    steps = {"sends": "add_fields", "emails": "_merge_emails", "queries": "_merge_queries"}

    def fail(*_: object) -> None:
        raise RuntimeError("stopped here")

    with monkeypatch.context() as patch:
        patch.setattr(f"zdpipe.state.known_users.{steps[statement]}", fail)
        with pytest.raises(RuntimeError):
            merge_into(tmp_path, settled)
    assert content(known) == {"users": [], "emails": [], "queries": [], "sends": []}
    assert merge_into(tmp_path, settled) == 1
    assert len(content(known)["users"]) == 1


_KILLED = """
import os, signal, sys
from pathlib import Path
from tests.state import test_known_users as here
from zdpipe.state import known_users
from tests.changes.rows import Row, resolve

folder, step = Path(sys.argv[1]), sys.argv[2]
outcome = resolve(folder, [Row(f"k{n}", f"{n}@x.org", here.ANN) for n in range(50)], size=10)

class Dying:
    def __init__(self, connection): self.connection = connection
    def __getattr__(self, name): return getattr(self.connection, name)
    def execute(self, sql, *rest):
        result = self.connection.execute(sql, *rest)
        if sql.startswith(step):
            os.kill(os.getpid(), signal.SIGKILL)
        return result

merge_chunk = known_users._merge_chunk
known_users._merge_chunk = lambda connection, *rest: merge_chunk(Dying(connection), *rest)
here.merge_into(folder, here.settle(outcome.batches))
"""


@pytest.mark.parametrize(
    ("step", "survives"),
    [("DELETE FROM users", 0), ("INSERT INTO users", 0), ("MERGE INTO queries", 0), ("COMMIT", 50)],
)
def test_after_a_kill_the_merge_is_whole_or_absent_and_can_be_repeated(
    tmp_path: Path, step: str, survives: int
) -> None:
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path), step], check=False)
    assert killed.returncode == -signal.SIGKILL
    known = tmp_path / "known" / "acme.duckdb"
    assert attachable(known, CLOCK) == known
    rows = [Row(f"k{n}", f"{n}@x.org", ANN) for n in range(50)]
    # A reader comes before the next writer: it must see what was committed, though the log is not merged yet.
    second = resolve(tmp_path, rows, size=10, known=known)
    assert second.totals.unchanged == survives
    batches = resolve(tmp_path, rows, size=10).batches
    assert merge_into(tmp_path, settle(batches)) == (0 if survives else 5)
    assert len(content(known)["users"]) == 50
    assert resolve(tmp_path, rows, known=known).sent == []


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables(), st.data())
def test_failures_are_sent_again_and_then_there_is_nothing_left(table: Table, data: st.DataObject) -> None:
    rows, _ = table
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        known = folder / "known" / "acme.duckdb"
        first = resolve(folder, rows, fields=FIELDS, size=3)
        refused = data.draw(st.sets(st.sampled_from(sorted(_places(first))))) if len(first.items) else set()
        failed = _with_followers(first, refused)
        merge_into(folder, settle(first.batches, failed))

        again = data.draw(st.permutations(rows))
        second = resolve(folder, again, fields=FIELDS, size=3, known=attachable(known, CLOCK))
        assert _what(second) == sorted(
            (item["key"], item["payload"])
            for item in first.items.iter_rows(named=True)
            if (item["batch"], item["position"]) in failed
        )
        merge_into(folder, settle(second.batches), run_id="run-2")

        third = resolve(
            folder, data.draw(st.permutations(rows)), fields=FIELDS, known=attachable(known, CLOCK)
        )
        assert third.sent == []
        assert third.totals.duplicate + third.totals.unchanged == len(rows)
        assert third.gone == 0
        assert set(third.changed.values()) <= {0}


def _places(outcome: Outcome) -> set[tuple[int, int]]:
    return set(outcome.items.select("batch", "position").iter_rows())


def _what(outcome: Outcome) -> list[tuple[str, str]]:
    return sorted((key, payload) for key, _, payload in outcome.sent)


def _with_followers(outcome: Outcome, refused: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """A person whose lead row failed gets none of the further addresses."""
    failed, fallen = set(refused), defaultdict(bool)
    for item in outcome.items.sort("batch", "position").iter_rows(named=True):
        place = (item["batch"], item["position"])
        if fallen[item["key"]]:
            failed.add(place)
        elif place in refused and item["sending"] != "email":
            fallen[item["key"]] = True
    return failed


def test_a_newer_format_is_refused_with_the_cure(tmp_path: Path) -> None:
    outcome = resolve(tmp_path, [Row("a1", None, ANN)])
    merge_into(tmp_path, settle(outcome.batches))
    known = tmp_path / "known" / "acme.duckdb"
    with duckdb.connect(known) as connection:
        connection.execute("UPDATE meta SET format_version = 99")
    with pytest.raises(StateError, match="format 99") as caught:
        attachable(known, CLOCK)
    assert "Update zdpipe" in caught.value.hint
    with pytest.raises(StateError, match="format 99"):
        merge_into(tmp_path, settle(outcome.batches), run_id="run-2")


@pytest.mark.parametrize("damage", ["no database", "no tables", "cut short"])
def test_a_damaged_file_is_named_with_the_cure(tmp_path: Path, damage: str) -> None:
    known = tmp_path / "known.duckdb"
    if damage == "no database":
        known.write_bytes(b"no database" * 1000)
    else:
        with duckdb.connect(known) as connection:
            connection.execute("CREATE TABLE other AS SELECT range AS number FROM range(100000)")
    if damage == "cut short":
        os.truncate(known, 5000)
    with pytest.raises(StateError, match=r"known\.duckdb") as caught:
        attachable(known, CLOCK)
    assert "move it away" in caught.value.hint


def test_a_merge_waits_for_readers_and_then_says_who_is_in_the_way(tmp_path: Path) -> None:
    outcome = resolve(tmp_path, [Row("a1", None, ANN)])
    settled = settle(outcome.batches)
    merge_into(tmp_path, settled)
    known = tmp_path / "known" / "acme.duckdb"

    class Reader(SystemClock):
        """Closes the reader at the given sleep; each sleep is half a minute."""

        def __init__(self, closes_at: int) -> None:
            super().__init__()
            self.reader = duckdb.connect(":memory:")
            self.reader.execute(f"ATTACH '{known}' AS known (READ_ONLY)")
            self.closes_at, self.sleeps = closes_at, 0

        def monotonic(self) -> float:
            return 30.0 * self.sleeps

        def sleep(self, seconds: float) -> None:
            self.sleeps += 1
            if self.sleeps == self.closes_at:
                self.reader.close()

    for closes_at, run_id in ((1, "run-2"), (9, "run-3")):
        clock = Reader(closes_at)
        arguments = (known, tmp_path / "outbox.parquet", settled)
        resources = Resources("200MB", tmp_path / "tmp")
        if closes_at == 1:
            assert merge(*arguments, run_id=run_id, query="q", resources=resources, clock=clock) == 1
        else:
            with pytest.raises(StateLocked, match="in use"):
                merge(*arguments, run_id=run_id, query="q", resources=resources, clock=clock)
        clock.reader.close()


def test_a_missing_outbox_is_an_error_and_not_a_bug(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="outbox"):
        merge_into(tmp_path, [SettledBatch(1, WHEN, [ItemResult(0, ItemStatus.CREATED, 1)])])


def test_whoever_only_looks_is_limited_too(tmp_path: Path) -> None:
    """Without a limit DuckDB keeps what it read of everybody, up to 80 % of the memory."""
    known = tmp_path / "known.duckdb"
    create_when_missing(known)
    with opened(known, CLOCK, read_only=True) as connection:
        ((limit,),) = connection.execute(
            "SELECT parse_formatted_bytes(current_setting('memory_limit'))"
        ).fetchall()
    assert limit <= 500_000_000
