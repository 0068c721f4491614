from __future__ import annotations

import json
from dataclasses import replace

import httpx
import pytest

from tests.delivery.conftest import MakeWorld
from tests.delivery.unruly import (
    SLOTS_FULL,
    Handle,
    PowerCut,
    Trouble,
    answering,
    change_jobs,
    cut_power_after,
    cut_power_before,
    failing_behind,
    forget_jobs,
    garble_answer,
    lose_answer,
    lose_request,
    refuse_connection,
    reverse_results,
)
from tests.delivery.world import ADMIN, World, address, people, person
from zdpipe.delivery import jobs, patience
from zdpipe.errors import Interrupted, ProjectError
from zdpipe.model.batch import OutboxItem, Sending
from zdpipe.simulator.settings import Settings
from zdpipe.zendesk.failures import NotTaken, Refused, Unsure
from zdpipe.zendesk.limits import Limits


def without_user(position: int) -> Trouble:
    """The request arrives with another user in one place: what was sent of that one is not written."""

    def trouble(request: httpx.Request, handle: Handle) -> httpx.Response:
        body = json.loads(request.read())
        body["users"][position] = {"name": "", "external_id": None}
        return handle(httpx.Request("POST", request.url, headers=request.headers, json=body))

    return trouble


def send_before(world: World, items: list[OutboxItem]) -> None:
    """Let the account have these people from an earlier day."""
    body = {"users": [json.loads(item.payload) for item in items]}
    request = httpx.Request(
        "POST",
        "https://acme.zendesk.com/api/v2/users/create_or_update_many",
        headers={"authorization": ADMIN},
        json=body,
    )
    world.simulator.handle_request(request)
    world.fake.advance(86_400)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up after one minute instead of ten, and on strange jobs instead of fifteen."""
    monkeypatch.setattr(patience, "GIVE_UP_AFTER", 60.0)
    monkeypatch.setattr(jobs, "STRANGE_FOR", 60.0)


def test_nobody_leaves_beyond_the_batches_that_may(make_world: MakeWorld) -> None:
    world = make_world(people(450))
    with world.sitting() as courier:
        courier.deliver(up_to=2)
        assert world.tally() == {"created": 200}
        courier.deliver(up_to=2)
        assert world.log.users_sent == 200
        courier.deliver()
    world.assert_delivered()


def test_everybody_arrives_and_is_counted(make_world: MakeWorld) -> None:
    world = make_world(people(250))
    world.deliver()
    world.assert_delivered()
    assert world.tally() == {"created": 250}
    assert (world.log.users_sent, world.log.users_settled) == (250, 250)
    assert world.stats()["refused"] == 0


def test_people_the_account_has_are_updated(make_world: MakeWorld) -> None:
    items = [person(1, 1, 0), person(1, 2, 0, name="Again")]
    world = make_world(items)
    world.deliver()
    assert world.tally() == {"created": 1, "updated": 1}
    assert [user["name"] for user in world.users()] == ["Again"]


def test_people_zendesk_refuses_fail_alone_with_its_words(make_world: MakeWorld) -> None:
    items = people(3)
    items[1] = person(2, 1, 1, email="p1@example.com")
    world = make_world(items)
    world.deliver()
    assert world.tally() == {"created": 2, "failed": 1}
    assert world.reasons() == {"email_taken": 1}
    failed = world.results()[1, 1]
    assert failed.zendesk_id is None
    assert "already being used" in (failed.details or "")


# One trouble with the first write, and how long it may hold a run of three batches up.
MISHAPS: dict[str, Trouble] = {
    "connection refused": refuse_connection,
    "request lost": lose_request,
    "answer lost": lose_answer,
    "answer garbled": garble_answer,
    "429": answering(429, "slow down", retry_after="5"),
    "429 without a time": answering(429, "slow down"),
    "503 with a time": answering(503, "", retry_after="3"),
    "503": answering(503),
    "409": answering(409, {"error": "DatabaseConflict"}),
    "500": answering(500),
    "500 after queueing": failing_behind(500),
    "502 after queueing": failing_behind(502),
    "408": answering(408),
    "slots full": SLOTS_FULL,
}


@pytest.mark.parametrize("mishap", MISHAPS.values(), ids=list(MISHAPS))
@pytest.mark.parametrize("write", [1, 2, 3])
def test_one_mishap_loses_nobody_and_doubles_nobody(
    make_world: MakeWorld, mishap: Trouble, write: int
) -> None:
    world = make_world(people(25, size=10))
    world.network.on_write[write] = mishap
    world.deliver()
    world.assert_delivered()
    assert world.tally() == {"created": 25}
    assert world.fake.elapsed < 60


def test_created_by_a_lost_answer_counts_as_created_and_known_people_as_updated(
    make_world: MakeWorld,
) -> None:
    known, new = person(1, 1, 0), person(2, 2, 0)
    unknown_to_us = person(1, 2, 1, name="Was there before")
    world = make_world([known, new, unknown_to_us])
    world.network.on_write[1] = _slow_down(world, 3)
    world.network.on_write[2] = lose_answer
    world.deliver()
    results = world.results()
    assert [results[key].status.value for key in [(1, 0), (2, 0), (2, 1)]] == [
        "created",
        "created",
        "updated",
    ]


def _slow_down(world: World, seconds: float) -> Trouble:
    def wait(request: httpx.Request, handle: Handle) -> httpx.Response:
        response = handle(request)
        world.fake.advance(seconds)
        return response

    return wait


def test_a_batch_whose_answer_was_lost_rests_while_others_go_on(make_world: MakeWorld) -> None:
    world = make_world(people(300), settings=Settings(job_seconds=5))
    world.network.on_write[1] = lose_answer
    times = write_times(world)
    world.deliver()
    world.assert_delivered()
    assert [write[0]["external_id"] for write in world.network.writes] == ["id-1", "id-101", "id-201", "id-1"]
    assert times[2] < 5
    assert times[3] - times[0] >= 10, "twice as long as the jobs seen took"


def test_a_first_batch_that_was_lost_rests_for_as_long_as_any_job_may_take(make_world: MakeWorld) -> None:
    world = make_world(people(10))
    world.network.on_write[1] = lose_answer
    times = write_times(world)
    world.deliver()
    world.assert_delivered()
    assert 30 <= times[1] - times[0] < 32


def test_a_rest_is_twice_as_long_as_jobs_were_seen_to_take(make_world: MakeWorld) -> None:
    world = make_world(people(500), settings=Settings(job_seconds=2))
    world.network.on_write[5] = lose_answer
    times = write_times(world)
    world.deliver()
    world.assert_delivered()
    assert 4 <= times[5] - times[4] < 8


def test_a_rest_begins_when_the_answer_is_given_up_not_when_the_request_left(make_world: MakeWorld) -> None:
    world = make_world(people(10))

    def time_out(request: httpx.Request, handle: Handle) -> httpx.Response:
        world.fake.advance(59)
        return lose_answer(request, handle)

    world.network.on_write[1] = time_out
    world.deliver()
    world.assert_delivered()
    assert world.fake.elapsed >= 59 + 30


def write_times(world: World) -> list[float]:
    """Return a list that fills with the times at which writes leave."""
    times: list[float] = []

    def note(request: httpx.Request) -> None:
        if request.method == "POST":
            times.append(world.fake.elapsed)

    world.network.on_request = note
    return times


def test_a_further_address_waits_for_its_persons_own_job(make_world: MakeWorld) -> None:
    lead = person(1, 1, 0)
    second = address(lead, 2, 0, "second@example.com")
    third = address(second, 3, 0, "third@example.com")
    world = make_world([lead, second, third], settings=Settings(job_seconds=5))
    world.deliver()
    assert world.tally() == {"created": 1, "updated": 2}
    assert world.emails(world.users()[0]["id"]) == {
        "p1@example.com",
        "second@example.com",
        "third@example.com",
    }
    assert world.users()[0]["email"] == "p1@example.com"
    assert world.fake.elapsed >= 10


@pytest.mark.parametrize("mishap", [lose_answer, lose_request])
def test_nothing_leaves_for_the_people_of_a_resting_batch(make_world: MakeWorld, mishap: Trouble) -> None:
    lead = person(1, 1, 0)
    world = make_world([lead, person(2, 2, 0), address(lead, 3, 0, "second@example.com")])
    world.network.on_write[1] = mishap
    world.deliver()
    sent = [[user["email"] for user in write] for write in world.network.writes]
    assert sent == [["p1@example.com"], ["p2@example.com"], ["p1@example.com"], ["second@example.com"]]
    assert world.tally() == {"created": 2, "updated": 1}


def test_further_addresses_of_a_person_who_failed_are_never_sent(make_world: MakeWorld) -> None:
    owner, lead = person(1, 1, 0), person(2, 1, 1, email="p1@example.com")
    second = address(lead, 2, 0, "second@example.com")
    also = address(owner, 2, 1, "also@example.com")
    third = address(second, 3, 0, "third@example.com")
    world = make_world([owner, lead, second, also, third])
    world.deliver()
    assert world.tally() == {"created": 1, "updated": 1, "failed": 3}
    assert world.reasons() == {"email_taken": 1, "lead_failed": 2}
    assert len(world.network.writes) == 2
    assert world.results()[2, 1].zendesk_id == world.users()[0]["id"]


def test_a_further_address_that_fails_does_not_stop_the_next_one(make_world: MakeWorld) -> None:
    owner, lead = person(1, 1, 0), person(2, 1, 1)
    taken = address(lead, 2, 0, "p1@example.com")
    free = address(taken, 3, 0, "free@example.com")
    world = make_world([owner, lead, taken, free])
    world.deliver()
    assert world.tally() == {"created": 2, "failed": 1, "updated": 1}


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refused_credential_stops_the_run_and_leaves_the_batch_ready(
    make_world: MakeWorld, status: int
) -> None:
    world = make_world(people(300))
    world.network.on_write[2] = answering(status, {"error": "Forbidden"})
    with pytest.raises(Refused) as caught:
        world.deliver()
    assert caught.value.status == status
    assert world.states()[1:] == ["ready", "ready"]
    world.deliver()
    world.assert_delivered()
    assert world.tally() == {"created": 300}


def test_full_slots_are_waited_for_as_long_as_it_takes_in_short_steps(
    make_world: MakeWorld, impatient: None
) -> None:
    world = make_world(people(100))
    for write in range(1, 101):
        world.network.on_write[write] = SLOTS_FULL
    world.deliver()
    world.assert_delivered()
    assert world.fake.elapsed > 90
    assert max(seconds for _, seconds in world.log.waits) <= 3
    assert world.batches()[0].attempts == 1


def test_slots_taken_by_others_hold_sending_back_before_a_refusal(make_world: MakeWorld) -> None:
    world = make_world(people(400), settings=Settings(jobs_in_flight=1, job_seconds=3))
    world.deliver()
    world.assert_delivered()
    assert world.log.waits


def test_no_more_than_thirty_jobs_are_in_flight(make_world: MakeWorld) -> None:
    world = make_world(people(60, size=1), settings=Settings(job_seconds=50))
    most = 0

    def look() -> None:
        nonlocal most
        most = max(most, world.stats()["jobs_in_flight"])

    world.fake.on_sleep = look
    world.deliver()
    world.assert_delivered()
    assert most == 30
    assert world.stats()["refused"] == 0


def test_a_job_zendesk_forgot_is_settled_by_reading_the_users(make_world: MakeWorld) -> None:
    known = [person(n, 1, n - 1, Sending.UPDATE, email=f"new{n}@example.com") for n in range(1, 4)]
    world = make_world([*known, *(replace(item, position=item.position + 3) for item in people(97, start=4))])
    world.network.on_poll[1] = forget_jobs
    for poll in range(2, 4):
        world.network.on_poll[poll] = forget_jobs
    send_before(world, people(3))
    world.deliver()
    assert world.tally() == {"created": 97, "updated": 3}
    assert len(world.network.writes) == 1, "nothing is sent again that the account shows"
    assert {result.zendesk_id for result in world.results().values()} == {u["id"] for u in world.users()}


def test_a_forgotten_job_that_left_somebody_out_is_sent_again_after_a_rest(make_world: MakeWorld) -> None:
    world = make_world(people(100))
    for poll in range(1, 4):
        world.network.on_poll[poll] = forget_jobs
    world.network.on_write[1] = without_user(17)
    world.deliver()
    world.assert_delivered()
    assert world.tally() == {"created": 100}
    assert len(world.network.writes) == 2


def test_people_known_by_an_address_alone_are_found_by_it(make_world: MakeWorld) -> None:
    world = make_world([person(n, 1, n - 1, external_id=None) for n in range(1, 6)])
    for poll in range(1, 4):
        world.network.on_poll[poll] = forget_jobs
    world.deliver()
    assert world.tally() == {"created": 5}
    assert len(world.network.writes) == 1


def test_reading_the_users_is_repeated_until_it_is_answered(make_world: MakeWorld) -> None:
    world = make_world(people(10))
    for poll in range(1, 4):
        world.network.on_poll[poll] = forget_jobs
    troubles = [refuse_connection, lose_answer, answering(503), answering(429, "", retry_after="5")]
    world.network.on_read = dict(enumerate(troubles, start=2))
    world.deliver()
    world.assert_delivered()
    assert len(world.network.writes) == 1


def test_a_job_missing_from_one_poll_is_only_late(make_world: MakeWorld) -> None:
    world = make_world(people(100))
    world.network.on_poll[1] = forget_jobs
    world.deliver()
    assert len(world.network.writes) == 1
    world.assert_delivered()


@pytest.mark.parametrize("status", ["failed", "killed"])
def test_a_job_that_died_is_sent_again(make_world: MakeWorld, status: str) -> None:
    world = make_world(people(100))
    world.network.on_poll[1] = change_jobs(status=status, results=None, message="Out of luck")
    world.deliver()
    world.assert_delivered()
    assert world.tally() == {"created": 100}, "what a dying job wrote counts as created"
    assert "Out of luck" in world.log.waits[0][0]


def test_jobs_that_always_die_are_given_up_with_their_last_words(make_world: MakeWorld) -> None:
    world = make_world(people(10))
    for poll in range(1, 50):
        world.network.on_poll[poll] = change_jobs(status="failed", results=None, message="Out of luck")
    for write in range(1, 6):
        world.network.on_write[write] = without_user(3)
    world.deliver()
    assert world.tally() == {"created": 9, "failed": 1}, "nobody who arrived is called failed"
    assert world.reasons() == {"job_failed": 1}
    assert "Out of luck" in (world.results()[1, 3].details or "")
    assert len(world.network.writes) == 5


def test_requests_never_taken_do_not_use_up_the_attempts(make_world: MakeWorld) -> None:
    world = make_world(people(10))
    for write in range(1, 8):
        world.network.on_write[write] = answering(503, "", retry_after="1")
    world.network.on_poll[1] = change_jobs(status="failed", results=None)
    world.deliver()
    world.assert_delivered()
    assert world.tally() == {"created": 10}


@pytest.mark.parametrize("results", [None, {}, "soon"])
def test_a_completed_job_without_results_is_settled_by_reading(
    make_world: MakeWorld, results: object
) -> None:
    world = make_world(people(10))
    for poll in range(1, 5):
        world.network.on_poll[poll] = change_jobs(status="completed", results=results)
    world.deliver()
    world.assert_delivered()
    assert world.tally() == {"created": 10}
    assert len(world.network.writes) == 1


def test_results_in_another_order_are_never_believed(make_world: MakeWorld) -> None:
    world = make_world(people(10))
    for poll in range(1, 4):
        world.network.on_poll[poll] = reverse_results
    world.network.on_write[1] = without_user(3)
    world.deliver()
    world.assert_delivered()
    assert world.tally() == {"created": 10}
    assert len(world.network.writes) >= 2


def test_results_that_are_always_mixed_up_end_with_what_the_account_shows(make_world: MakeWorld) -> None:
    world = make_world(people(10))
    for poll in range(1, 500):
        world.network.on_poll[poll] = reverse_results
    for write in range(1, 6):
        world.network.on_write[write] = without_user(3)
    world.deliver()
    assert world.tally() == {"created": 9, "failed": 1}
    assert world.reasons() == {"unconfirmed": 1}
    assert len(world.users()) == 9


def test_a_job_in_an_unheard_of_state_is_waited_for_then_looked_behind(
    make_world: MakeWorld, impatient: None
) -> None:
    world = make_world(people(10))
    for poll in range(1, 62):
        world.network.on_poll[poll] = change_jobs(status="pondering", results=None)
    world.deliver()
    world.assert_delivered()
    assert world.tally() == {"created": 10}
    assert len(world.network.writes) == 1


def test_a_slow_job_is_waited_for_and_never_doubled(make_world: MakeWorld, impatient: None) -> None:
    world = make_world(people(10), settings=Settings(job_seconds=200))
    world.deliver()
    world.assert_delivered()
    assert len(world.network.writes) == 1


@pytest.mark.parametrize("mishap", [refuse_connection, answering(500), answering(429, "", retry_after="9")])
def test_polls_that_fail_are_repeated(make_world: MakeWorld, mishap: Trouble) -> None:
    world = make_world(people(150))
    for poll in (1, 2, 4):
        world.network.on_poll[poll] = mishap
    world.deliver()
    world.assert_delivered()


def test_a_refused_poll_stops_the_run_and_the_job_is_found_again(make_world: MakeWorld) -> None:
    world = make_world(people(100))
    world.network.on_poll[1] = answering(401, {"error": "Couldn't authenticate you"})
    with pytest.raises(Refused):
        world.deliver()
    assert world.states() == ["accepted"]
    world.deliver()
    world.assert_delivered()
    assert len(world.network.writes) == 1


@pytest.mark.parametrize(
    ("mishap", "raised", "left"),
    [(refuse_connection, NotTaken, "ready"), (lose_request, Unsure, "unsure")],
)
def test_what_outlasts_all_patience_is_raised_and_nothing_is_lost(
    make_world: MakeWorld, impatient: None, mishap: Trouble, raised: type[Exception], left: str
) -> None:
    world = make_world(people(100))
    for write in range(1, 200):
        world.network.on_write[write] = mishap
    with pytest.raises(raised):
        world.deliver()
    assert world.states() == [left]
    assert 60 < world.fake.elapsed < 150
    world.network.on_write.clear()
    world.deliver()
    world.assert_delivered()
    assert world.tally() == {"created": 100}


def test_troubles_far_apart_are_not_one_long_one(make_world: MakeWorld, impatient: None) -> None:
    world = make_world(people(10), settings=Settings(job_seconds=120))
    world.network.on_poll[1] = answering(503)
    world.network.on_poll[100] = answering(503)
    world.deliver()
    world.assert_delivered()


@pytest.mark.parametrize("sleep", range(1, 26, 3))
def test_an_interruption_at_any_wait_leaves_what_a_new_courier_finishes(
    make_world: MakeWorld, sleep: int
) -> None:
    leads = people(100)
    world = make_world([*leads, address(leads[0], 2, 0, "second@example.com")])
    world.network.on_write[1] = lose_answer
    world.fake.interrupt_at = sleep
    try:
        world.deliver()
    except Interrupted:
        assert "sending" not in world.states()
    world.deliver()
    assert world.tally() == {"created": 100, "updated": 1}
    assert len(world.users()) == 100


@pytest.mark.parametrize("cut", [cut_power_before, cut_power_after])
@pytest.mark.parametrize("where", ["write 1", "write 2", "write 3", "poll 1", "poll 2"])
def test_a_process_killed_at_any_request_loses_nobody_and_doubles_nobody(
    make_world: MakeWorld, cut: Trouble, where: str
) -> None:
    world = make_world(people(25, size=10))
    kind, number = where.split()
    (world.network.on_write if kind == "write" else world.network.on_poll)[int(number)] = cut
    with pytest.raises(PowerCut):
        world.deliver()
    assert ("sending" in world.states()) is (kind == "write")
    world.deliver()
    world.assert_delivered()
    assert world.tally() == {"created": 25}


def test_a_batch_killed_while_sending_long_ago_needs_no_rest(make_world: MakeWorld) -> None:
    world = make_world(people(10))
    world.network.on_write[1] = cut_power_after
    with pytest.raises(PowerCut):
        world.deliver()
    world.fake.advance(3600)
    before = world.fake.elapsed
    world.deliver()
    world.assert_delivered()
    assert world.fake.elapsed - before < 5


def test_a_clock_that_was_set_back_makes_no_rest_endless(make_world: MakeWorld) -> None:
    world = make_world(people(10))
    world.network.on_write[1] = cut_power_after
    with pytest.raises(PowerCut):
        world.deliver()
    world.fake.set_back(7200)
    world.deliver()
    assert world.tally() == {"created": 10}
    assert world.fake.elapsed < 60


def test_a_night_between_accepting_and_polling_teaches_no_job_length(make_world: MakeWorld) -> None:
    world = make_world(people(200))
    world.network.on_poll[1] = cut_power_before
    with pytest.raises(PowerCut):
        world.deliver()
    world.fake.advance(50_000)
    world.network.on_write[2] = lose_answer
    before = world.fake.elapsed
    world.deliver()
    world.assert_delivered()
    assert world.fake.elapsed - before < 90


def cut_off_with_three_batches_in_flight(world: World) -> int:
    """Leave one batch accepted, one unsure, one sending, one ready; return the writes so far."""
    world.network.on_write[2] = lose_answer
    world.network.on_write[3] = cut_power_after
    with pytest.raises(PowerCut):
        world.deliver()
    assert {"unsure", "sending"} <= set(world.states())
    return len(world.network.writes)


def test_settling_in_flight_sends_nothing_and_leaves_only_what_was_never_taken(make_world: MakeWorld) -> None:
    world = make_world(people(400))
    writes = cut_off_with_three_batches_in_flight(world)
    with world.sitting() as courier:
        courier.settle_in_flight(for_good=False)
    assert len(world.network.writes) == writes
    assert world.states() == ["settled", "settled", "settled", "ready"]
    assert world.tally() == {"created": 300}
    world.deliver()
    world.assert_delivered()


def test_a_lost_request_is_left_unsent_by_settling_in_flight(make_world: MakeWorld) -> None:
    world = make_world(people(200))
    world.network.on_write[1] = lose_request
    world.network.on_write[2] = cut_power_before
    with pytest.raises(PowerCut):
        world.deliver()
    with world.sitting() as courier:
        courier.settle_in_flight(for_good=False)
    assert world.states() == ["ready", "ready"]


def ready_again_although_it_arrived(world: World) -> None:
    """Lose the only answer, and stop at the second sending."""
    world.network.on_write = {1: lose_answer, 2: answering(401)}
    with pytest.raises(Refused):
        world.deliver()
    assert world.states() == ["ready"]


def test_a_run_given_up_for_good_counts_whom_an_earlier_sending_brought(make_world: MakeWorld) -> None:
    world = make_world(people(10))
    ready_again_although_it_arrived(world)
    with world.sitting() as courier:
        courier.settle_in_flight(for_good=True)
    assert world.tally() == {"created": 10}
    assert len(world.network.writes) == 2


def test_a_run_that_may_be_resumed_keeps_them_for_then(make_world: MakeWorld) -> None:
    world = make_world(people(10))
    ready_again_although_it_arrived(world)
    with world.sitting() as courier:
        courier.settle_in_flight(for_good=False)
    assert world.states() == ["ready"]
    world.deliver()
    world.assert_delivered()


def test_giving_up_for_good_leaves_what_never_arrived_unsent(make_world: MakeWorld) -> None:
    world = make_world(people(10))
    world.network.on_write = {1: lose_request, 2: answering(401)}
    with pytest.raises(Refused):
        world.deliver()
    with world.sitting() as courier:
        courier.settle_in_flight(for_good=True)
    assert world.states() == ["ready"]


def test_who_was_there_before_a_lost_answer_is_not_called_created(make_world: MakeWorld) -> None:
    before = make_world(people(10))
    before.deliver()
    world = make_world(people(20))
    world.simulator, world.network = before.simulator, before.network
    world.fake.advance(before.fake.elapsed + 60)
    before.fake.advance(60)
    world.network.on_write[2] = cut_power_after
    with pytest.raises(PowerCut):
        world.deliver()
    before.fake.advance(60)
    with world.sitting() as courier:
        courier.settle_in_flight(for_good=False)
    assert world.tally() == {"created": 10, "updated": 10}


def test_batches_larger_than_the_pace_allows_now_are_refused_with_the_cure(make_world: MakeWorld) -> None:
    world = make_world(people(100), users_per_second=50)
    with pytest.raises(ProjectError) as caught:
        world.deliver()
    assert "users_per_second to 100" in caught.value.hint
    assert world.states() == ["ready"]
    world.users_per_second = 100
    world.deliver()
    world.assert_delivered()


@pytest.mark.parametrize("lost", [False, True])
def test_somebody_who_was_deleted_meanwhile_is_created_anew_and_counted_so(
    make_world: MakeWorld, lost: bool
) -> None:
    world = make_world([person(1, 1, 0, Sending.UPDATE)])
    world.network.on_write = {1: lose_answer} if lost else {}
    world.deliver()
    assert world.tally() == {"created": 1}


def test_nothing_to_send_ends_at_once(make_world: MakeWorld) -> None:
    world = make_world(people(0))
    world.deliver()
    assert world.network.writes == []
    assert world.fake.sleeps == []


def test_a_stop_in_the_last_moment_before_a_batch_leaves_leaves_it_ready(make_world: MakeWorld) -> None:
    """The second of three batches is written down as sending while its second has not come yet."""
    world = make_world(people(250))
    seen: list[list[str]] = []

    def stop_while_one_waits_to_leave() -> None:
        if world.stats()["jobs"] == 1 and "sending" in world.states():
            seen.append(world.states())
            world.fake.interrupt_at = len(world.fake.sleeps)

    world.fake.on_sleep = stop_while_one_waits_to_leave
    with pytest.raises(Interrupted):
        world.deliver()
    assert [states[1] for states in seen] == ["sending"]
    second = world.batches()[1]
    assert (second.state.value, second.attempts, second.first_sent_at) == ("ready", 0, None)
    world.fake.interrupt_at, world.fake.on_sleep = None, None
    world.deliver()
    world.assert_delivered()
    assert world.stats()["users_received"] == 250


def test_a_permit_that_somebody_else_takes_leaves_the_batch_ready(make_world: MakeWorld) -> None:
    world = make_world(people(250))

    def take_the_second() -> None:
        if world.stats()["jobs"] == 1 and "sending" in world.states():
            world.fake.on_sleep = None
            with Limits(world.folder, 100, world.fake) as other:
                other.pause(5.0)

    world.fake.on_sleep = take_the_second
    world.deliver()
    world.assert_delivered()
    assert world.fake.on_sleep is None
    assert [batch.attempts for batch in world.batches()] == [1, 1, 1]
    assert 6.0 < world.sending_seconds() < 9.0
