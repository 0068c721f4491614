"""A sitting of sending, however it ends, is written down."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.pipeline.world import World
from zdpipe.errors import StateError, StateLocked
from zdpipe.model.run import Counts, Outcome


def refuse_to_merge(world: World, patch: pytest.MonkeyPatch, error: Callable[[], BaseException]) -> None:
    def merge_run(*_: object) -> None:
        raise error()

    patch.setattr("zdpipe.pipeline.sending.merge_run", merge_run)


def test_known_users_that_somebody_reads_for_long_are_merged_by_the_next_command(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.many(5)
    with monkeypatch.context() as patch:
        refuse_to_merge(world, patch, lambda: StateLocked("in use"))
        run = world.run()
    assert (run.outcome, run.stop) == (Outcome.SUCCEEDED, None)
    assert world.run().counts == Counts(read=5, unchanged=5)


@pytest.mark.parametrize(
    ("error", "outcome", "code"),
    [
        (lambda: StateError("The disk is full.", "Free some space."), Outcome.FAILED, 4),
        (KeyboardInterrupt, Outcome.INTERRUPTED, 130),
    ],
)
def test_a_stop_while_remembering_is_written_down_and_resumed(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    error: Callable[[], BaseException],
    outcome: Outcome,
    code: int,
) -> None:
    world.many(5)
    with monkeypatch.context() as patch:
        refuse_to_merge(world, patch, error)
        run = world.run()
    assert (run.outcome, run.stop.exit_code) == (outcome, code)
    assert f"zdpipe resume {run.run_id}" in run.stop.hint
    resumed = world.resume()
    assert (resumed.outcome, resumed.counts.created) == (Outcome.SUCCEEDED, 5)
    assert world.stats["writes"] == 1
    assert world.run().counts == Counts(read=5, unchanged=5)


@pytest.mark.parametrize("sleep", range(1, 14, 2))
def test_a_stop_at_any_wait_ends_with_130_and_goes_on(world: World, sleep: int) -> None:
    world.many(250)
    world.interrupt(sleep)
    run = world.run()
    if run.stop is not None:
        assert (run.outcome, run.stop.exit_code) == (Outcome.INTERRUPTED, 130)
        run.counts.check_conservation()
        run = world.resume()
    assert run.counts == Counts(read=250, created=250)
    assert world.stats["users_created"] == 250


def test_refused_people_make_a_run_partial_and_their_reasons_are_counted(world: World) -> None:
    world.customers([("id-1", "Jane", "jane@example.com", None)])
    world.run()
    world.write(
        "queries/other.sql", "SELECT 'id-2' AS external_id, 'Joe' AS name, 'JANE@example.com' AS email"
    )
    # The account knows the address as id-1's, and this project's memory of that is gone.
    for path in (world.folder / ".zdpipe" / "known").iterdir():
        path.unlink()
    run = world.run(world.folder / "queries/other.sql")
    assert (run.outcome, run.counts) == (Outcome.PARTIAL, Counts(read=1, failed=1))
    assert run.failures == {"email_taken": 1}
