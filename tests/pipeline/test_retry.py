"""The people who failed in a run, once more, and nobody else."""

from __future__ import annotations

import pytest

from tests.pipeline.retrying import BAD, GOOD, SQL, check_dates, names, people, retry, start, written
from tests.pipeline.world import QUERY, World
from zdpipe.model.guard import Guard
from zdpipe.model.run import Counts, Outcome, Retried
from zdpipe.pipeline.history import list_runs, rejects
from zdpipe.pipeline.retry import retry_run, run_to_retry


@pytest.fixture(autouse=True)
def query(world: World) -> None:
    check_dates(world)


def test_only_those_who_failed_are_sent_again(world: World) -> None:
    run_id = start(world, people(250, 3, 120, 249))
    names(world)
    world.customers(list(people(250).values()))
    run = retry(world, run_id)
    assert sorted(names(world)) == ["id-120", "id-249", "id-3"]
    assert run.counts == Counts(read=3, created=3)
    assert (run.outcome, run.retries, run.retried) == (Outcome.SUCCEEDED, run_id, Retried(3, 0))
    assert world.run().counts == Counts(read=250, unchanged=250)


def test_others_who_changed_meanwhile_wait_for_a_run(world: World) -> None:
    rows = people(5, 2)
    run_id = start(world, rows)
    names(world)
    world.customers([(i, f"{name} the Second", email, GOOD) for i, name, email, _ in rows.values()])
    assert retry(world, run_id).counts == Counts(read=1, created=1)
    assert names(world) == ["id-2"]
    assert world.run(allow=Guard.UPDATED).counts == Counts(read=5, unchanged=1, updated=4)


def test_the_query_runs_as_its_file_stands_now(world: World) -> None:
    run_id = start(world, people(3, 1))
    list(written(world))
    world.write(
        QUERY, SQL.replace("city AS", "TRY_CAST(city AS DATE) AS").replace("name AS", "upper(name) AS")
    )
    assert retry(world, run_id).counts.created == 1
    assert [user["name"] for user in written(world)] == ["CUSTOMER 1"]


@pytest.mark.parametrize("remember", [True, False])
def test_a_retry_remembers_what_its_run_would_have(world: World, remember: bool) -> None:
    world.customers(list(people(3, 1).values()))
    run_id = world.run(remember=remember).run_id
    again = retry(world, run_id)
    assert (world.folder / ".zdpipe" / "runs" / again.run_id / "before-0.parquet").exists() is remember


def test_a_retry_of_a_retry_names_the_one_before(world: World) -> None:
    first = start(world, people(6, 1, 2))
    world.customers(list(people(6, 2).values()))
    second = retry(world, first)
    assert (second.outcome, second.counts) == (Outcome.PARTIAL, Counts(read=2, created=1, failed=1))
    names(world)
    third = retry(world, second.run_id)
    assert (third.retries, third.retried) == (second.run_id, Retried(1, 0))
    assert names(world) == ["id-2"]


def test_who_arrived_since_is_not_sent_again(world: World) -> None:
    run_id = start(world, people(4, 1, 2))
    world.customers(list(people(4).values()))
    retry(world, run_id)
    names(world)
    assert retry(world, run_id).counts == Counts(read=2, unchanged=2)
    assert names(world) == []


def test_who_left_the_query_is_counted(world: World) -> None:
    rows = people(4, 1, 2)
    run_id = start(world, rows)
    names(world)
    world.customers([rows["id-0"], rows["id-1"]])
    run = retry(world, run_id)
    assert (run.counts, run.retried) == (Counts(read=1, failed=1), Retried(2, 1))
    world.customers([])
    run = retry(world, run_id)
    assert (run.counts, run.retried, run.outcome) == (Counts(), Retried(2, 2), Outcome.SUCCEEDED)


