"""A run taken back: what is put back, what stays and why, and what the next plan makes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import polars as pl
import pytest

from tests.delivery.unruly import PowerCut, answering
from tests.pipeline.adopting import a, adopt, customers, known, plan, rewrite, tell
from tests.pipeline.world import World
from tests.stories.searching import found_in
from zdpipe import parted
from zdpipe.errors import StateError, UsageProblem
from zdpipe.model.rollback import NotRestorable, RollbackPlan
from zdpipe.model.run import Counts, Outcome
from zdpipe.pipeline.forget import forget_person
from zdpipe.pipeline.history import list_runs
from zdpipe.pipeline.retry import retry_run
from zdpipe.pipeline.rollback import rollback
from zdpipe.zendesk.client import ZendeskClient

READ, LATER = NotRestorable.NOT_READ, NotRestorable.WRITTEN_BY_LATER_RUN
OTHERS, CREATED = NotRestorable.CHANGED_BY_OTHERS, NotRestorable.CREATED


def take_back(world: World, run_id: str, *, suspend_created: bool = False) -> tuple[RollbackPlan, Any]:
    world.clock.advance(1)
    with rollback(world.bench, run_id, suspend_created=suspend_created) as planned:
        if planned.plan.is_empty:
            return planned.plan, None
        return planned.plan, planned.send(suspend_created=suspend_created)


def account(world: World) -> dict[int, Any]:
    """Return everything that matters of every user: properties, addresses and numbers."""
    users = world.ask("/api/v2/users?role=end-user&page[size]=100&include=identities")
    held = {}
    for user in users["users"]:
        mine = [each for each in users["identities"] if each["user_id"] == user["id"]]
        held[user["id"]] = (
            {name: user[name] for name in ("name", "phone", "external_id", "email", "suspended")},
            user["user_fields"],
            sorted((each["type"], each["value"], each["primary"]) for each in mine),
        )
    return held


def a_user(world: World, key: str, **user: Any) -> int:
    return tell(world, external_id=key, email=f"{key}@example.com", phone=None, **user)


def test_values_are_put_back_and_the_next_plan_shows_the_difference_again(people: World) -> None:
    a_user(people, "k1")
    customers(people, a("k1", "k1@example.com", phone="+12063428631", city="Rome", opted="false", born=None))
    before = account(people)
    run = people.run(remember=True)
    assert account(people) != before
    found, report = take_back(people, run.run_id)
    assert dict(found.fields) == {"phone": 1, "user_fields.city": 1, "user_fields.email_opt_in": 1}
    assert (found.people, found.identities, dict(found.left)) == (1, 0, {})
    assert (report.outcome, report.counts, report.rolls_back) == (
        Outcome.SUCCEEDED,
        Counts(1, updated=1),
        run.run_id,
    )
    assert account(people) == before
    changed = {name for name, count in plan(people).updates.items() if count}
    assert changed == {"phone", "user_fields.city", "user_fields.email_opt_in"}
    assert people.run().counts.updated == 1


@pytest.mark.parametrize("parts", [2, 5])
def test_what_a_run_wrote_is_found_out_in_parts(
    people: World, monkeypatch: pytest.MonkeyPatch, parts: int
) -> None:
    for key in ("k1", "k2", "k3"):
        a_user(people, key, user_fields={"city": "Oslo"})
    # The second has a row more, whose address is another user object of the same person.
    rows = [a(key, f"{key}@example.com", city="Rome") for key in ("k1", "k2", "k3", "k4")]
    customers(people, *rows, a("k2", "other@example.com", city="Rome"))
    before = account(people)
    run = people.run(remember=True)
    with rollback(people.bench, run.run_id) as planned:
        whole = planned.plan
    monkeypatch.setattr(parted, "_VALUES_A_PART", 1)
    monkeypatch.setattr(parted, "_MOST_PARTS", parts)
    found, report = take_back(people, run.run_id)
    assert replace(found, requests=0) == replace(whole, requests=0)
    assert (found.people, found.left[CREATED]) == (3, 1)
    assert report.outcome is Outcome.SUCCEEDED
    assert {user: held for user, held in account(people).items() if user in before} == before


def test_what_was_never_ours_is_not_emptied_later_and_what_was_is(people: World) -> None:
    a_user(people, "k1", user_fields={"city": "Oslo"})
    customers(people, a("k1", "k1@example.com", phone=None, city="Rome", born="1990-01-31"))
    theirs = people.run(remember=True)
    take_back(people, theirs.run_id)
    assert not known(people, "k1").values["user_fields.city"].is_ours
    assert known(people, "k1").values["user_fields.city"].value == '"Oslo"'
    customers(people, a("k1", "k1@example.com", phone=None, city="Rome", born="1990-02-01"))
    people.run()
    customers(people, a("k1", "k1@example.com", phone=None, city="Bergen", born="1990-02-01"))
    ours = people.run(remember=True)
    take_back(people, ours.run_id)
    city = known(people, "k1").values["user_fields.city"]
    assert (city.value, city.is_ours) == ('"Rome"', True)


def test_addresses_and_numbers_that_the_run_added_go_and_others_stay(people: World) -> None:
    user = a_user(people, "k1")
    bare = tell(people, external_id="k2", phone="+12063428632")
    rewrite(people, user, phone="+12063428630")
    customers(
        people,
        a("k1", "k1@example.com", phone="+12063428631"), a("k1", "b@example.com", phone="+12063428631"),
        a("k1", "c@example.com", phone="+12063428631"), a("k2", "two@example.com", phone="+12063428632"),
    )  # fmt: skip
    people.act(
        "POST", f"/api/v2/users/{user}/identities", {"identity": {"type": "email", "value": "c@example.com"}}
    )
    before = account(people)
    run = people.run(remember=True)
    found, report = take_back(people, run.run_id)
    assert (found.identities, dict(found.left)) == (2, {NotRestorable.IDENTITY_LEADS: 1})
    assert report.outcome is Outcome.SUCCEEDED
    assert account(people)[user] == before[user]
    assert account(people)[bare][0]["email"] == "two@example.com"
    assert known(people, "k1").emails == ("c@example.com", "k1@example.com")
    again = plan(people)
    assert (again.updates["email"], again.updates["phone"]) == (1, 1)


def test_an_address_that_was_removed_is_sent_again_though_it_led_in_the_rows(people: World) -> None:
    a_user(people, "k1")
    customers(people, a("k1", "b@example.com", phone=None))
    before = account(people)
    run = people.run(remember=True)
    assert known(people, "k1").primary_email == "b@example.com"
    take_back(people, run.run_id)
    assert account(people) == before
    assert plan(people).updates["email"] == 1
    assert people.run().counts.updated == 1


def test_created_users_stay_unless_they_are_to_be_suspended(people: World) -> None:
    customers(people, a("k1", "k1@example.com", phone=None))
    run = people.run(remember=True)
    found, report = take_back(people, run.run_id)
    assert (dict(found.left), report) == ({CREATED: 1}, None)
    found, report = take_back(people, run.run_id, suspend_created=True)
    assert (found.suspended, found.people, dict(found.left)) == (1, 1, {})
    (user,) = account(people).values()
    assert user[0]["suspended"] is True
    assert plan(people).counts == Counts(read=1, unchanged=1)
    # Taken back in its turn, it lets them in again.
    assert take_back(people, report.run_id)[0].fields == {"suspended": 1}
    (user,) = account(people).values()
    assert user[0]["suspended"] is False


def test_what_nobody_read_stays(people: World) -> None:
    a_user(people, "k1")
    customers(people, a("k1", "b@example.com", phone=None, city="Rome"))
    run = people.run()
    found, report = take_back(people, run.run_id)
    assert (dict(found.left), report) == ({READ: 6}, None)


def test_what_was_adopted_counts_as_read(people: World) -> None:
    a_user(people, "k1")
    customers(people, a("k1", "k1@example.com", phone=None, city="Rome"))
    adopt(people)
    before = account(people)
    run = people.run()
    found, _ = take_back(people, run.run_id)
    assert dict(found.fields) == {"user_fields.city": 1}
    assert account(people) == before
    assert not known(people, "k1").values["user_fields.city"].is_ours


def test_what_others_changed_and_what_a_later_run_wrote_stays(people: World) -> None:
    user = a_user(people, "k1")
    customers(people, a("k1", "k1@example.com", phone=None, city="Rome", ltv="20", opted="false"))
    run = people.run(remember=True)
    rewrite(people, user, user_fields={"city": "Bergen"})
    customers(people, a("k1", "k1@example.com", phone=None, city="Rome", ltv="30", opted="false"))
    people.run()
    rewrite(people, user, user_fields={"city": "Bergen"})
    found, _ = take_back(people, run.run_id)
    # The later run sent the whole row, so it wrote every field.
    assert dict(found.left) == {LATER: 3}
    assert found.is_empty


def test_a_foreign_edit_alone_is_left_and_listed(people: World) -> None:
    user = a_user(people, "k1")
    customers(people, a("k1", "k1@example.com", phone=None, city="Rome", ltv="20"))
    run = people.run(remember=True)
    rewrite(people, user, user_fields={"city": "Bergen"})
    found, report = take_back(people, run.run_id)
    assert (dict(found.left), dict(found.fields)) == ({OTHERS: 1}, {"user_fields.lifetime_value": 1})
    rows = pl.read_parquet(people.folder / ".zdpipe" / "runs" / report.run_id / "not_restorable.parquet")
    assert rows.rows() == [("k1", "user_fields.city", "changed_by_others")]
    assert account(people)[user][1]["city"] == "Bergen"


def test_who_is_gone_is_listed_and_nobody_is_created_anew(people: World) -> None:
    gone, late = a_user(people, "k1"), a_user(people, "k2")
    customers(people, *(a(key, f"{key}@example.com", phone=None, name="New") for key in ("k1", "k2")))
    run = people.run(remember=True)
    people.act("DELETE", f"/api/v2/users/{gone}")
    people.clock.advance(1)
    with rollback(people.bench, run.run_id) as planned:
        assert dict(planned.plan.left) == {NotRestorable.USER_GONE: 1}
        people.act("DELETE", f"/api/v2/users/{late}")
        report = planned.send(suspend_created=False)
    assert report.counts.created + report.counts.updated + report.counts.failed == 1
    assert dict(planned.plan.fields) == {"name": 1}


def test_people_whom_only_an_address_names_are_put_back_by_it(people: World) -> None:
    tell(people, email="one@example.com", phone=None)
    customers(people, a(None, "one@example.com", phone=None, city="Rome"))
    before = account(people)
    run = people.run(remember=True)
    take_back(people, run.run_id)
    assert account(people) == before
    assert plan(people).counts.updated == 1


def test_an_external_id_that_the_run_gave_stays(people: World) -> None:
    tell(people, email="one@example.com", phone=None)
    customers(people, a("k1", "one@example.com", phone=None))
    run = people.run(remember=True)
    assert dict(take_back(people, run.run_id)[0].left) == {NotRestorable.NEVER_EMPTIED: 1}


def test_a_rollback_is_a_run_that_can_be_stopped_resumed_and_taken_back(people: World) -> None:
    for number in range(150):
        a_user(people, f"k{number}")
    customers(people, *(a(f"k{n}", f"k{n}@example.com", phone=None, city="Rome") for n in range(150)))
    before = account(people)
    run = people.run(remember=True)
    after = account(people)
    people.network.on_write[len(people.network.writes) + 2] = answering(401)
    _, stopped = take_back(people, run.run_id)
    assert stopped.stop is not None
    people.network.on_write.clear()
    resumed = people.resume(stopped.run_id)
    assert (resumed.outcome, resumed.counts) == (Outcome.SUCCEEDED, Counts(150, updated=150))
    assert account(people) == before
    assert [entry.rolls_back for entry in list_runs(people.bench)][:1] == [run.run_id]
    found, _ = take_back(people, stopped.run_id)
    assert dict(found.fields) == {"user_fields.city": 150}
    assert account(people) == after
    assert plan(people).counts.unchanged == 150
    with pytest.raises(UsageProblem, match="took run"):
        retry_run(people.bench, stopped.run_id)


@pytest.mark.parametrize("place", ["move_into", "record_plan"])
def test_killed_before_it_is_planned_it_is_planned_again(
    people: World, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    a_user(people, "k1")
    customers(people, a("k1", "k1@example.com", phone=None, city="Rome"))
    before = account(people)
    run = people.run(remember=True)

    def cut(*_: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(f"zdpipe.pipeline.rollback.{place}", cut)
        with pytest.raises(PowerCut):
            take_back(people, run.run_id)
    assert people.resume().counts == Counts(1, updated=1)
    assert account(people) == before


def test_a_removal_that_was_cut_off_is_completed(people: World) -> None:
    user = a_user(people, "k1")
    before = account(people)
    customers(people, a("k1", "k1@example.com", phone=None), a("k1", "b@example.com", phone=None))
    run = people.run(remember=True)

    def stop() -> None:
        raise KeyboardInterrupt

    people.listener.on_stage["removing addresses and numbers"] = stop
    found, report = take_back(people, run.run_id)
    assert (found.identities, report.outcome) == (1, Outcome.INTERRUPTED)
    assert people.resume().outcome is Outcome.SUCCEEDED
    assert account(people) == before
    assert known(people, "k1").emails == ("k1@example.com",)
    # What was removed stays so when that is taken back.
    assert dict(take_back(people, report.run_id)[0].left) == {NotRestorable.IDENTITY_REMOVED: 1}
    assert user in before


def test_what_a_superseded_rollback_had_removed_is_sent_again(
    people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [a(key, f"{key}@example.com", phone=None) for key in ("k1", "k2")]
    for key in ("k1", "k2"):
        a_user(people, key)
    customers(people, *rows, *(row | {"email": f"b{row['email']}"} for row in rows))
    run = people.run(remember=True)
    after = account(people)
    delete = ZendeskClient.delete_identity

    def once(*args: Any) -> None:
        delete(*args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ZendeskClient, "delete_identity", once)
        _, report = take_back(people, run.run_id)
    assert report.outcome is Outcome.INTERRUPTED
    assert account(people) != after
    people.run()
    assert account(people) == after
    assert people.run().counts.unchanged == 4


@pytest.mark.parametrize("name", ["outbox.parquet", "before-0.parquet"])
def test_a_damaged_file_is_named_with_a_cure(people: World, name: str) -> None:
    a_user(people, "k1")
    customers(people, a("k1", "k1@example.com", phone=None, city="Rome"))
    run = people.run(remember=True)
    path = people.folder / ".zdpipe" / "runs" / run.run_id / name
    whole = path.read_bytes()
    without_rows = whole[:4] + whole[-8 - int.from_bytes(whole[-8:-4], "little") :]
    for damage in (b"garbage", whole[:-40], without_rows):
        path.write_bytes(damage)
        with pytest.raises(StateError, match=name) as caught, rollback(people.bench, run.run_id):
            pass
        assert "backup" in caught.value.hint


def test_a_run_that_is_going_is_not_to_be_resumed_first(people: World) -> None:
    customers(people, a("k1", "k1@example.com", phone=None))
    said: list[UsageProblem] = []

    def look(request: httpx.Request) -> None:
        if "job_statuses" in request.url.path and not said:
            run = list_runs(people.bench)[0]
            with pytest.raises(UsageProblem) as caught, rollback(people.bench, run.run_id):
                pass
            said.append(caught.value)

    people.network.on_request = look
    people.run()
    (problem,) = said
    assert (problem.code, problem.hint.startswith("Wait until it has ended.")) == ("unfinished_run", True)


def test_runs_that_cannot_be_taken_back_say_why(people: World) -> None:
    customers(people, a("k1", "k1@example.com", phone=None))
    people.network.on_write[1] = answering(401)
    stopped = people.run()
    with pytest.raises(UsageProblem) as caught, rollback(people.bench, stopped.run_id):
        pass
    assert caught.value.code == "unfinished_run"
    people.network.on_write.clear()
    people.resume()
    (people.folder / ".zdpipe" / "runs" / stopped.run_id / "outbox.parquet").unlink()
    with pytest.raises(StateError) as gone, rollback(people.bench, stopped.run_id):
        pass
    assert gone.value.code == "run_files_gone"
    with pytest.raises(UsageProblem), rollback(people.bench, "nothing"):
        pass


def test_who_was_forgotten_is_no_longer_put_back_and_leaves_no_trace(people: World) -> None:
    planted = ("zq-7731", "Zebulona Quux", "zeb@unusual.example")
    tell(people, external_id=planted[0], email=planted[2], name=planted[1], phone=None)
    a_user(people, "k2")
    customers(
        people,
        a(planted[0], planted[2], name=planted[1], phone=None, city="Rome"),
        a(planted[0], "further@unusual.example", name=planted[1], phone=None, city="Rome"),
        a("k2", "k2@example.com", phone=None, city="Rome"),
    )
    run = people.run(remember=True)
    _, report = take_back(people, run.run_id)
    assert report.counts.updated == 2
    state = people.folder / ".zdpipe"
    wanted = (*planted, "further@unusual.example")
    assert any(report.run_id in place for place in found_in(state, wanted))
    forget_person(people.bench, planted[0])
    assert found_in(state, wanted) == {}
    assert dict(take_back(people, report.run_id)[0].fields) == {"user_fields.city": 1}
