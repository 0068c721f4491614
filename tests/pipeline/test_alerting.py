"""Who is told what, across runs, crashes and channels that fail."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.pipeline.world import QUERY, SQL, World
from zdpipe.alerts.post import Addressed
from zdpipe.clock import Clock
from zdpipe.errors import StateError, ZdpipeError
from zdpipe.model.alert import Alert, Delivery, Judgement, Message, Subject, Told
from zdpipe.model.guard import Guard
from zdpipe.model.run import RunReport, Stop
from zdpipe.pipeline import alerting
from zdpipe.pipeline.alerting import (
    Failure,
    known_alerts,
    subject_of,
    tell_failure,
    tell_killed,
    tell_run,
    try_channels,
)
from zdpipe.pipeline.forget import forget_person
from zdpipe.pipeline.pruning import prune
from zdpipe.pipeline.retry import retry_run
from zdpipe.pipeline.store import open_store
from zdpipe.state.database import open_database


class FakePost:
    """Takes letters as the real one does; `outcomes` says what becomes of a channel's."""

    def __init__(self) -> None:
        self.letters: list[Addressed] = []
        self.outcomes: dict[str, Delivery] = {}
        self.on_delivery: Callable[[], None] = lambda: None

    def __call__(self, clock: Clock, seconds: float) -> FakePost:
        return self

    def deliver(self, letters: list[Addressed]) -> list[Told]:
        self.letters += letters
        if letters:
            self.on_delivery()
        return [
            Told(letter.channel, self.outcomes.get(letter.channel, Delivery.SENT), "words", "hint")
            for letter in letters
        ]

    @property
    def said(self) -> list[str]:
        said, self.letters = [letter.message.title for letter in self.letters], []
        return said


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> FakePost:
    made = FakePost()
    monkeypatch.setattr(alerting, "Post", made)
    return made


@pytest.fixture
def told(world: World, post: FakePost) -> World:
    world.environment |= {"OPS": "json://ops", "MAIL": "json://mail"}
    channels(world, 'channels = { ops = "env:OPS" }')
    return world


def channels(world: World, text: str) -> None:
    toml = re.sub(r"\n\[alerts\]\n(?:[^\[\n].*\n|\n)*", "", (world.folder / "zdpipe.toml").read_text())
    world.write("zdpipe.toml", f"{toml}\n[alerts]\n{text}\n")


def words(alert: Alert) -> Message:
    begun = [f"{state.kind}:{state.cause}" for state in alert.begun]
    over = [f"over {state.kind}:{state.cause}" for state in alert.over]
    return Message(", ".join(begun + over), "")


def tell(world: World, report: RunReport) -> RunReport:
    tell_run(world.bench, report, words)
    return report


def fail(world: World, code: str) -> None:
    subject = Subject(QUERY.as_posix(), "there")
    failure = Failure(Stop(code, "It failed.", "Mend it.", 2), world.clock.now())
    tell_failure(world.bench, subject, failure, words)


def test_a_night_of_failures_is_two_messages(told: World, post: FakePost) -> None:
    told.many(5)
    for _ in range(3):
        fail(told, "unauthorized")
    tell(told, told.run())
    tell(told, told.run())
    assert post.said == ["failure:unauthorized", "over failure:unauthorized"]


def test_without_channels_nothing_is_done(told: World, post: FakePost) -> None:
    channels(told, "")
    told.many(5)
    fail(told, "unauthorized")
    tell_killed(told.bench, Subject(QUERY.as_posix(), "there"), words)
    tell(told, told.run())
    assert post.said == []
    assert known_alerts(told.bench, 9).messages == ()


def test_a_stopped_run_that_is_resumed_is_over(told: World, post: FakePost) -> None:
    told.many(250)
    told.interrupt(4)
    stopped = tell(told, told.run())
    assert stopped.stop.code == "interrupted"
    tell(told, told.resume())
    assert post.said == ["failure:interrupted", "over failure:interrupted"]


def test_a_guard_that_refuses_is_told_with_the_run_and_over_once_it_is_allowed(
    told: World, post: FakePost
) -> None:
    told.many(40)
    tell(told, told.run())
    told.many(10)
    tell(told, told.run())
    tell(told, told.run(sample=3))
    assert post.said == ["failure:guard"]
    tell(told, told.run(allow=list(Guard)))
    assert post.said == ["over failure:guard"]