def test_only_their_own_rejected_rows_count(world: World) -> None:
    rows = people(4, 1, 2)
    run_id = start(world, rows)
    world.customers(
        [
            rows["id-0"],
            ("ID-1", None, None, None),
            ("id-2", "Customer 2", None, GOOD),
            ("id-2", "", None, GOOD),
            ("id-3", None, None, GOOD),
            (None, None, None, None),
        ]
    )
    run = retry(world, run_id)
    assert run.counts == Counts(read=3, rejected=2, created=1)
    assert (run.rejections, run.retried) == ({"name_missing": 2}, Retried(2, 0))
    assert rejects(world.bench, run.run_id).rows["row"].to_list() == [2, 4]


def test_only_warnings_about_their_rows_count(world: World) -> None:
    run_id = start(world, people(3, 1))
    world.customers([(f"id-{n}", f"Customer {n}", "no address", GOOD) for n in range(3)])
    assert retry(world, run_id).warnings == {"invalid_email": 1}


def test_all_of_their_rows_are_read(world: World) -> None:
    run_id = start(world, people(3, 1))
    names(world)
    more = [("ID-1", "Customer 1", "c1@work.example", GOOD), ("id-1", "Customer 1", "c1@work.example", GOOD)]
    world.customers([*people(3).values(), *more])
    run = retry(world, run_id)
    assert run.counts == Counts(read=3, created=1, updated=1, duplicate=1)
    assert {user["email"] for user in written(world)} == {"c1@example.com", "c1@work.example"}


def test_every_row_has_its_say_in_whose_an_address_is(world: World) -> None:
    run_id = start(world, people(3, 2))
    list(written(world))
    rows = people(3)
    rows["id-0"] = ("id-0", "Customer 0", "c2@example.com", GOOD)
    world.customers(list(rows.values()))
    run = retry(world, run_id)
    assert (run.counts, run.warnings) == (Counts(read=1, created=1), {"email_shared": 1})
    assert ["email" in user for user in written(world)] == [False]


def test_a_person_known_by_an_address_alone_is_found_under_an_id_too(world: World) -> None:
    run_id = start(
        world, {"a": (None, "Ann", "ann@example.com", BAD), "b": (None, "Bob", "bob@example.com", BAD)}
    )
    world.customers([("ann-1", "Ann", "ann@example.com", GOOD), (None, "Bob", "bob@example.com", GOOD)])
    run = retry(world, run_id)
    assert (run.counts, run.retried) == (Counts(read=2, created=2), Retried(2, 0))


def test_an_id_that_looks_like_an_address_is_no_address(world: World) -> None:
    run_id = start(world, {"a": ("ann@example.com", "Ann", None, BAD), "b": ("b", "Bob", None, GOOD)})
    world.customers([("other", "Other", "ann@example.com", GOOD)])
    run = retry(world, run_id)
    assert (run.counts, run.retried) == (Counts(), Retried(1, 1))


def test_a_person_whose_further_address_was_held_back_is_one_person(world: World) -> None:
    rows = people(2, 1)
    further = ("id-1", "Customer 1", "z@work.example", BAD)
    run_id = start(world, rows | {"further": further})
    assert run_to_retry(world.bench, run_id).failures["lead_failed"] == 1
    world.customers(
        [("id-1", "Customer 1", "c1@example.com", GOOD), ("id-1", "Customer 1", "z@work.example", GOOD)]
    )
    run = retry(world, run_id)
    assert (run.counts, run.retried) == (Counts(read=2, created=1, updated=1), Retried(1, 0))


def test_everybody_is_sent_where_the_run_sent_everybody(world: World) -> None:
    world.customers(list(people(3).values()))
    world.run()
    rows = people(3, 1)
    world.customers(list(rows.values()))
    run = world.run(full=True)
    assert run.counts == Counts(read=3, updated=2, failed=1)
    world.customers(list(people(3).values()))  # as it was acknowledged first
    assert retry(world, run.run_id).counts == Counts(read=1, updated=1)


def test_nobody_failed_is_the_runs_own_report_and_no_request(world: World) -> None:
    world.customers(list(people(3).values()))
    run = world.run()
    requests = world.stats["requests"]
    again = retry_run(world.bench, run.run_id)
    assert (again.run_id, again.retries, again.outcome) == (run.run_id, None, Outcome.SUCCEEDED)
    assert world.stats["requests"] == requests
    assert len(list_runs(world.bench)) == 1
