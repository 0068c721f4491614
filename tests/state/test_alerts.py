"""What channels were told survives, and says nothing of anybody."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from zdpipe.model.alert import Alert, Delivery, Judgement, Kind, State, Subject, Told
from zdpipe.model.run import Outcome
from zdpipe.state.alerts import claim, messages, past_seconds, settle, states
from zdpipe.state.database import open_database
from zdpipe.state.endings import close_run
from zdpipe.state.runs import NewRun, insert_run

NOW = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)
SUBJECT, OTHER = Subject("a.sql", "production"), Subject("a.sql", "sandbox")
STATE = State(Kind.FAILURE, "unauthorized", NOW, "r1", tries=1, tried_at=NOW)
ALERT = Alert("ops", Judgement(SUBJECT, run_id="r1"), begun=(STATE,))


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(tmp_path / "state.sqlite")) as opened:
        yield opened


def known(connection: sqlite3.Connection, subject: Subject = SUBJECT) -> list[State]:
    return [state for _, about, state in states(connection) if about == subject]


def put(connection: sqlite3.Connection, *made: State, subject: Subject = SUBJECT) -> None:
    claim(connection, ["ops"], subject, lambda _: made)


@pytest.mark.parametrize(
    "state", [STATE, replace(STATE, is_over=True, run_id=None), State(Kind.SLOW, "slow", NOW, is_told=True)]
)
def test_a_state_is_what_it_was(connection: sqlite3.Connection, state: State) -> None:
    put(connection, state)
    seen: list[Mapping[Kind, State]] = []

    def leave(before: Mapping[Kind, State]) -> list[State]:
        seen.append(before)
        return list(before.values())

    claim(connection, ["ops"], SUBJECT, leave)
    assert seen == [{state.kind: state}]
    assert known(connection) == [state]


def test_an_orchestration_is_told_from_a_query_and_from_others(connection: sqlite3.Connection) -> None:
    first, second = Subject("", "production", "nightly"), Subject("", "production", "a.sql")
    for subject in (SUBJECT, first, second):
        put(connection, STATE, subject=subject)
    put(connection, subject=first)
    assert known(connection, first) == []
    assert known(connection, second) == known(connection) == [STATE]
    alert = Alert("ops", Judgement(second), begun=(STATE,))
    settle(connection, alert, Told("ops", Delivery.SENT), NOW)
    assert known(connection, second)[0].is_told
    assert not known(connection)[0].is_told
    assert messages(connection, 1)[0].subject == second


def test_queries_destinations_and_channels_have_states_of_their_own(connection: sqlite3.Connection) -> None:
    put(connection, STATE, subject=OTHER)
    claim(connection, ["ops", "mail"], SUBJECT, lambda before: [] if before else [STATE])
    assert [channel for channel, _, _ in states(connection)] == ["mail", "ops", "ops"]
    claim(connection, ["mail"], OTHER, lambda _: [])
    assert [channel for channel, _, _ in states(connection)] == ["mail"]


@pytest.mark.parametrize("delivery", Delivery)
def test_what_arrived_is_told_and_what_surely_did_not_counts_as_no_try(
    connection: sqlite3.Connection, delivery: Delivery
) -> None:
    put(connection, STATE)
    settle(connection, ALERT, Told("ops", delivery, "words"), NOW)
    told = {Delivery.SENT: (True, 0), Delivery.TIMED_OUT: (False, 1), Delivery.BROKEN: (False, 1)}
    assert [(state.is_told, state.tries) for state in known(connection)] == [told.get(delivery, (False, 0))]
    assert [(sent.delivery, sent.kinds, sent.words) for sent in messages(connection, 9)] == [
        (delivery, ("failure",), "words")
    ]


def test_an_end_that_arrived_is_forgotten(connection: sqlite3.Connection) -> None:
    over = replace(STATE, is_over=True)
    put(connection, over)
    settle(connection, replace(ALERT, begun=(), over=(over,)), Told("ops", Delivery.SENT), NOW)
    assert known(connection) == []
    assert messages(connection, 1)[0].kinds == ("recovery",)


def test_what_changed_meanwhile_is_not_counted_as_told(connection: sqlite3.Connection) -> None:
    put(connection, replace(STATE, cause="guard", tried_at=NOW + timedelta(seconds=1)))
    settle(connection, ALERT, Told("ops", Delivery.SENT), NOW)
    assert not known(connection)[0].is_told


def test_only_the_newest_messages_are_kept(connection: sqlite3.Connection) -> None:
    for number in range(205):
        settle(connection, ALERT, Told("ops", Delivery.REFUSED, str(number)), NOW)
    kept = messages(connection, 1_000)
    assert len(kept) == 200
    assert kept[0].words == "204"


def test_usual_are_whole_runs_of_the_query_that_were_through(connection: sqlite3.Connection) -> None:
    for number in range(35):
        made = NewRun(f"r{number:02}", "a.sql", "production", "acme", "SELECT 1", NOW)
        insert_run(connection, replace(made, sample=1 if number == 3 else None))
        connection.execute("UPDATE runs SET read = 1, seconds = ? WHERE run_id = ?", (number, made.run_id))
        close_run(connection, made.run_id, Outcome.FAILED if number == 4 else Outcome.SUCCEEDED, NOW)
    assert past_seconds(connection, "a.sql", "acme", "r06") == [5.0, 2.0, 1.0, 0.0]
    assert len(past_seconds(connection, "a.sql", "acme", "r34")) == 30
    assert past_seconds(connection, "b.sql", "acme", "r34") == []


def test_what_an_older_version_told_of_queries_stays_theirs(tmp_path: Path) -> None:
    path, at = tmp_path / "old.sqlite", NOW.isoformat()
    version, script = max(
        (int(schema.stem), text)
        for schema in (Path(__file__).parent / "schemas").iterdir()
        if "orchestration TEXT" not in (text := schema.read_text(encoding="utf-8"))
    )
    row = ("ops", "a.sql", "production", "failure", "unauthorized", at, "r1", 0, 0, 1, at)
    with closing(sqlite3.connect(path)) as old:
        old.executescript(script)
        old.execute(f"INSERT INTO alerts VALUES ({', '.join('?' * len(row))})", row)
        old.execute(
            "INSERT INTO alerts_sent VALUES (?, 'ops', 'a.sql', 'production', 'r1', '[]', 'sent', '')", (at,)
        )
        old.execute(f"PRAGMA user_version = {version}")
        old.commit()
    with closing(open_database(path)) as opened:
        assert known(opened) == [STATE]
        assert messages(opened, 9)[0].subject == SUBJECT