def test_an_error_of_the_plan_is_told_with_the_run_it_ended(told: World, post: FakePost) -> None:
    told.many(5)
    told.write(QUERY, SQL.replace("id AS", "error('x') AS"))
    begun = told.clock.now()
    with pytest.raises(ZdpipeError) as found:
        told.run()
    seen: list[Judgement] = []

    def look(alert: Alert) -> Message:
        seen.append(alert.judgement)
        return Message("", "")

    subject = Subject(QUERY.as_posix(), "there")
    tell_failure(told.bench, subject, Failure(Stop.from_error(found.value), begun), look)
    assert seen[0].report
    assert seen[0].report.query == QUERY.as_posix()
    later = told.clock.now() + timedelta(seconds=1)
    tell_failure(told.bench, subject, Failure(Stop("lint", "", "", 2), later), look)
    assert seen[1].report is None
    assert len(post.said) == 2


def test_failed_customers_are_over_when_a_retry_sends_them(told: World, post: FakePost) -> None:
    told.lift_guards()
    channels(told, 'channels = { ops = "env:OPS" }')
    told.tell("/api/v2/users", {"user": {"name": "Other", "email": "c1@example.com", "external_id": "x"}})
    told.many(3)
    first = tell(told, told.run())
    assert first.counts.failed == 1
    assert post.said == ["failed:failed"]
    tell(told, told.run())
    assert post.said == []
    told.customers([("id-1", "Customer 1", "mended@example.com", "Oslo")])
    newest = known_alerts(told.bench, 1).states[0][2].run_id
    assert newest is not None
    tell(told, retry_run(told.bench, newest))
    assert post.said == ["over failed:failed"]


def test_everybody_once_more_is_told_once(told: World, post: FakePost) -> None:
    told.lift_guards()
    channels(told, 'channels = { ops = "env:OPS" }\nchanged = "50%"')
    told.many(30)
    tell(told, told.run())
    tell(told, told.run())
    assert post.said == []
    told.many(30, city="Bergen")
    tell(told, told.run())
    assert post.said == ["changed:changed, full_send:full_send"]
    tell(told, told.run(full=True))
    tell(told, told.run())
    assert post.said == []


def test_lost_known_users_are_an_unexpected_full_send(told: World, post: FakePost) -> None:
    told.many(30)
    tell(told, told.run())
    for path in (told.folder / ".zdpipe" / "known").glob("*.duckdb"):
        path.unlink()
    tell(told, told.run(allow=list(Guard)))
    assert post.said == ["full_send:full_send"]


def test_a_run_that_sends_less_than_expected_is_told(told: World, post: FakePost) -> None:
    channels(told, 'channels = { ops = "env:OPS" }\nexpect = { "queries/*.sql" = 1 }')
    told.many(30)
    for _ in range(3):
        tell(told, told.run())
    assert post.said == ["nothing_sent:nothing_sent"]
    told.many(31)
    tell(told, told.run())
    assert post.said == ["over nothing_sent:nothing_sent"]


def test_a_run_that_takes_much_longer_than_ten_before_is_told(told: World, post: FakePost) -> None:
    told.lift_guards()
    channels(told, 'channels = { ops = "env:OPS" }\nsilent = ["full_send"]')
    settings = told.folder / "zdpipe.toml"
    settings.write_text(settings.read_text().replace("users_per_second = 100\n", "users_per_second = 10\n"))
    told.many(30)
    for _ in range(10):
        tell(told, told.run())
    assert post.said == []
    told.many(1_500)
    assert tell(told, told.run()).seconds > 100
    tell(told, told.run())
    assert post.said == ["slow:slow", "over slow:slow"]


def test_a_process_that_was_ended_is_told_by_the_next_run_once(told: World, post: FakePost) -> None:
    told.many(250)

    def die() -> None:
        raise SystemExit

    told.listener.on_stage["remembering what Zendesk acknowledged"] = die
    with pytest.raises(SystemExit):
        told.run()
    subject = subject_of(told.bench, QUERY, None)
    for _ in range(2):
        tell_killed(told.bench, subject, words)
    assert post.said == ["failure:killed"]
    tell(told, told.run())
    tell_killed(told.bench, subject, words)
    assert post.said == ["over failure:killed"]


