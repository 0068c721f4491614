"""What channels hear of an orchestration under its own name, night after night."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.pipeline.test_alerting import FakePost, channels
from tests.pipeline.test_orchestrate import DUE, FIRST, RESUME, SECOND, breaking, orchestrated
from tests.pipeline.world import SQL, World
from zdpipe.cli import occasion, watching
from zdpipe.cli.occasion import OccasionWatch
from zdpipe.cli.options import Format
from zdpipe.errors import StateError, StateLocked, UsageProblem, ZdpipeError
from zdpipe.model.orchestration import Ending, Occasion, OrchestrationReport, Order
from zdpipe.pipeline import alerting, alerting_occasions, conducting
from zdpipe.pipeline.alerting import known_alerts
from zdpipe.pipeline.orchestrate import run_orchestration
from zdpipe.state.database import Connection, open_database
from zdpipe.state.folder import prepare_state_folder
from zdpipe.state.locks import holding
from zdpipe.state.occasions import begin_occasion, end_occasion

ANEW = Order()
MINE = "zdpipe: orchestration nightly → there"
NOT_ALL = f"{MINE} failed: It ended before all its queries had begun."


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path / "project")) as made:
        made.environment |= {"OPS": "json://ops"}
        yield made


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> FakePost:
    made = FakePost()
    monkeypatch.setattr(alerting, "Post", made)
    for module in (watching, occasion):
        monkeypatch.setattr(module, "is_attended", lambda: False)
    return made


@pytest.fixture
def told(world: World, post: FakePost) -> World:
    orchestrated(world, queries=(FIRST, SECOND))
    channels(world, 'channels = { ops = "env:OPS" }')
    return world


def night(world: World, order: Order = ANEW) -> OrchestrationReport | None:
    """Run it as the command does; None where an error ended it."""
    world.clock.advance(1)
    bench = world.bench
    watch = OccasionWatch(bench, bench.project.orchestration("nightly"), order, Format.JSON)
    watch.look_back()
    try:
        report = run_orchestration(bench, "nightly", order, watch)
    except (ZdpipeError, ZeroDivisionError) as error:
        watch.tell_error(error)
        return None
    watch.tell(report)
    return report


def about_all(post: FakePost) -> list[str]:
    """Return the titles of what is about all queries, and leave those about one."""
    return [title for title in post.said if "orchestration" in title]


def bodies(post: FakePost) -> list[str]:
    return [letter.message.body for letter in post.letters if "orchestration" in letter.message.title]


def last(post: FakePost) -> str:
    return bodies(post)[-1]


def test_one_that_stops_before_its_later_queries_is_told_once_and_when_it_is_over(
    told: World, post: FakePost
) -> None:
    breaking(told, FIRST)
    night(told)
    said = last(post)
    assert "Cause: 1 of 2 queries was not begun: queries/b.sql." in said
    assert "  zdpipe orchestrations run nightly --resume  (" in said
    assert f"  {FIRST}: not begun (" in said
    assert f"  {SECOND}: not begun\n" in said
    assert about_all(post) == [NOT_ALL]
    night(told)
    assert about_all(post) == []
    told.write(FIRST, f"{SQL} WHERE hash(id) % 3 = 0")
    night(told, RESUME)
    assert about_all(post) == [f"{MINE} is fine again"]
    night(told)
    assert post.said == []


def test_the_query_that_stopped_it_has_its_own_alert_beside(told: World, post: FakePost) -> None:
    breaking(told, FIRST)
    night(told)
    titles = post.said
    assert [title.split(" failed")[0] for title in titles] == [f"zdpipe: {FIRST} → there", MINE]


def test_where_every_query_began_their_own_alerts_say_it_all(world: World, post: FakePost) -> None:
    orchestrated(world, 'on_failure = "continue"\n', queries=(FIRST, SECOND))
    channels(world, 'channels = { ops = "env:OPS" }')
    breaking(world, FIRST)
    night(world)
    assert about_all(post) == []


def test_what_kept_it_from_beginning_is_over_when_all_queries_begin_whatever_becomes_of_them(
    world: World, post: FakePost
) -> None:
    orchestrated(world, 'on_failure = "continue"\n', queries=(FIRST, SECOND))
    channels(world, 'channels = { ops = "env:OPS" }')
    breaking(world, FIRST)
    text = (world.folder / SECOND).read_text()
    for _ in range(2):
        world.write(SECOND, f"-- zdpipe: draft=yes\n{text}")
        night(world)
        sentence = "The query is marked as a draft, and was to be sent to everybody"
        assert about_all(post) == [f"{MINE} failed: {sentence}."]
        world.write(SECOND, text)
        night(world)
        assert about_all(post) == [f"{MINE}: over is: {sentence}"]


def test_another_cause_of_the_same_stop_is_told_of_the_query_alone(told: World, post: FakePost) -> None:
    breaking(told, FIRST)
    night(told)
    assert about_all(post) == [NOT_ALL]
    (told.folder / "data.duckdb").unlink()
    night(told)
    assert about_all(post) == []


def test_a_draft_is_told_under_the_orchestration_s_name(told: World, post: FakePost) -> None:
    text = (told.folder / SECOND).read_text()
    told.write(SECOND, f"-- zdpipe: draft=yes\n{text}")
    for _ in range(2):
        assert night(told) is None
    assert post.said == [f"{MINE} failed: The query is marked as a draft, and was to be sent to everybody."]
    told.write(SECOND, text)
    night(told)
    assert post.said == [f"{MINE} is fine again"]
    assert known_alerts(told.bench, 9).states == ()


def test_one_that_is_still_going_is_missed_and_no_failure_of_a_query(told: World, post: FakePost) -> None:
    night(told)
    told.clock.advance(3600)
    bench = told.bench
    place = bench.project.paths.state / "orchestrations" / "nightly"
    with holding(place, bench.holder(), lambda _: StateLocked("taken")):
        assert night(told, DUE) is None
        assert "It was still going when it was to begin once more" in last(post)
        assert post.said == [f"{MINE}: a time of its schedule was missed"]
        told.clock.advance(3600)
        night(told, DUE)
        assert post.said == []
    told.clock.advance(3600)
    night(told, DUE)
    assert post.said == [f"{MINE} is fine again"]


def test_a_person_who_sees_that_it_is_going_is_the_only_one_told(
    told: World, post: FakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    night(told)
    monkeypatch.setattr(occasion, "is_attended", lambda: True)
    bench = told.bench
    place = bench.project.paths.state / "orchestrations" / "nightly"
    with holding(place, bench.holder(), lambda _: StateLocked("taken")):
        assert night(told) is None
        assert post.said == []
        told.clock.advance(3600)
        night(told, DUE)
        assert len(post.said) == 1


def test_times_passed_over_without_a_second_process_are_missed(told: World, post: FakePost) -> None:
    stage = "remembering what Zendesk acknowledged"
    told.listener.on_stage[stage] = lambda: told.clock.advance(2 * 3600)
    night(told, DUE)
    assert "It was still going at 2 times of its schedule, passed over." in last(post)
    assert post.said == [f"{MINE}: a time of its schedule was missed"]
    told.clock.advance(3600)
    night(told, DUE)
    assert post.said == [f"{MINE} is fine again"]


def test_times_that_nobody_began_are_missed_until_one_is_in_time(told: World, post: FakePost) -> None:
    night(told)
    told.clock.advance(5 * 3600)
    night(told, DUE)
    assert "4 times of its schedule were missed before this one: nothing started it then." in last(post)
    assert post.said == [f"{MINE}: a time of its schedule was missed"]
    told.clock.advance(3600)
    night(told, DUE)
    assert post.said == [f"{MINE} is fine again"]
    told.clock.advance(3 * 3600)
    night(told)  # by hand
    assert post.said == []


def test_a_schedule_that_changed_missed_nothing(told: World, post: FakePost) -> None:
    night(told)
    path = told.folder / "zdpipe.toml"
    path.write_text(path.read_text().replace("0 * * * *", "*/5 * * * *"))
    told.clock.advance(3 * 3600)
    report = night(told, DUE)
    assert report is not None
    assert report.ending is Ending.SUCCEEDED
    assert post.said == []


def test_a_killed_one_is_told_by_the_next_and_its_end_too(told: World, post: FakePost) -> None:
    def die() -> None:
        raise SystemExit

    told.listener.on_stage["remembering what Zendesk acknowledged"] = die
    with suppress(SystemExit), pytest.MonkeyPatch.context() as patch:
        # Whoever is killed writes nothing down at the end.
        patch.setattr(conducting.Conductor, "_end", lambda *_: None)
        night(told)
    assert post.said == []
    told.clock.advance(3600)  # for which it did not go on
    night(told)
    line = next(line for body in bodies(post) for line in body.splitlines() if "interrupted" in line)
    assert line.startswith("Orchestration: nightly was interrupted, started ")
    titles = post.said
    assert f"{MINE} failed: The process ended before the run did." in titles
    assert titles[-1] == f"{MINE} is fine again"


def test_one_that_another_process_begins_meanwhile_was_not_killed(
    told: World, post: FakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = told.bench
    place = prepare_state_folder(bench.project.paths.state).orchestration("nightly")
    last_occasion = alerting_occasions.last_occasion

    with ExitStack() as other:

        def begun_just_now(connection: Connection, name: str) -> Occasion | None:
            other.enter_context(holding(place, bench.holder(), lambda _: StateLocked("taken")))
            begin_occasion(connection, name, None, told.clock.now())
            return last_occasion(connection, name)

        monkeypatch.setattr(alerting_occasions, "last_occasion", begun_just_now)
        OccasionWatch(bench, bench.project.orchestration("nightly"), ANEW, Format.JSON).look_back()
    assert post.said == []


def test_who_stops_it_while_it_looks_back_begins_nothing(
    told: World, post: FakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(alerting_occasions, "tell_before", stopped)
    with pytest.raises(KeyboardInterrupt):
        night(told)
    assert post.said == []


def test_stopped_by_a_service_manager_it_is_told_and_by_a_person_it_is_not(
    told: World, post: FakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    for attended, titles in ((True, []), (False, [NOT_ALL])):
        monkeypatch.setattr(watching, "is_attended", lambda attended=attended: attended)
        monkeypatch.setattr(occasion, "is_attended", lambda attended=attended: attended)
        told.interrupt(1)
        report = night(told)
        assert report is not None
        assert report.ending is Ending.INTERRUPTED
        assert about_all(post) == titles


def test_it_is_slow_when_all_of_it_takes_much_longer_than_usual(told: World, post: FakePost) -> None:
    with closing(open_database(prepare_state_folder(told.bench.project.paths.state).database)) as connection:
        for _ in range(10):
            begun = told.clock.now()
            told.clock.advance(60)
            number = begin_occasion(connection, "nightly", None, begun)
            end_occasion(connection, number, Ending.SUCCEEDED, told.clock.now())
    told.listener.on_stage["remembering what Zendesk acknowledged"] = lambda: told.clock.advance(1800)
    night(told)
    assert post.said == [f"{MINE}: it took much longer than usual"]
    night(told)
    assert post.said == [f"{MINE} is fine again"]


def test_a_bug_in_between_is_told_with_what_it_kept_from_beginning(
    told: World, post: FakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(conducting, "run_query", broken)
    assert night(told) is None
    assert about_all(post) == [NOT_ALL]


def test_an_end_that_cannot_be_written_down_is_a_failure_and_no_recovery(
    told: World, post: FakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StateError("The disk is full.", "Make room.")

    monkeypatch.setattr(conducting, "end_occasion", full)
    assert night(told) is None
    assert post.said == [f"{MINE} failed: The state folder cannot be read or written."]


def test_a_state_that_cannot_be_used_in_between_is_told_all_the_same(
    told: World, post: FakePost, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        def full(_: object) -> None:
            raise StateError("The disk is full.", "Make room.")

        monkeypatch.setattr("zdpipe.pipeline.store.open_database", full)
        raise ZeroDivisionError

    monkeypatch.setattr(conducting, "run_query", broken)
    assert night(told) is None
    assert about_all(post) == [f"{MINE} failed: A bug of zdpipe ended the command."]


def test_going_on_where_nothing_is_left_tells_nothing(told: World, post: FakePost) -> None:
    night(told)
    bench = told.bench
    table = bench.project.orchestration("nightly")
    refusal = UsageProblem("It wants --yes.", "Give it.", code="unattended")
    OccasionWatch(bench, table, ANEW, Format.JSON).tell_error(refusal)
    assert len(post.said) == 1
    night(told, RESUME)
    assert post.said == []


def test_without_channels_nothing_is_looked_at(world: World, post: FakePost) -> None:
    orchestrated(world, queries=(FIRST, SECOND))
    breaking(world, FIRST)
    night(world)
    world.clock.advance(5 * 3600)
    night(world, replace(DUE))
    assert post.said == []
    assert known_alerts(world.bench, 9).messages == ()
