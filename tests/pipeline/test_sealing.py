"""What was sealed is sent to the last byte, or nothing is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.world import QUERY, SQL, World
from zdpipe.errors import Interrupted, UsageProblem
from zdpipe.model.guard import Guard
from zdpipe.model.run import Counts, Outcome
from zdpipe.model.seal import Seal
from zdpipe.model.wish import Wish
from zdpipe.pipeline.history import list_runs, show_run
from zdpipe.pipeline.plan import plan_query
from zdpipe.pipeline.run import run_query
from zdpipe.pipeline.sealing import SealBroken


def seal(world: World, *, full: bool = False) -> Path:
    found = plan_query(world.bench, QUERY, full=full, seal=True).seal
    assert found is not None
    return world.write("plan.seal", found.as_text())


def send(world: World, path: Path, **wish: Any) -> Any:
    world.clock.advance(1)
    return run_query(world.bench, QUERY, Wish(**wish), sealed=path)


def broken(world: World, path: Path, **wish: Any) -> str:
    writes = world.stats["writes"]
    with pytest.raises(SealBroken) as caught:
        send(world, path, **wish)
    assert (caught.value.code, caught.value.exit_code) == ("seal_broken", 2)
    assert world.stats["writes"] == writes
    return caught.value.message


def payloads(world: World) -> list[str]:
    return sorted(json.dumps(user, sort_keys=True) for users in world.network.writes for user in users)


def test_an_unchanged_world_is_sent_as_it_was_sealed(world: World) -> None:
    world.many(250)
    path = seal(world)
    world.many(250)  # the same customers in another file
    assert send(world, path).counts == Counts(read=250, created=250)
    assert len(payloads(world)) == 250


def test_it_is_sent_once(world: World) -> None:
    world.many(5)
    path = seal(world)
    send(world, path)
    assert "what is known of the account changed" in broken(world, path)


def another_text(world: World) -> None:
    world.write(QUERY, f"{SQL} -- a remark")


def another_setting(world: World) -> None:
    path = world.folder / "zdpipe.toml"
    path.write_text(path.read_text() + '\n[fields.phone]\non_invalid = "reject"\n')


def one_more(world: World) -> None:
    world.many(6)


def another_value(world: World) -> None:
    world.many(5, city="Rome")


def one_rejected(world: World) -> None:
    world.customers(
        [*((f"id-{n}", f"Customer {n}", f"c{n}@example.com", "Oslo") for n in range(5)), (None,) * 4]
    )


def another_query_sent_them(world: World) -> None:
    world.run(world.write("queries/other.sql", SQL))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (another_text, "the query's text changed"),
        (another_setting, "zdpipe.toml changed"),
        (one_more, "the source changed"),
        (another_value, "the source changed"),
        (one_rejected, "the source changed"),
        (another_query_sent_them, "what is known of the account changed"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_whatever_changed_is_named_and_nothing_is_sent(
    world: World, change: Callable[[World], None], words: str
) -> None:
    world.many(5)
    path = seal(world)
    change(world)
    assert words in broken(world, path)


def test_an_attribute_table_belongs_to_the_plan(world: World) -> None:
    table = "SELECT id AS amperity_id, upper(name) AS name FROM Customer_360"
    world.write("attribute_tables/names.sql", table)
    world.write(QUERY, "SELECT amperity_id AS external_id, name AS name FROM names")
    world.many(5)
    path = seal(world)
    world.write("attribute_tables/names.sql", f"{table} -- a remark")
    assert "the attribute table names changed" in broken(world, path)
    world.write("attribute_tables/names.sql", table)
    world.write("attribute_tables/unused.sql", table)
    assert send(world, path).counts.created == 5


def test_what_makes_no_difference_breaks_nothing(world: World) -> None:
    world.many(5)
    path = seal(world)
    world.customers([(f"id-{n}", f" Customer {n}", f"C{n}@example.com", "Oslo") for n in reversed(range(5))])
    settings = world.folder / "zdpipe.toml"
    settings.write_text(settings.read_text() + "\n[guards]\ngone = 3\n")
    assert send(world, path).counts == Counts(read=5, created=5)


def test_a_text_is_looked_at_before_the_account_is_asked_and_a_stopped_run_stays(world: World) -> None:
    world.many(250)
    path = seal(world)
    world.interrupt(3)
    old = world.run()
    another_text(world)
    requests = world.stats["requests"]
    broken(world, path)
    assert world.stats["requests"] == requests
    assert [run.run_id for run in list_runs(world.bench)] == [old.run_id]


def test_a_run_that_could_go_on_is_not_closed_for_a_sealed_plan(world: World) -> None:
    world.many(250)
    path = seal(world)
    world.interrupt(5)
    old = world.run()
    assert old.counts.pending > 0
    with pytest.raises(UsageProblem, match="has not ended") as caught:
        send(world, path)
    assert f"zdpipe resume {old.run_id}" in caught.value.hint
    assert world.resume(old.run_id).counts.pending == 0


def test_a_broken_seal_ends_the_run(world: World) -> None:
    world.many(5)
    path = seal(world)
    one_more(world)
    broken(world, path)
    run = show_run(world.bench)
    assert (run.outcome, run.stop.code, run.counts) == (Outcome.FAILED, "seal_broken", Counts())
    assert run.finished_at is not None


def test_a_value_that_stays_after_all_breaks_it(world: World) -> None:
    world.many(50)
    world.run()
    rows = [(f"id-{n}", f"Customer {n}", f"c{n}@example.com", "Oslo" if n else None) for n in range(50)]
    world.customers(rows)
    path = seal(world)
    user = next(iter(world.ask("/api/v2/users/search?external_id=id-0")["users"]))
    world.act("PUT", f"/api/v2/users/{user['id']}", {"user": {"user_fields": {"city": "Bergen"}}})
    assert "what is known of the account changed" in broken(world, path)


def test_guards_judge_it_as_any_run(world: World) -> None:
    world.customers([("id-0", "Ann", None, None), ("id-1", None, None, None)])
    path = seal(world)
    assert send(world, path).was_refused
    assert send(world, path, allow=frozenset({Guard.REJECTED})).counts == Counts(
        read=2, rejected=1, created=1
    )


def test_everybody_again_is_sealed_with_it(world: World) -> None:
    world.many(5)
    world.run()
    path = seal(world, full=True)
    assert send(world, path).counts == Counts(read=5, updated=5)
    path = seal(world)
    assert "without --full" in broken(world, path, full=True)


def test_it_is_for_one_query_and_one_account(world: World) -> None:
    world.many(5)
    path = seal(world)
    other = world.write("queries/other.sql", SQL)
    with pytest.raises(SealBroken, match=r"query queries/users\.sql, not for queries/other\.sql"):
        run_query(world.bench, other, sealed=path)
    world.destinations("elsewhere", "http://127.0.0.1:9999")
    assert "the account 127.0.0.1:8977, not for 127.0.0.1:9999" in broken(world, path)


def stop_now() -> None:
    raise KeyboardInterrupt


def test_a_run_stopped_while_it_was_planned_keeps_its_seal(world: World) -> None:
    world.many(5)
    path = seal(world)
    world.listener.on_stage["comparing"] = stop_now
    with pytest.raises(Interrupted):
        send(world, path)
    one_more(world)
    with pytest.raises(SealBroken):
        world.resume()
    assert world.stats["writes"] == 0


def test_no_customer_is_in_the_file(world: World) -> None:
    world.customers([("id-4711", "Jane Doe", "jane@example.com", "Oslo")])
    text = seal(world).read_text()
    assert not [word for word in ("4711", "Jane", "jane", "Oslo") if word in text]


@pytest.mark.parametrize(
    "content", [None, b"", b"\xff\xfe", b"[]", b'{"kind": "zdpipe sealed plan"}', b"[" * 10_000]
)
def test_a_file_that_is_none_is_told(world: World, content: bytes | None) -> None:
    world.many(1)
    path = world.folder / "plan.seal"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageProblem) as caught:
        send(world, path)
    assert caught.value.code == "seal_unreadable"
    assert "--seal" in caught.value.hint


def test_the_same_project_may_lie_elsewhere(world: World, tmp_path: Path) -> None:
    world.many(5)
    first = plan_query(world.bench, QUERY, seal=True).seal
    assert first is not None
    world.folder = world.folder.rename(tmp_path / "moved")
    second = plan_query(world.bench, QUERY, seal=True).seal
    assert isinstance(second, Seal)
    assert first.is_like(replace(second, planned_at=""))
