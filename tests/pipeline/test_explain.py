"""What is told of a customer, and what is said where something cannot be told."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.delivery.unruly import PowerCut, cut_power_after
from tests.pipeline.adopting import a, adopt, customers, tell
from tests.pipeline.leaving import act, seen
from tests.pipeline.leaving import people as numbered
from tests.pipeline.retrying import BAD, GOOD, check_dates
from tests.pipeline.world import QUERY, SQL, World
from zdpipe.errors import UsageProblem
from zdpipe.model.batch import BatchState, ItemStatus, Sending
from zdpipe.model.gone import Deed
from zdpipe.model.journey import Did, Effect, Farewell, Journey, Role, Shared, Why
from zdpipe.model.known import KnownUser
from zdpipe.pipeline.explain import explain_person
from zdpipe.pipeline.forget import forget_person
from zdpipe.pipeline.person import AmbiguousKey
from zdpipe.pipeline.pruning import prune
from zdpipe.pipeline.retry import retry_run
from zdpipe.pipeline.rollback import rollback
from zdpipe.state.known_users import lookup

JANE = ("A-1", "Jane", "Jane@X.org", "Oslo")
JOE = ("b-2", "Joe", "joe@x.org", "Rome")


def explain(world: World, key: str, run_id: str | None = None) -> Journey:
    """Explain; nothing is asked and no file of the project changes."""
    before = world.stats["requests"]
    journey = explain_person(world.bench, key, run_id)
    assert world.stats["requests"] == before
    return journey


def codes(journey: Journey) -> list[str]:
    return [note.code for note in journey.notes]


def effects(journey: Journey) -> dict[str, tuple[Effect, str | None, str | None]]:
    return {change.field: (change.effect, change.before, change.after) for change in journey.changes}


def known(world: World, key: str) -> KnownUser:
    user = lookup(world.folder / ".zdpipe" / "known" / "127.0.0.1_8977.duckdb", key, world.clock)
    assert user is not None
    return user


def test_every_key_leads_to_the_same_person(world: World) -> None:
    world.customers([JANE, JOE])
    world.run()
    told = explain(world, "a-1")
    for key in (" A-1 ", "jane@x.org", "JANE@X.ORG", str(known(world, "a-1").zendesk_id)):
        assert explain(world, key) == told
    assert told.keys == ("a-1",)
    assert explain(world, "nobody@x.org") == explain(world, "4711") == Journey(())


def test_without_any_run_nobody_is_known(world: World) -> None:
    assert not explain(world, "a-1").is_found


def test_an_update_is_told_with_what_was_known_and_by_whom(world: World) -> None:
    world.customers([JANE, JOE])
    first = world.run()
    world.lift_guards()
    world.customers([(*JANE[:3], None), ("A-1", "Jane", "second@x.org", None), JOE])
    second = world.run()
    told = explain(world, "a-1")
    assert (told.did, told.run and told.run.run_id) == (Did.UPDATED, second.run_id)
    assert told.before is not None
    city = told.before.values["user_fields.city"]
    assert (city.value, city.run_id, city.query) == ('"Oslo"', first.run_id, str(QUERY))
    assert told.before.user_id == known(world, "a-1").zendesk_id
    assert effects(told)["user_fields.city"] == (Effect.EMPTIED, '"Oslo"', None)
    assert effects(told)["name"] == (Effect.SAME, '"Jane"', '"Jane"')
    assert [change.effect for change in told.changes if change.field == "email"] == [
        Effect.SAME,
        Effect.ADDED,
    ]
    assert [(row.row, row.role, row.why) for row in told.rows] == [
        (1, Role.LEAD, Why.PRIMARY_EMAIL),
        (2, Role.FURTHER, None),
    ]
    assert [(one.sending, one.status) for one in told.deliveries] == [
        (Sending.UPDATE, ItemStatus.UPDATED),
        (Sending.EMAIL, ItemStatus.UPDATED),
    ]
    assert explain(world, "a-1", first.run_id).did is Did.CREATED


def test_a_value_that_somebody_else_changed_is_said_to_stay(world: World) -> None:
    world.customers([JANE, JOE])
    world.run()
    user = known(world, "a-1").zendesk_id
    world.act("PUT", f"/api/v2/users/{user}", {"user": {"user_fields": {"city": "Bergen"}}})
    world.lift_guards()
    world.customers([(*JANE[:3], None), JOE])
    world.run()
    told = explain(world, "a-1")
    assert told.did is Did.UNCHANGED
    assert effects(told)["user_fields.city"][0] is Effect.KEPT
    assert effects(told)["user_fields.city"][2] == '"Bergen"'
    assert {"read_now"} <= set(codes(told))


def test_why_a_row_led(world: World) -> None:
    world.customers([JANE, (None, "Jane", "jane@x.org", "Bonn"), JOE, (*JOE[:3], "Bari")])
    world.run()
    assert [row.why for row in explain(world, "a-1").rows] == [Why.HAS_EXTERNAL_ID, None]
    joe = explain(world, "joe@x.org")
    assert [(row.why, row.role) for row in joe.rows] == [(None, Role.DUPLICATE), (Why.SMALLEST, Role.LEAD)]
    assert joe.rows[0].remarks[0].reason == "conflicting_rows"


def test_whose_an_address_became_is_told_to_both(world: World) -> None:
    world.customers([JANE, ("b-2", "Joe", "jane@x.org", "Rome"), ("c-3", "Cleo", "Jane@x.org", "Rome")])
    world.run()
    assert explain(world, "A-1").shared == (Shared("jane@x.org", "a-1", ("b-2", "c-3")),)
    assert explain(world, "b-2").shared == (Shared("jane@x.org", "a-1", ("b-2",)),)
    cell = {cell.column: cell for cell in explain(world, "c-3").rows[0].cells}["email"]
    assert cell.value == '"jane@x.org"'


def test_somebody_rejected_is_told_by_their_source(world: World) -> None:
    world.customers(
        [JANE, ("b-2", None, "joe@x.org", "Rome"), *((f"x-{n}", "X", None, None) for n in range(20))]
    )
    world.run()
    told = explain(world, "B-2")
    assert (told.did, told.deliveries, told.changes) == (Did.REJECTED, (), ())
    (row,) = told.rows
    assert (row.role, row.remarks[0].reason) == (Role.REJECTED, "name_missing")
    assert {cell.column: cell.source for cell in row.cells}["user_fields.city"] == "Rome"


def test_rows_of_unchanged_people_are_read_again_whatever_their_spelling(world: World) -> None:
    odd = ("\u2003İD-7 ", "Ida", None, "Oslo")
    world.customers([JOE, odd, (None, "Mail", "Mail@X.org", "Rome")])
    world.run()
    world.run()
    for key, place in (("i\u0307d-7", 2), ("mail@x.org", None), ("b-2", None)):
        told = explain(world, key)
        assert (told.did, codes(told)) == (Did.UNCHANGED, ["read_now"])
        assert (told.rows[0].row, told.rows[0].is_of_now, told.rows[0].role) == (place, True, Role.LEAD)
        assert told.before is not None
        assert told.before.values == {field: told.now[0].values[field] for field in told.now[0].values}


def test_what_changed_since_is_said(world: World) -> None:
    world.customers([JOE, JANE])
    world.run()
    world.run()
    world.customers([(*JOE[:3], "Bari"), JANE])
    world.write(QUERY, SQL + "\n-- later")
    told = explain(world, "b-2")
    assert (told.did, codes(told)) == (Did.UNCHANGED, ["read_now", "differs_now", "text_changed"])
    assert "user_fields.city" in told.notes[1].words
    (world.folder / QUERY).unlink()
    assert "text_gone" in codes(explain(world, "b-2"))
    (world.folder / "data.duckdb").unlink()
    unread = explain(world, "b-2")
    assert (unread.did, unread.rows) == (Did.NOTHING_KEPT, ())
    assert "unreadable_now" in codes(unread)


def test_somebody_gone_is_told_so(world: World) -> None:
    world.lift_guards()
    world.customers([JOE, JANE])
    first = world.run()
    world.customers([JANE])
    world.run()
    told = explain(world, "joe@x.org")
    assert (told.did, codes(told), told.rows) == (Did.GONE, ["gone"], ())
    assert [mention.did for mention in told.mentions] == [Did.GONE, Did.CREATED]
    assert explain(world, "b-2", first.run_id).did is Did.CREATED


def test_runs_that_did_not_have_somebody_say_why(world: World) -> None:
    world.lift_guards()
    world.customers([JOE])
    first = world.run()
    world.customers([JOE, JANE])
    world.run()
    absent = explain(world, "a-1", first.run_id)
    assert (absent.did, codes(absent)) == (Did.ABSENT, ["absent"])
    world.many(20)
    sample = world.run(sample=1)
    (one,) = pl.read_parquet(world.folder / ".zdpipe/runs" / sample.run_id / "sources.parquet")["key"]
    assert explain(world, str(one)).did is Did.CREATED
    assert codes(explain(world, "a-1", sample.run_id)) == ["not_among"]
    with pytest.raises(UsageProblem, match="There is no run"):
        explain(world, "a-1", "no-such-run")


def test_a_refused_plan_sent_nobody(world: World) -> None:
    world.customers([JOE, JANE])
    world.run()
    world.customers([(*JOE[:3], "Bari"), (*JANE[:3], "Bari")])
    refused = world.run()
    assert refused.was_refused
    told = explain(world, "b-2", refused.run_id)
    assert (told.did, codes(told)) == (Did.NOT_SENT, ["read_now", "refused"])
    assert explain(world, "b-2").run != told.run


def test_a_failure_has_zendesks_words_and_its_retry(world: World) -> None:
    check_dates(world)
    world.customers([(*JANE[:3], GOOD), (*JOE[:3], BAD)])
    failed = world.run()
    world.customers([(*JANE[:3], GOOD), (*JOE[:3], GOOD)])
    world.clock.advance(1)
    retried = retry_run(world.bench, failed.run_id)
    told = explain(world, "b-2", failed.run_id)
    assert told.did is Did.FAILED
    (delivery,) = told.deliveries
    assert (delivery.status, delivery.user_id) == (ItemStatus.FAILED, None)
    assert delivery.words
    assert told.run is not None
    assert told.run.retried_by == (retried.run_id,)
    again = explain(world, "b-2")
    assert again.run is not None
    assert (again.did, again.run.retries) == (Did.CREATED, failed.run_id)


def test_a_stopped_run_is_told_as_it_stands_and_as_it_was_resumed(world: World) -> None:
    world.many(250)
    world.network.on_write[2] = cut_power_after
    with pytest.raises(PowerCut):
        world.run()
    waiting = explain(world, "id-249")
    assert (waiting.did, waiting.deliveries[0].state) == (Did.WAITING, BatchState.READY)
    assert waiting.deliveries[0].sent_at is None
    world.resume()
    told = explain(world, "id-149")
    assert told.run is not None
    assert (told.did, told.run.resumes, told.deliveries[0].was_unsure) == (Did.CREATED, 1, True)


def test_a_replaced_run_says_by_which(world: World) -> None:
    world.many(250)
    world.network.on_write[2] = cut_power_after
    with pytest.raises(PowerCut):
        world.run()
    stopped = explain(world, "id-249").run
    assert stopped is not None
    later = world.run()
    told = explain(world, "id-249", stopped.run_id)
    assert told.run is not None
    assert (told.did, told.run.superseded_by) == (Did.NOT_SENT, later.run_id)


def test_runs_without_a_plan_have_nothing_of_anybody(world: World) -> None:
    world.customers([JANE])
    first = world.run()

    def stop() -> None:
        raise KeyboardInterrupt

    world.listener.on_stage["comparing"] = stop
    with pytest.raises(Exception, match="Stopped"):
        world.run()
    folders = {path.name for path in (world.folder / ".zdpipe" / "runs").iterdir()}
    (unplanned,) = folders - {first.run_id}
    world.write(world.folder / ".zdpipe" / "runs" / unplanned / "rejects.parquet", "half of a file")
    assert codes(explain(world, "a-1", unplanned)) == ["not_planned"]
    assert explain(world, "a-1").did is Did.CREATED


def test_damaged_files_of_one_run_hide_no_other(world: World) -> None:
    world.customers([JANE])
    first = world.run()
    world.lift_guards()
    world.customers([(*JANE[:3], "Bergen")])
    second = world.run()
    (world.folder / ".zdpipe/runs" / first.run_id / "outbox.parquet").write_bytes(b"PAR1 broken")
    told = explain(world, "a-1")
    assert (told.run and told.run.run_id, codes(told)) == (second.run_id, ["files_damaged"])


def test_runs_from_before_source_rows_were_kept_are_read_again(world: World) -> None:
    world.customers([JANE])
    run = world.run()
    (world.folder / ".zdpipe/runs" / run.run_id / "sources.parquet").unlink()
    told = explain(world, "a-1")
    assert (told.did, codes(told), told.rows[0].is_of_now) == (Did.CREATED, ["read_now"], True)
    assert effects(told)["name"] == (Effect.SET, None, '"Jane"')
    world.lift_guards()
    world.customers([(*JANE[:3], "Bergen")])
    update = world.run()
    (world.folder / ".zdpipe/runs" / update.run_id / "sources.parquet").unlink()
    assert effects(explain(world, "a-1"))["user_fields.city"] == (Effect.SENT, None, '"Bergen"')


def test_of_somebody_forgotten_only_places_are_left(world: World) -> None:
    world.customers([JANE, JOE])
    run = world.run()
    forget_person(world.bench, "a-1")
    outbox = pl.read_parquet(world.folder / ".zdpipe/runs" / run.run_id / "outbox.parquet")
    (key,) = [key for key in outbox["key"] if key.startswith("forgotten-")]
    told = explain(world, key)
    assert (told.did, codes(told), told.now) == (Did.CREATED, ["forgotten"], ())
    assert all(cell.source is cell.value is None for row in told.rows for cell in row.cells)
    assert not explain(world, "a-1").is_found


def test_an_agent_is_said_to_be_one(world: World) -> None:
    world.customers([JANE])
    world.run()
    told = explain(world, "admin@example.com")
    assert (told.run, codes(told)) == (None, ["staff"])


def test_people_with_a_key_in_common_are_named(world: World) -> None:
    world.lift_guards()
    world.customers([("a-1", None, "both@x.org", None), ("b-2", None, "both@x.org", None)])
    world.run()
    with pytest.raises(AmbiguousKey) as caught:
        explain(world, "both@x.org")
    assert caught.value.candidates == ("a-1", "b-2")


def test_a_new_file_of_known_users_lends_no_old_value_its_runs(world: World) -> None:
    world.lift_guards()
    world.customers([JANE])
    world.run()
    world.customers([(*JANE[:3], "Bergen")])
    second = world.run()
    for path in (world.folder / ".zdpipe" / "known").glob("*.duckdb"):
        path.unlink()
    world.run()
    before = explain(world, "a-1", second.run_id).before
    assert before is not None
    assert {(held.run_id, held.acknowledged_at) for held in before.values.values()} == {(None, None)}


def test_what_is_acknowledged_is_merged_first(world: World) -> None:
    world.customers([JANE])
    world.run()
    state = world.folder / ".zdpipe"
    for path in (state / "known").glob("*.duckdb"):
        path.unlink()
    with closing(sqlite3.connect(state / "state.sqlite")) as connection:
        connection.execute("UPDATE batches SET merged = 0")
        connection.commit()
    assert explain(world, "a-1").now[0].primary_email == "jane@x.org"


def test_the_amperity_id_is_shown_and_never_sent(world: World) -> None:
    world.write(QUERY, SQL.replace("SELECT ", "SELECT id AS amperity_id, "))
    world.customers([JANE])
    world.run()
    for journey in (explain(world, "a-1"), _again(world)):
        cells: dict[str, Any] = {cell.column: cell for cell in journey.rows[0].cells}
        assert (cells["amperity_id"].source, cells["amperity_id"].treatments) == ("A-1", ())
        assert cells["name"].value == '"Jane"'


def _again(world: World) -> Journey:
    world.run()
    return explain(world, "a-1")


def test_nothing_of_the_project_changes(world: World) -> None:
    world.customers([JANE, JOE])
    world.run()
    world.run()

    def files() -> dict[Path, bytes]:
        found = (
            path for path in world.folder.rglob("*") if path.is_file() and "state.sqlite" not in path.name
        )
        return {path: path.read_bytes() for path in found}

    (world.folder / "schema.json").write_text('{"format": 1}', encoding="utf-8")
    before = files()
    explain(world, "a-1")
    assert files() == before


def test_what_was_adopted_is_said_to_have_been_read(people: World) -> None:
    tell(people, external_id="k1", email="k1@example.com")
    customers(people, a("k1", "k1@example.com"))
    adopt(people)
    assert explain(people, "k1").run is None
    unchanged = people.run()
    told = explain(people, "k1")
    assert (told.did, told.run and told.run.run_id) == (Did.UNCHANGED, unchanged.run_id)
    customers(people, a("k1", "k1@example.com", city="Rome"))
    people.run()
    changed = explain(people, "k1")
    assert changed.before is not None
    city = changed.before.values["user_fields.city"]
    assert (city.is_ours, str(city.run_id).startswith("adopt-")) == (False, True)
    assert effects(changed)["user_fields.city"] == (Effect.CHANGED, '"Oslo"', '"Rome"')


def test_a_rollback_is_told_without_rows(people: World) -> None:
    tell(people, external_id="k1", email="k1@example.com")
    customers(people, a("k1", "k1@example.com", city="Rome"), a("k2", "k2@example.com"))
    run = people.run(remember=True)
    people.clock.advance(1)
    with rollback(people.bench, run.run_id) as planned:
        back = planned.send(suspend_created=False)
    told = explain(people, "k1")
    assert told.run is not None
    assert (told.run.run_id, told.run.rolls_back, codes(told)) == (back.run_id, run.run_id, ["rollback"])
    assert effects(told)["user_fields.city"] == (Effect.CHANGED, '"Rome"', '"Oslo"')
    assert codes(explain(people, "k2", back.run_id)) == ["not_among"]


def test_somebody_known_by_an_address_alone_keeps_what_was_known(world: World) -> None:
    world.customers([(None, "Jane", "jane@x.org", "Oslo"), JOE])
    world.run()
    world.lift_guards()
    world.customers([(*JANE[:3], "Bergen"), JOE])
    world.run()
    told = explain(world, "a-1")
    assert told.before is not None
    assert told.before.values["user_fields.city"].value == '"Oslo"'


def test_what_others_filled_is_no_change_of_the_source(world: World) -> None:
    with (world.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
        file.write('\n[fields."user_fields.city"]\nonly_if_empty = true\n')
    theirs = {"name": "Jane", "external_id": "A-1", "user_fields": {"city": "Bergen"}}
    world.tell("/api/v2/users", {"user": theirs | {"skip_verify_email": True}})
    world.customers([JANE, JOE])
    assert world.run().warnings == {"not_empty": 1}
    world.customers([JANE, (*JOE[:3], "Oslo")])
    world.run()
    told = explain(world, "a-1")
    assert (told.did, codes(told)) == (Did.UNCHANGED, ["read_now", "not_empty"])
    assert codes(explain(world, "b-2")) == ["read_now"]


def leave(world: World, action: str) -> tuple[str, int]:
    """Let the third of three customers leave; return the run that saw to it, and the user."""
    world.customers(numbered(1, 2, 3))
    world.run()
    user_id = int(seen(world, 3)["id"])
    act(world, action, tag="gone")
    world.customers(numbered(1, 2))
    return str(world.run().run_id), user_id


def test_why_somebody_gone_is_suspended_is_told_ever_after(world: World) -> None:
    run_id, user_id = leave(world, "suspend")
    world.clock.advance(1)
    later = world.run().run_id
    told = explain(world, "id-3")
    assert (told.run and told.run.run_id, told.did, codes(told)) == (run_id, Did.GONE, [])
    assert told.deeds == (Farewell(run_id, Deed.SUSPEND, "done", user_id),)
    assert [(mention.did, mention.deeds) for mention in told.mentions] == [
        (Did.GONE, told.deeds),
        (Did.CREATED, ()),
    ]
    afterwards = explain(world, "id-3", later)
    assert (afterwards.did, codes(afterwards), afterwards.deeds) == (Did.ABSENT, ["gone_before"], ())
    assert f"{run_id}, which saw to it: suspend, done" in afterwards.notes[0].words
    assert explain(world, "id-2").deeds == ()


def test_who_was_deleted_is_found_by_every_key(world: World) -> None:
    run_id, user_id = leave(world, "delete")
    world.run()
    for key in ("ID-3", "c3@example.com", str(user_id)):
        told = explain(world, key)
        assert (told.run and told.run.run_id, told.did, told.now) == (run_id, Did.GONE, ())
        assert told.deeds == (Farewell(run_id, Deed.DELETE, "done", user_id),)
    created = told.mentions[-1].run_id
    prune(world.bench, 2)
    assert [mention.run_id for mention in explain(world, "id-3").mentions] == [run_id]
    assert created != run_id
    forget_person(world.bench, "id-3")
    assert not explain(world, "id-3").is_found
    errands = pl.read_parquet(world.folder / ".zdpipe/runs" / run_id / "errands.parquet")
    (forgotten,) = explain(world, str(errands["key"][0])).deeds
    assert (forgotten.deed, forgotten.fate, forgotten.user_id) == (Deed.DELETE, "done", None)


def test_who_came_back_has_what_was_taken_back(world: World) -> None:
    left, user_id = leave(world, "suspend")
    away = world.run().run_id
    world.customers(numbered(1, 2, 3))
    back = world.run().run_id
    told = explain(world, "id-3")
    assert (told.run and told.run.run_id, told.did) == (back, Did.UPDATED)
    assert told.deeds == (Farewell(back, Deed.LIFT, "done", user_id),)
    assert [(mention.run_id, mention.did) for mention in told.mentions] == [
        (back, Did.UPDATED),
        (left, Did.GONE),
        (told.mentions[-1].run_id, Did.CREATED),
    ]
    assert codes(explain(world, "id-3", away)) == ["gone_before"]
    unchanged = world.run().run_id
    assert (explain(world, "id-3").did, explain(world, "id-3", unchanged).deeds) == (Did.UNCHANGED, ())


def test_what_is_not_done_yet_is_pending(world: World) -> None:
    world.customers(numbered(1, 2, 3))
    world.run()
    act(world, "suspend")
    world.customers(numbered(1, 2))
    world.network.on_deed[1] = cut_power_after
    with pytest.raises(PowerCut):
        world.run()
    waiting = explain(world, "id-3")
    assert (waiting.did, [deed.fate for deed in waiting.deeds]) == (Did.GONE, ["pending"])
    assert waiting.run is not None
    world.resume()
    assert [deed.fate for deed in explain(world, "id-3").deeds] == ["done"]
