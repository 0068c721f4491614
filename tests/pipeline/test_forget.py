"""Who is meant by a key, what is refused, and what is left of words about a person."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.delivery.unruly import PowerCut, answering, cut_power_after
from tests.pipeline.retrying import BAD, GOOD, check_dates
from tests.pipeline.world import QUERY, World
from tests.stories.searching import found_in
from zdpipe.errors import StateError, StateLocked, UsageProblem
from zdpipe.model.forgotten import Forgotten
from zdpipe.pipeline.forget import forget_person
from zdpipe.pipeline.history import failures, list_runs
from zdpipe.state.known_users import lookup
from zdpipe.state.locks import writing_to

ACCOUNT = "127.0.0.1:8977"
KEY, NAME, EMAIL, FURTHER = "ZQ-7731", "Zebulona  Quux", "zeb@unusual.example", "zq@second.example"
PLANTED = (KEY, "Zebulona Quux", EMAIL, FURTHER)
JANE = (KEY, NAME, EMAIL, "Oslo")
JOE = ("id-1", "Joe", "joe@example.com", "Rome")
PHONE = "+12063428631"
FOUND = {KEY, KEY.lower(), EMAIL, f" {EMAIL.upper()} ", FURTHER}


def state(world: World) -> Path:
    return world.folder / ".zdpipe"


def left(world: World) -> dict[str, set[str]]:
    return found_in(state(world), PLANTED)


def forget(world: World, key: str = KEY) -> Forgotten:
    forgotten = forget_person(world.bench, key)
    for run in list_runs(world.bench):
        run.counts.check_conservation()
    return forgotten


def known(world: World, key: str) -> object:
    return lookup(state(world) / "known" / "127.0.0.1_8977.duckdb", key, world.clock)


@pytest.mark.parametrize("key", sorted(FOUND))
def test_every_key_of_a_person_leads_to_everything(world: World, key: str) -> None:
    world.customers([JANE, (KEY, NAME, FURTHER, "Oslo"), JOE])
    world.run()
    zendesk_id = getattr(known(world, KEY.lower()), "zendesk_id", None)
    assert left(world)
    forgotten = forget(world, key)
    assert left(world) == {}
    assert forgotten.found
    assert forgotten.zendesk == [(ACCOUNT, zendesk_id)]
    assert (forgotten.erased.known, forgotten.erased.sent) == (4, 2)
    assert (known(world, KEY.lower()), known(world, "id-1") is not None) == (None, True)


def test_a_zendesk_id_leads_to_them_as_well(world: World) -> None:
    world.customers([JANE, JOE])
    world.run()
    zendesk_id = getattr(known(world, KEY.lower()), "zendesk_id", None)
    assert forget(world, str(zendesk_id)).found
    assert left(world) == {}


def test_an_external_id_counts_before_a_zendesk_id_of_the_same_digits(world: World) -> None:
    world.lift_guards()
    world.customers([JANE])
    world.run()
    zendesk_id = str(getattr(known(world, KEY.lower()), "zendesk_id", None))
    world.customers([JANE, (zendesk_id, "Joe", "joe@example.com", "Rome")])
    world.run()
    forget(world, zendesk_id)
    assert left(world)
    assert known(world, zendesk_id) is None


def test_an_address_that_got_an_external_id_later_is_the_same_person(world: World) -> None:
    world.customers([(None, NAME, EMAIL, "Oslo"), JOE])
    world.run()
    world.customers([JANE, JOE])
    world.run()
    forget(world, KEY)
    assert left(world) == {}


def test_two_customers_with_one_address_have_to_be_told_apart(world: World) -> None:
    world.customers([JANE, JOE])
    world.run()
    with closing(duckdb.connect(state(world) / "known" / "127.0.0.1_8977.duckdb")) as connection:
        connection.execute("INSERT INTO emails VALUES (?, 'id-1', 1)", [EMAIL])
    with pytest.raises(UsageProblem, match="2 customers") as caught:
        forget(world, EMAIL)
    assert caught.value.code == "ambiguous"
    assert left(world)
    forget(world, KEY)
    assert known(world, "id-1") is not None


def test_nobody_is_told_and_nothing_changes(world: World) -> None:
    world.customers([JOE])
    world.run()
    before = {path: path.read_bytes() for path in state(world).rglob("*.parquet")}
    assert not forget(world, "nobody@example.com").found
    assert not forget(world, "4711").found
    assert {path: path.read_bytes() for path in state(world).rglob("*.parquet")} == before


def test_without_any_run_nobody_is_known(world: World) -> None:
    assert not forget(world).found


def test_rejected_rows_without_any_identity_go_where_they_name_the_person(world: World) -> None:
    world.lift_guards()
    world.write(
        QUERY,
        "SELECT id AS amperity_id, id AS external_id, name AS name, email AS email, city AS phone"
        " FROM Customer_360",
    )
    phone = "(206) 342-8631"
    world.customers(
        [
            (KEY, NAME, EMAIL, phone),
            (KEY, None, "joe@example.com", phone),
            (None, f" {NAME} ", None, None),
            (None, "Zeb", None, "206.342.8631"),
            (None, "Zeb", "broken@", "1 206 342 8631"),
            ("id-1", None, EMAIL, None),
            ("id-2", None, "id-2@example.com", None),
        ]
    )
    run = world.run()
    assert run.counts.rejected == 6
    forgotten = forget(world)
    assert found_in(state(world), [*PLANTED, phone, "206.342.8631", "1 206 342 8631", PHONE]) == {}
    assert (forgotten.erased.left_out, forgotten.erased.mentions) == (4, 1)
    rejects = pl.read_parquet(state(world) / "runs" / run.run_id / "rejects.parquet")
    kept = rejects.filter(~pl.col("key").str.starts_with("forgotten-"))
    assert kept["key"].to_list() == ["id-1", "id-2"]
    assert kept["source.email"].to_list() == [None, "id-2@example.com"]


def test_somebody_who_was_only_ever_rejected_can_be_forgotten(world: World) -> None:
    world.customers([(KEY, None, EMAIL, "Oslo"), JOE])
    world.run()
    assert forget(world, EMAIL).erased.left_out == 1
    assert left(world) == {}


def test_words_about_others_lose_the_person_and_nothing_else(world: World) -> None:
    check_dates(world)
    world.customers([(*JANE[:3], GOOD), ("id-1", "Joe", "joe@example.com", BAD)])
    run = world.run()
    words = f"Zendesk says: ZEB@unusual.example, zebulona quux (zq-7731) and {BAD} are in job 12."
    stop = {"code": "x", "message": f"Name Zebulona Quux: {EMAIL}", "hint": "", "exit_code": 4}
    sql = f"SELECT 1 -- all but '{EMAIL}' and {KEY}x"
    with closing(sqlite3.connect(state(world) / "state.sqlite")) as connection:
        connection.execute("UPDATE results SET details = ? WHERE status = 'failed'", [words])
        connection.execute("UPDATE runs SET stop = ?, sql = ?", [json.dumps(stop), sql])
        connection.commit()
    forgotten = forget(world)
    assert forgotten.erased.mentions == 3
    (failed,) = failures(world.bench).rows.to_dicts()
    assert failed["details"] == (
        f"Zendesk says: (forgotten), (forgotten) ((forgotten)) and {BAD} are in job 12."
    )
    with closing(sqlite3.connect(state(world) / "state.sqlite")) as connection:
        ((stop_now, sql_now),) = connection.execute("SELECT stop, sql FROM runs").fetchall()
    assert json.loads(stop_now)["message"] == "Name (forgotten): (forgotten)"
    assert sql_now == f"SELECT 1 -- all but '(forgotten)' and {KEY}x"
    assert run.run_id in [entry.run_id for entry in list_runs(world.bench)]


def test_a_refused_batch_quotes_no_neighbour_that_is_forgotten(world: World) -> None:
    world.lift_guards()
    world.network.on_write[1] = answering(422, f"Invalid: {EMAIL} in {{'name': 'Zebulona Quux'}}")
    world.customers([JOE])
    world.run()
    world.customers([JANE, JOE])
    world.run()
    forget(world)
    assert left(world) == {}


def test_results_whose_outbox_is_gone_lose_what_they_say_of_the_person(world: World) -> None:
    world.customers([JANE, JOE])
    run = world.run()
    zendesk_id = str(getattr(known(world, KEY.lower()), "zendesk_id", None))
    (state(world) / "runs" / run.run_id / "outbox.parquet").unlink()
    assert forget(world, EMAIL).found
    assert found_in(state(world), [*PLANTED, zendesk_id]) == {}


def test_a_run_cut_off_before_its_plan_keeps_no_half_made_files(world: World) -> None:
    world.customers([JANE, JOE])

    def stop() -> None:
        raise KeyboardInterrupt

    world.listener.on_stage["comparing"] = stop
    with pytest.raises(Exception, match="Stopped"):
        world.run()
    (folder,) = (state(world) / "runs").iterdir()
    world.write(folder / "rejects.parquet", f"half of a file about {NAME} {EMAIL}")
    world.write(folder / "rejects.csv", f"{KEY},{NAME}")
    assert not forget(world).found
    assert left(world) == {}
    world.customers([JOE])
    assert world.resume().counts.created == 1


def test_a_planned_run_that_would_still_send_them_is_finished_first(world: World) -> None:
    world.many(250)
    world.network.on_write[2] = cut_power_after
    with pytest.raises(PowerCut):
        world.run()
    (run,) = list_runs(world.bench)
    with pytest.raises(UsageProblem, match="still send") as caught:
        forget(world, "id-7")
    assert (caught.value.code, run.run_id in caught.value.hint) == ("unfinished_run", True)
    assert not (state(world) / "forgetting.json").exists()
    world.resume()
    assert forget(world, "id-7").found
    assert world.run().counts.updated == 1  # the source and Zendesk still have them


def test_a_query_that_names_them_and_is_to_run_again_is_finished_first(world: World) -> None:
    world.customers([JANE, JOE])
    world.run()
    world.write(QUERY, f"{(world.folder / QUERY).read_text()} WHERE email <> '{EMAIL}'")

    def stop() -> None:
        raise KeyboardInterrupt

    world.listener.on_stage["comparing"] = stop
    with pytest.raises(Exception, match="Stopped"):
        world.run()
    with pytest.raises(UsageProblem, match="names this customer"):
        forget(world)
    world.resume()
    forget(world)
    assert left(world) == {}


def test_results_are_merged_before_so_that_nobody_comes_back(world: World) -> None:
    world.customers([JANE, JOE])
    world.run()
    (path,) = (state(world) / "known").glob("*.duckdb")
    path.unlink()
    with closing(sqlite3.connect(state(world) / "state.sqlite")) as connection:
        connection.execute("UPDATE batches SET merged = 0")
        connection.commit()
    forget(world)
    assert left(world) == {}
    assert world.run().counts.unchanged == 1


def test_one_writer_at_a_time(world: World) -> None:
    world.customers([JANE])
    world.run()
    bench = world.bench
    with writing_to(bench.machine_state, ACCOUNT, bench.holder()), pytest.raises(StateLocked):
        forget(world)
    assert left(world)


def test_not_while_another_command_has_the_source_in_its_files(world: World) -> None:
    world.customers([JANE])
    world.run()
    folder = state(world) / "tmp" / f"session-{os.getpid()}-x"
    folder.mkdir()
    with pytest.raises(StateLocked, match="Another command") as caught:
        forget(world)
    assert str(folder) in caught.value.hint
    folder.rmdir()
    assert forget(world).found


def test_a_file_that_nobody_can_read_is_told_with_its_cure(world: World) -> None:
    world.customers([JANE])
    run = world.run()
    outbox = state(world) / "runs" / run.run_id / "outbox.parquet"
    outbox.write_bytes(b"PAR1 broken")
    with pytest.raises(StateError, match="cannot be read") as caught:
        forget(world)
    assert (caught.value.code, str(outbox.parent) in caught.value.hint) == ("run_files_damaged", True)


def test_a_damaged_note_is_told_with_its_cure(world: World) -> None:
    world.customers([JANE])
    world.run()
    world.write(state(world) / "forgetting.json", "{")
    with pytest.raises(StateError, match=r"forgetting\.json") as caught:
        forget(world)
    assert "Remove it" in caught.value.hint


def test_staff_are_forgotten_until_a_run_asks_for_them_again(world: World) -> None:
    world.customers([JOE])
    world.run()
    (path,) = (state(world) / "known").glob("*.staff.json")
    assert "admin@example.com" in path.read_text(encoding="utf-8")
    forgotten = forget(world, "Admin@Example.com")
    assert (forgotten.found, forgotten.erased.mentions) == (True, 1)
    assert found_in(state(world), ["admin@example.com"]) == {}
    world.run()
    assert "admin@example.com" in path.read_text(encoding="utf-8")
