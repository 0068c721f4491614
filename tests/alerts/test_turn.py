"""One message for each change of state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reports.build import DONE
from zdpipe.alerts.turn import Turn, turn
from zdpipe.model.alert import KILLED, RECOVERY, Finding, Judgement, Kind, State, Subject
from zdpipe.project.alerts import Alerts

NOW = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)
SUBJECT = Subject("queries/a.sql", "production")
FAILURE, SLOW, CHANGED = Kind.FAILURE, Kind.SLOW, Kind.CHANGED


def bad(kind: Kind = FAILURE, cause: str = "unauthorized", run_id: str | None = None) -> Judgement:
    return Judgement(SUBJECT, (Finding(kind, cause, "words"),), run_id=run_id)


WELL = Judgement(SUBJECT, clear=frozenset(Kind), run_id="well")


class Channel:
    """A channel's memory, with what it was told."""

    def __init__(self, silent: Iterable[str] = ()) -> None:
        self.alerts = Alerts(silent=tuple(silent))
        self.states: dict[Kind, State] = {}
        self.now = NOW
        self.told: list[str] = []

    def hear(self, judgement: Judgement, *, arrives: bool = True, doubtful: bool = False) -> Turn:
        turned = turn(self.states, judgement, self.alerts, self.now)
        states = {state.kind: state for state in turned.states}
        self.told += [f"{state.kind}:{state.cause}" for state in turned.begun]
        self.told += [f"{RECOVERY}:{state.kind}" for state in turned.over]
        for state in (*turned.begun, *turned.over):
            if arrives and state.is_over:
                del states[state.kind]
            elif arrives:
                states[state.kind] = State(state.kind, state.cause, state.since, state.run_id, is_told=True)
            elif not doubtful:
                states[state.kind] = State(
                    state.kind, state.cause, state.since, state.run_id, state.is_over, False, state.tries - 1
                )
        self.states = states
        return turned


def test_a_state_is_told_when_it_begins_and_when_it_is_over() -> None:
    channel = Channel()
    for judgement in (WELL, bad(), bad(), bad(), WELL, WELL, bad()):
        channel.hear(judgement)
    assert channel.told == ["failure:unauthorized", "recovery:failure", "failure:unauthorized"]


def test_another_cause_is_another_state() -> None:
    channel = Channel()
    for judgement in (bad(), bad(cause="guard"), bad(cause="guard"), WELL):
        channel.hear(judgement)
    assert channel.told == ["failure:unauthorized", "failure:guard", "recovery:failure"]


def test_what_happened_once_has_no_end_to_be_told() -> None:
    channel = Channel()
    for judgement in (bad(CHANGED, CHANGED), bad(CHANGED, CHANGED), WELL, bad(CHANGED, CHANGED)):
        channel.hear(judgement)
    assert channel.told == ["changed:changed"] * 2


def test_what_is_not_known_leaves_a_state_as_it_is() -> None:
    channel = Channel()
    for judgement in (bad(SLOW, SLOW), bad(), WELL):
        channel.hear(judgement)
    assert channel.told == ["slow:slow", "failure:unauthorized", "recovery:failure", "recovery:slow"]


@pytest.mark.parametrize(
    ("silent", "told"),
    [([FAILURE], []), ([RECOVERY], ["failure:unauthorized"] * 2)],
)
def test_nobody_hears_what_is_silent(silent: list[str], told: list[str]) -> None:
    channel = Channel(silent)
    for judgement in (bad(), WELL, bad()):
        channel.hear(judgement)
    assert channel.told == told


def test_what_did_not_arrive_is_told_by_the_next_run_and_by_every_one_until_it_does() -> None:
    channel = Channel()
    for _ in range(3):
        channel.hear(bad(), arrives=False)
    channel.hear(bad())
    channel.hear(bad())
    assert channel.told == ["failure:unauthorized"] * 4


def test_what_may_have_arrived_is_repeated_at_growing_distances() -> None:
    channel = Channel()
    hours = []
    for minute in range(0, 60 * 24 * 7, 5):
        channel.now = NOW + timedelta(minutes=minute)
        if channel.hear(bad(), arrives=False, doubtful=True).begun:
            hours.append(minute / 60)
    assert len(hours) < 16
    assert hours[:4] == [0, 5 / 60, 15 / 60, 35 / 60]
    channel.now = NOW - timedelta(days=1)  # a clock that was set back keeps nothing from being told
    assert channel.hear(bad()).begun


def test_an_end_is_told_of_what_may_have_been_heard_and_of_nothing_else() -> None:
    heard, unheard = Channel(), Channel()
    heard.hear(bad(), arrives=False, doubtful=True)
    unheard.hear(bad(), arrives=False)
    assert heard.hear(WELL).over
    assert not unheard.hear(WELL).over
    assert unheard.states == {}


def test_an_end_that_may_have_been_heard_does_not_silence_the_next_beginning() -> None:
    channel = Channel()
    channel.hear(bad())
    channel.hear(WELL, arrives=False, doubtful=True)
    channel.hear(bad())
    assert channel.told == ["failure:unauthorized", "recovery:failure", "failure:unauthorized"]


def killed(begun: datetime) -> Judgement:
    return replace(bad(cause=KILLED), report=replace(DONE, started_at=begun))


def test_the_end_of_a_process_is_not_told_of_a_run_that_told_its_own() -> None:
    channel = Channel()
    channel.hear(bad(cause="bug"))
    channel.hear(killed(NOW - timedelta(hours=1)))
    channel.hear(killed(NOW + timedelta(hours=1)))
    channel.hear(killed(NOW + timedelta(hours=2)))
    assert channel.told == ["failure:bug", "failure:killed"]


def test_a_killed_run_that_nobody_can_replace_is_told_once() -> None:
    channel = Channel()
    begun = NOW - timedelta(days=1)
    for _ in range(5):
        channel.hear(killed(begun))
        channel.hear(bad())
        channel.now += timedelta(days=1)
    assert channel.told == ["failure:killed", "failure:unauthorized"]


def test_a_resumed_run_ends_what_it_began() -> None:
    channel = Channel()
    channel.hear(bad(run_id="r1"))
    channel.hear(Judgement(SUBJECT, mended=frozenset({FAILURE}), runs=frozenset({"r2"})))
    channel.hear(Judgement(SUBJECT, mended=frozenset({FAILURE}), runs=frozenset({"r1"})))
    assert channel.told == ["failure:unauthorized", "recovery:failure"]


@given(st.lists(st.sampled_from(["a", "b", None]), max_size=30))
def test_messages_are_the_changes_and_no_more(causes: list[str | None]) -> None:
    channel = Channel()
    for cause in causes:
        channel.hear(bad(cause=cause) if cause else WELL)
    changes = [after for before, after in zip([None, *causes], causes, strict=False) if after != before]
    expected = [f"failure:{cause}" if cause else "recovery:failure" for cause in changes]
    assert channel.told == expected