def test_each_channel_is_told_what_it_was_not(told: World, post: FakePost) -> None:
    channels(told, 'channels = { ops = "env:OPS", mail = "env:MAIL" }')
    post.outcomes["mail"] = Delivery.REFUSED
    fail(told, "unauthorized")
    assert told.listener.said == ["The channel mail was not told: words. hint"]
    post.outcomes.clear()
    fail(told, "unauthorized")
    assert [letter.channel for letter in post.letters] == ["ops", "mail", "mail"]
    known = known_alerts(told.bench, 9)
    assert [sent.delivery for sent in known.messages] == ["sent", "refused", "sent"]
    assert {channel for channel, _, state in known.states if state.is_told} == {"ops", "mail"}


def test_a_secret_that_is_missing_is_told_to_whoever_watches(told: World, post: FakePost) -> None:
    del told.environment["OPS"]
    fail(told, "unauthorized")
    assert "The channel ops was not told: A secret is missing" in told.listener.said[0]
    assert try_channels(told.bench, Message("", ""))[0].delivery is Delivery.NO_SECRET
    assert post.letters == []


def test_a_crash_after_sending_repeats_the_message_once_and_not_with_every_run(
    told: World, post: FakePost
) -> None:
    def crash() -> None:
        raise SystemExit

    post.on_delivery = crash
    with pytest.raises(SystemExit):
        fail(told, "unauthorized")
    post.on_delivery = lambda: None
    fail(told, "unauthorized")
    assert post.said == ["failure:unauthorized"]
    told.clock.advance(600)
    for _ in range(3):
        fail(told, "unauthorized")
    assert post.said == ["failure:unauthorized"]


def test_a_state_that_cannot_be_used_is_told_all_the_same(
    told: World, post: FakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: Path) -> None:
        raise StateError("The disk is full.", "Make room.")

    monkeypatch.setattr("zdpipe.pipeline.store.open_database", broken)
    fail(told, "state")
    fail(told, "state")
    assert post.said == ["failure:state"] * 2


def test_nothing_of_a_customer_is_kept_for_alerts_and_forgetting_and_pruning_leave_them(
    told: World, post: FakePost
) -> None:
    told.lift_guards()
    channels(told, 'channels = { ops = "env:OPS" }')
    told.customers([("id-1", "Jane Doe", "jane@example.com", "Oslo")])
    tell(told, told.run())
    fail(told, "query")
    before = known_alerts(told.bench, 9)
    with closing(open_database(told.folder / ".zdpipe" / "state.sqlite")) as connection:
        rows = [
            tuple(row)
            for table in ("alerts", "alerts_sent")
            for row in connection.execute(f"SELECT * FROM {table}")
        ]
    assert rows
    assert not any("jane" in str(row).lower() for row in rows)
    forget_person(told.bench, "jane@example.com")
    prune(told.bench, 1)
    assert known_alerts(told.bench, 9) == before


def test_a_channel_that_is_no_more_is_forgotten(told: World, post: FakePost) -> None:
    fail(told, "unauthorized")
    channels(told, 'channels = { mail = "env:MAIL" }')
    fail(told, "unauthorized")
    assert [channel for channel, _, _ in known_alerts(told.bench, 9).states] == ["mail"]


@pytest.mark.parametrize(
    ("query", "to", "subject"),
    [
        ("queries/users.sql", None, Subject("queries/users.sql", "there")),
        ("queries/missing.sql", "elsewhere", Subject("queries/missing.sql", "elsewhere")),
        ("/nowhere/x.sql", None, Subject("/nowhere/x.sql", "there")),
    ],
)
def test_alerts_are_about_a_query_and_a_destination_also_where_neither_is_there(
    told: World, query: str, to: str | None, subject: Subject
) -> None:
    assert subject_of(told.bench, Path(query), to) == subject


def test_the_subject_is_the_run_s(told: World, monkeypatch: pytest.MonkeyPatch) -> None:
    told.many(1)
    report = told.run()
    monkeypatch.chdir(told.folder / "queries")
    assert subject_of(told.bench, Path("users.sql"), None) == Subject(report.query, report.destination)
    with open_store(told.bench) as store:
        assert store.run(report.run_id).query == report.query
