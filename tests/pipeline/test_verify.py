"""Reading a run back: what is not as it was sent, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.delivery.unruly import answering, lose_answer
from tests.pipeline.verifying import (
    OTHER,
    customers,
    others_remove_address,
    others_write,
    person,
    prepare,
    told,
    user_of,
    verified,
)
from tests.pipeline.world import QUERY, World
from zdpipe.clock import Clock
from zdpipe.errors import StateError, UsageProblem, ZdpipeError
from zdpipe.model.run import Outcome
from zdpipe.model.verification import Verification, Whereabouts
from zdpipe.pipeline import judging, later
from zdpipe.pipeline.forget import forget_person
from zdpipe.pipeline.history import list_runs
from zdpipe.state.last_words import LastWords, Person, last_words
from zdpipe.state.under_way import OnItsWay, UnderWay


@pytest.fixture
def people(world: World) -> World:
    prepare(world)
    customers(world, *(person(number) for number in range(1, 4)))
    return world


def test_what_nobody_changed_is_as_it_was_sent(people: World) -> None:
    run = people.run()
    found = verified(people)
    assert (found.run_id, found.people, found.tally.same) == (run.run_id, 3, 3 * 13)
    assert (found.is_good, told(found), found.requests) == (True, set(), 1)


DRIFTS: list[tuple[str, dict[str, Any]]] = [
    ("name", {"name": "Somebody"}),
    ("alias", {"alias": "somebody"}),
    ("phone", {"phone": ""}),
    ("tags", {"tags": ["vip"]}),
    ("external_id", {"external_id": "another"}),
    ("user_fields.city", {"user_fields": {"city": "Bergen"}}),
    ("user_fields.email_opt_in", {"user_fields": {"email_opt_in": False}}),
    ("user_fields.birthdate", {"user_fields": {"birthdate": "1990-02-01"}}),
    ("user_fields.lifetime_value", {"user_fields": {"lifetime_value": 12.51}}),
    ("user_fields.loyalty_points", {"user_fields": {"loyalty_points": None}}),
    ("user_fields.tier", {"user_fields": {"tier": "silver"}}),
    ("user_fields.likes", {"user_fields": {"likes": ["opera", "chess", "golf"]}}),
]


@pytest.mark.parametrize(("field", "change"), DRIFTS)
def test_what_others_changed_is_drift(people: World, field: str, change: dict[str, Any]) -> None:
    people.run()
    others_write(people, "k2", **change)
    found = verified(people)
    assert told(found) == {("k2", field, "drift")}
    assert not found.is_good


def test_an_address_that_others_removed_is_drift(people: World) -> None:
    people.run()
    others_remove_address(people, "k2")
    found = verified(people)
    assert told(found) == {("k2", "email", "drift")}
    (difference,) = found.differences
    assert (difference.sent, difference.shown) == ("c2@example.com", [])


@pytest.mark.parametrize(
    "change",
    [
        {"phone": "+12065559999"},  # stands beside ours
        {"email": "more@example.com", "skip_verify_email": True},
        {"tags": ["z", "VIP", "group_2"]},
        {"user_fields": {"likes": ["chess", "opera"]}},
        {"external_id": "k2"},
        {"notes": "not ours"},
        {"user_fields": {"order_count": 3}},
    ],
)
def test_what_stands_beside_ours_is_no_drift(people: World, change: dict[str, Any]) -> None:
    people.run()
    others_write(people, "k2", **change)
    assert told(verified(people)) == set()


def test_a_field_that_the_account_does_not_have_was_missed(people: World) -> None:
    people.write(QUERY, 'SELECT id AS external_id, name AS name, city AS "user_fields.town" FROM people')
    people.run()
    others_write(people, "k2", name="Somebody")
    assert told(verified(people)) == {
        *((f"k{number}", "user_fields.town", "missed") for number in (1, 2, 3)),
        ("k2", "name", "drift"),
    }


def test_what_never_arrived_is_told_from_drift_by_the_time_of_the_user(people: World) -> None:
    """The account takes the number of somebody else for a shared one, whatever we say."""
    line = 'phone AS phone, false AS "shared_phone_number"'
    people.write(QUERY, f"SELECT id AS external_id, name AS name, {line} FROM people")
    customers(people, person(1, phone="+12065550134"), person(2, phone="+12065550134"))
    run = people.run()
    shared = {("k2", "shared_phone_number", "missed")}
    assert told(verified(people)) == shared
    others_write(people, "k2", notes="changed for another reason")
    assert told(verified(people, run.run_id)) == {("k2", "shared_phone_number", "drift")}


def test_times_of_our_own_clock_do_not_matter(people: World) -> None:
    people.clock.set_ahead(3_600)
    people.run()
    people.clock.set_back(7_200)
    others_write(people, "k1", alias="x")
    assert told(verified(people)) == {("k1", "alias", "drift")}


def test_what_a_later_run_wrote_is_measured_by_that_run(people: World) -> None:
    first = people.run().run_id
    customers(people, person(1, city="Rome"), person(2, city="Rome"), person(3))
    second = people.run().run_id
    found = verified(people, first)
    assert told(found) == {("k1", "user_fields.city", "later"), ("k2", "user_fields.city", "later")}
    assert {each.by_run for each in found.differences} == {second}
    assert found.is_good
    others_write(people, "k1", user_fields={"city": "Oslo"})  # as the first run had it
    found = verified(people, first)
    assert told(found) == {("k1", "user_fields.city", "drift"), ("k2", "user_fields.city", "later")}
    assert told(verified(people, second)) == {("k1", "user_fields.city", "drift")}


def test_a_later_run_of_another_query_counts_too(people: World) -> None:
    first = people.run().run_id
    customers(people, person(1, city="Rome", name="Renamed"), person(2), person(3))
    people.run(OTHER)
    assert told(verified(people, first)) == {("k1", "user_fields.city", "later"), ("k1", "name", "later")}


def test_a_field_that_a_run_emptied_is_to_be_empty(people: World) -> None:
    people.run()
    empty = dict.fromkeys(("phone", "alias", "city", "opted", "born", "ltv", "points", "tier", "likes"))
    customers(people, person(1, **empty), person(2), person(3))
    assert people.run().counts.updated == 1
    found = verified(people)
    assert (found.tally.same, told(found)) == (13, set())
    others_write(people, "k1", user_fields={"loyalty_points": 0, "tier": "gold"})
    assert told(verified(people)) == {
        ("k1", "user_fields.loyalty_points", "drift"),
        ("k1", "user_fields.tier", "drift"),
    }


def test_users_who_are_gone_are_told_once_each(people: World) -> None:
    row = ("K1", "Customer 1", "second@example.com")
    people.write(QUERY, "SELECT id AS external_id, name AS name, email AS email FROM people")
    customers(people, *(person(n) for n in range(1, 4)), {"id": row[0], "name": row[1], "email": row[2]})
    people.run()
    people.clock.advance(5)
    for key in ("k1", "k2"):
        people.act("DELETE", f"/api/v2/users/{user_of(people, key)['id']}")
    found = verified(people)
    assert told(found) == {("k1", None, "gone"), ("k2", None, "gone")}
    assert {each.whereabouts for each in found.differences} == {Whereabouts.DELETED}


def test_a_user_whose_address_an_older_one_has_was_merged(people: World) -> None:
    other = people.tell("/api/v2/users", {"user": {"name": "Other", "skip_verify_email": True}})["user"]["id"]
    people.run()
    people.clock.advance(5)
    people.act("DELETE", f"/api/v2/users/{user_of(people, 'k1')['id']}")
    people.act("DELETE", f"/api/v2/users/{user_of(people, 'k2')['id']}")
    identity = {"identity": {"type": "email", "value": "c1@example.com", "verified": True}}
    people.act("POST", f"/api/v2/users/{other}/identities", identity)
    people.tell("/api/v2/users", {"user": {"name": "New", "external_id": "K2", "skip_verify_email": True}})
    found = verified(people)
    assert [(each.key, each.whereabouts) for each in found.differences] == [
        ("k1", Whereabouts.MERGED),
        ("k2", Whereabouts.REPLACED),
    ]
    assert found.differences[0].now_with == other


def test_known_users_are_asked_about_thousands_at_once(
    people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time costs a look at the keys of everybody: asked for each request, it grew with the square."""
    asked: list[int] = []

    def counted(known: Path, about: Collection[Person], fields: Iterable[str], clock: Clock) -> LastWords:
        asked.append(len(about))
        return last_words(known, about, fields, clock)

    customers(people, *(person(number) for number in range(1, 251)))
    people.run()
    monkeypatch.setattr(later, "last_words", counted)
    monkeypatch.setattr(judging, "_OBJECTS_AT_ONCE", 200)
    found = verified(people)
    assert (found.requests, asked) == (3, [200, 50])
    assert (found.people, found.tally.same) == (250, 250 * 13)
    assert told(found) == set()


