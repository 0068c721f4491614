from __future__ import annotations

from tests.pipeline.world import World
from zdpipe.pipeline.check import check_destination


def test_a_usable_destination_passes_every_question(world: World) -> None:
    report = check_destination(world.bench)
    assert report.ok
    assert [check.name for check in report.checks] == ["credentials", "identity", "user fields"]
    assert world.stats["writes"] == 0


def test_a_missing_secret_fails_the_first_question(world: World) -> None:
    del world.environment["EMAIL"]
    (check,) = check_destination(world.bench).checks
    assert (check.name, check.ok) == ("credentials", False)
    assert check.hint


def test_a_wrong_token_fails_the_second_question(world: World) -> None:
    world.environment["TOKEN"] = "wrong"
    report = check_destination(world.bench)
    assert not report.ok
    assert [(check.name, check.ok) for check in report.checks] == [("credentials", True), ("identity", False)]
