"""Whatever goes wrong in whatever order: nobody is lost, nobody is created twice, and the counts are true."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.delivery.unruly import (
    SLOTS_FULL,
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
from tests.delivery.world import World, address, people
from zdpipe.errors import Interrupted
from zdpipe.model.batch import OutboxItem
from zdpipe.simulator.settings import Settings
from zdpipe.zendesk.failures import RequestFailure

WRITES: dict[str, Trouble] = {
    "lose_answer": lose_answer,
    "lose_request": lose_request,
    "refuse_connection": refuse_connection,
    "garble_answer": garble_answer,
    "429": answering(429, "", retry_after="2"),
    "503": answering(503),
    "500": answering(500),
    "502 behind": failing_behind(502),
    "401": answering(401),
    "slots full": SLOTS_FULL,
    "cut before": cut_power_before,
    "cut after": cut_power_after,
}
POLLS: dict[str, Trouble] = {
    "forget": forget_jobs,
    "died": change_jobs(status="failed", results=None),
    "no results": change_jobs(status="completed", results=None),
    "reversed": reverse_results,
    "403": answering(403),
    "500": answering(500),
    "cut before": cut_power_before,
    "cut after": cut_power_after,
}
READS: dict[str, Trouble] = {
    "lose_answer": lose_answer,
    "refuse_connection": refuse_connection,
    "503": answering(503),
    "429": answering(429, "", retry_after="2"),
    "cut after": cut_power_after,
}


def outbox() -> list[OutboxItem]:
    """Return 24 people in three batches, four of whom have further addresses in two more."""
    leads = people(24, size=10)
    second = [address(leads[n], 4, n, f"second{n}@example.com") for n in range(4)]
    third = [address(second[n], 5, n, f"third{n}@example.com") for n in range(2)]
    return [*leads, *second, *third]


def troubles(kinds: dict[str, Trouble], most: int) -> st.SearchStrategy[dict[int, str]]:
    return st.dictionaries(st.integers(1, most), st.sampled_from(sorted(kinds)), max_size=6)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    writes=troubles(WRITES, 12),
    polls=troubles(POLLS, 16),
    reads=troubles(READS, 8),
    refused=st.sampled_from([None, "id-7"]),
    interruption=st.none() | st.integers(1, 40),
    job_seconds=st.sampled_from([0.0, 1.0, 7.0]),
)
def test_nobody_is_lost_or_doubled(
    writes: dict[int, str],
    polls: dict[int, str],
    reads: dict[int, str],
    refused: str | None,
    interruption: int | None,
    job_seconds: float,
) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder), outbox(), settings=Settings(job_seconds=job_seconds))
        try:
            world.network.on_write = {number: WRITES[name] for number, name in writes.items()}
            world.network.on_poll = {number: POLLS[name] for number, name in polls.items()}
            world.network.on_read = {number: READS[name] for number, name in reads.items()}
            world.network.refused_user = refused
            world.fake.interrupt_at = interruption
            deliver_in_as_many_sittings_as_it_takes(world)
            world.assert_delivered()
            whole = {"created": 24, "updated": 6}
            assert world.tally() == ({"created": 23, "updated": 6, "failed": 1} if refused else whole)
            for user in world.users():
                number = int(user["external_id"].removeprefix("id-"))
                assert user["email"] == f"p{number}@example.com"
                assert len(world.emails(user["id"])) == 1 + (number <= 4) + (number <= 2)
            assert world.stats()["max_users_in_one_second"] <= 100
        finally:
            world.close()


def deliver_in_as_many_sittings_as_it_takes(world: World) -> None:
    for _ in range(40):
        try:
            world.deliver()
        except (PowerCut, Interrupted, RequestFailure):
            world.fake.advance(1)
        else:
            return
    raise AssertionError("it never ended")