def test_a_run_at_work_is_asked_about_thousands_at_once(
    people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time costs a look at its whole outbox."""
    asked: list[int] = []
    values = UnderWay.values

    def counted(self: UnderWay, keys: Collection[str], names: Collection[str]) -> Iterator[OnItsWay]:
        asked.append(len(keys))
        return values(self, keys, names)

    customers(people, *(person(number) for number in range(1, 251)))
    first = people.run().run_id
    customers(people, *(person(number, city="Rome") for number in range(1, 251)))
    seen: list[Verification] = []

    def look(request: httpx.Request) -> None:
        if "job_statuses" in request.url.path:
            people.network.on_request = None
            others_write(people, "k250", alias="theirs")
            seen.append(verified(people, first))

    monkeypatch.setattr(UnderWay, "values", counted)
    monkeypatch.setattr(judging, "_OBJECTS_AT_ONCE", 200)
    people.network.on_request = look
    people.run()
    (found,) = seen
    assert 1 <= len(asked) <= 2
    causes = Counter((each.field, each.cause.value) for each in found.differences)
    assert causes["alias", "drift"] == 1
    assert set(causes) == {("user_fields.city", "later"), ("alias", "drift")}


def test_whom_a_later_run_made_anew_is_there(people: World) -> None:
    first = people.run().run_id
    people.clock.advance(5)
    people.act("DELETE", f"/api/v2/users/{user_of(people, 'k1')['id']}")
    people.run(full=True)
    assert told(verified(people, first)) == set()


def test_people_known_by_an_address_alone(people: World) -> None:
    customers(people, person(1, id=None), person(2, id=None))
    first = people.run().run_id
    assert told(verified(people)) == set()
    customers(people, person(1, city="Rome"), person(2, id=None))
    second = people.run().run_id  # the first has an id now, and is known by that
    found = verified(people, first)
    assert told(found) == {("c1@example.com", "user_fields.city", "later")}
    assert found.differences[0].by_run == second
    others_remove_address(people, "k1")
    assert ("c1@example.com", "email", "drift") in told(verified(people, first))


def test_whoever_a_run_at_work_made_anew_is_there(people: World) -> None:
    customers(people, *(person(n, id=None) for n in range(1, 4)))
    first = people.run().run_id
    people.clock.advance(5)
    (user,) = people.ask("/api/v2/users/search?query=email:c1@example.com")["users"]
    people.act("DELETE", f"/api/v2/users/{user['id']}")
    seen: list[Verification] = []

    def look(request: httpx.Request) -> None:
        newest = list_runs(people.bench, 1)[0]
        if newest.run_id != first and newest.counts.created:
            people.network.on_request = None
            seen.append(verified(people))

    customers(people, *(person(n, id=None) for n in range(1, 4)), *(person(n) for n in range(5, 155)))
    people.network.on_request = look
    assert people.run(full=True).counts.created == 151
    (found,) = seen
    assert (found.pending > 0, told(found)) == (True, set())


def test_a_run_that_is_being_planned_has_sent_nobody_yet(people: World) -> None:
    refusals: list[str] = []

    def look() -> None:
        with pytest.raises(UsageProblem, match="being planned") as refused:
            verified(people)
        refusals.append(refused.value.hint)

    people.listener.on_stage["comparing"] = look
    people.run()
    assert len(refusals) == 1


def test_further_addresses_are_looked_for(people: World) -> None:
    customers(people, person(1), {"id": "k1", "name": "Customer 1", "email": "second@example.com"})
    people.run()
    found = verified(people)
    assert (found.people, found.tally.values, told(found)) == (1, 14, set())
    others_remove_address(people, "k1")
    assert told(verified(people)) == {("k1", "email", "drift")}
    assert len(verified(people).differences) == 2


def test_the_same_few_are_drawn_each_time(people: World) -> None:
    customers(people, *(person(number) for number in range(250)))
    people.run()
    first, again = verified(people, sample=5), verified(people, sample=5)
    assert (first.people, first.tally.values, first.sample) == (5, 5 * 13, 5)
    assert first == again
    assert verified(people, sample=1000).people == 250
    assert verified(people).requests == 3


def test_a_run_that_is_going_is_no_obstacle_and_what_it_wrote_is_later(people: World) -> None:
    first = people.run().run_id
    customers(people, *(person(number, city="Rome") for number in range(1, 4)))
    seen: list[Any] = []

    def look(request: httpx.Request) -> None:
        if "job_statuses" in request.url.path and not seen:
            people.network.on_request = None
            people.clock.advance(20)
            seen.extend((verified(people, first), verified(people)))

    people.network.on_request = look
    assert people.run().counts.updated == 3
    found, going = seen
    assert told(found) == {(f"k{number}", "user_fields.city", "later") for number in (1, 2, 3)}
    assert found.is_good
    assert (going.outcome, going.pending) == (Outcome.RUNNING, 3)


def test_what_a_stopped_run_sent_is_verified_and_the_rest_is_pending(people: World) -> None:
    customers(people, *(person(number) for number in range(350)))
    people.interrupt(9)
    run = people.run()
    assert run.outcome is Outcome.INTERRUPTED
    found = verified(people)
    done = run.counts.created
    assert 0 < done < 350
    assert (found.people, found.pending, told(found)) == (done, 350 - done, set())
    assert found.outcome is Outcome.INTERRUPTED
    people.run()
    assert verified(people, run.run_id).outcome is Outcome.SUPERSEDED


def test_whom_zendesk_refused_is_not_looked_for(people: World) -> None:
    customers(people, person(1), person(2, tier="bronze"))
    assert people.run().counts.failed == 1
    found = verified(people)
    assert (found.people, found.failed, told(found)) == (1, 1, set())


def test_whoever_was_forgotten_is_counted_alone(people: World) -> None:
    people.run()
    forget_person(people.bench, "K2")
    found = verified(people)
    assert (found.people, found.forgotten, told(found)) == (2, 1, set())


def test_a_run_without_anything_to_send_has_nothing_to_verify(people: World) -> None:
    people.run()
    people.run()
    found = verified(people)
    assert (found.people, found.requests, found.is_good) == (0, 0, True)


def test_runs_that_sent_nobody_say_so(people: World) -> None:
    with pytest.raises(UsageProblem, match="no run yet"):
        verified(people)
    settings = people.folder / "zdpipe.toml"
    settings.write_text(settings.read_text().replace("empty = false", "empty = true"))
    customers(people)
    run = people.run()
    with pytest.raises(UsageProblem, match="sent nobody") as refused:
        verified(people)
    assert "--allow empty" in refused.value.hint
    assert refused.value.code == "nothing_sent"
    people.listener.on_stage["comparing"] = _stop
    with pytest.raises(BaseException, match="Stopped"):
        people.run()
    with pytest.raises(UsageProblem, match="sent nobody") as stopped:
        verified(people)
    assert "zdpipe resume" in stopped.value.hint
    assert run.run_id not in stopped.value.hint


def _stop() -> None:
    raise KeyboardInterrupt


def test_a_run_whose_files_are_gone_says_what_to_do(people: World) -> None:
    run = people.run()
    outbox = people.folder / ".zdpipe" / "runs" / run.run_id / "outbox.parquet"
    outbox.write_bytes(b"PAR1")
    with pytest.raises(StateError) as damaged:
        verified(people)
    assert damaged.value.code == "outbox_damaged"
    outbox.unlink()
    with pytest.raises(StateError) as gone:
        verified(people)
    assert gone.value.code == "files_gone"
    assert "--full" in gone.value.hint


def test_without_the_known_users_the_run_alone_counts(people: World) -> None:
    people.run()
    (known,) = (people.folder / ".zdpipe" / "known").glob("*.duckdb")
    known.unlink()
    assert told(verified(people)) == set()


def test_an_account_that_is_down_is_waited_for(people: World) -> None:
    people.run()
    reads = people.network.reads
    people.network.on_read = {reads + 1: answering(503), reads + 2: lose_answer}
    assert told(verified(people)) == set()


def test_whoever_may_not_look_is_told_why(people: World) -> None:
    people.run()
    people.environment["TOKEN"] = "wrong"
    with pytest.raises(ZdpipeError) as refused:
        verified(people)
    assert refused.value.hint
