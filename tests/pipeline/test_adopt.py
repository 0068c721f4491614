"""An account that has its people before zdpipe comes: what is found, known, sent, and never emptied."""

from __future__ import annotations

import pytest

from tests.delivery.unruly import PowerCut, answering
from tests.pipeline.adopting import a, adopt, customers, known, plan, rewrite, tell
from tests.pipeline.world import World
from tests.stories.searching import found_in
from zdpipe.errors import Interrupted, UsageProblem, ZdpipeError
from zdpipe.model.match import Found, Unclear
from zdpipe.model.run import Counts
from zdpipe.pipeline.forget import forget_person


def test_whoever_is_as_the_query_has_them_is_unchanged_in_any_spelling(people: World) -> None:
    tell(people, external_id="K1", email="One@example.com")
    customers(people, a("k1", "one@example.com"))
    adoption = adopt(people)
    assert (adoption.people, adoption.adopted, adoption.found[Found.EXTERNAL_ID]) == (1, 1, 1)
    assert dict(adoption.fields) == {}
    assert plan(people).counts == Counts(read=1, unchanged=1)
    writes = people.stats["writes"]
    assert people.run().counts == Counts(read=1, unchanged=1)
    assert people.stats["writes"] == writes


@pytest.mark.usefixtures("parts")
def test_only_real_differences_are_sent(people: World) -> None:
    tell(
        people,
        external_id="k1",
        email="one@example.com",
        user_fields={"city": "Rome", "lifetime_value": 12.5},
    )
    customers(people, a("k1", "one@example.com", born=None), a("k2", "two@example.com"))
    adoption = adopt(people)
    assert (adoption.adopted, adoption.not_found) == (1, 1)
    assert dict(adoption.fields) == {"user_fields.city": 1, "user_fields.email_opt_in": 1}
    found = plan(people)
    assert (found.counts.created, found.counts.updated) == (1, 1)
    assert {name: people for name, people in found.updates.items() if people} == dict(adoption.fields)
    assert people.run().counts == Counts(read=2, created=1, updated=1)
    assert people.run().counts == Counts(read=2, unchanged=2)


def test_an_adopted_value_is_never_emptied_by_a_null_and_becomes_ours_once_it_is_sent(people: World) -> None:
    user = tell(people, external_id="k1", email="one@example.com")
    customers(people, a("k1", "one@example.com", city=None, phone=None))
    adopt(people)
    assert known(people, "k1").values["user_fields.city"].value == '"Oslo"'
    assert not known(people, "k1").values["user_fields.city"].is_ours
    assert plan(people).counts == Counts(read=1, unchanged=1)
    people.run(full=True)
    shown = people.ask(f"/api/v2/users/{user}")["user"]
    assert (shown["user_fields"]["city"], shown["phone"]) == ("Oslo", "(206) 342-8631")
    customers(people, a("k1", "one@example.com", city="Rome", phone=None))
    people.run()
    assert known(people, "k1").values["user_fields.city"].is_ours
    customers(people, a("k1", "one@example.com", city=None, phone=None))
    assert people.run().counts.updated == 1
    assert people.ask(f"/api/v2/users/{user}")["user"]["user_fields"]["city"] is None


def test_a_null_empties_what_was_adopted_where_the_project_says_so(people: World) -> None:
    with (people.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
        file.write('\n[fields.user_fields]\ncity = { nulls = "clear" }\nemail_opt_in = { nulls = "clear" }\n')
    tell(people, external_id="k1", email="one@example.com", user_fields={"city": "Oslo"})
    tell(people, external_id="k2", email="two@example.com", user_fields={}, phone="+12063428632")
    gone = {"city": None, "opted": None, "born": None, "ltv": None}
    customers(
        people, a("k1", "one@example.com", **gone), a("k2", "two@example.com", phone="+12063428632", **gone)
    )
    adopt(people)
    assert plan(people).counts == Counts(read=2, updated=1, unchanged=1)


def test_people_without_external_id_are_found_by_email_and_keep_their_key(people: World) -> None:
    tell(people, external_id="x9", email="one@example.com")
    tell(people, email="two@example.com", phone="+12063428632")
    customers(people, a(None, "one@example.com"), a(None, "two@example.com", phone="+12063428632"))
    adoption = adopt(people)
    assert adoption.found[Found.EMAIL] == 2
    assert known(people, "one@example.com").external_id is None
    assert plan(people).counts == Counts(read=2, unchanged=2)


def test_a_user_without_external_id_lacks_nothing_but_that(people: World) -> None:
    user = tell(people, email="one@example.com")
    customers(people, a("k1", "one@example.com"))
    assert dict(adopt(people).fields) == {"external_id": 1}
    found = plan(people)
    assert (found.counts.updated, {name for name, count in found.columns.items() if count}) == (
        1,
        {"external_id"},
    )
    assert people.run().counts.updated == 1
    assert people.ask(f"/api/v2/users/{user}")["user"]["external_id"] == "k1"
    assert people.run().counts.unchanged == 1


@pytest.mark.usefixtures("parts")
def test_all_addresses_are_adopted_and_a_further_one_is_a_difference(people: World) -> None:
    user = tell(people, external_id="k1", email="one@example.com")
    people.act(
        "POST", f"/api/v2/users/{user}/identities", {"identity": {"type": "email", "value": "b@example.com"}}
    )
    customers(people, a("k1", "b@example.com"), a("k1", "one@example.com"))
    adopt(people)
    assert known(people, "k1").primary_email == "one@example.com"
    assert known(people, "k1").emails == ("b@example.com", "one@example.com")
    assert plan(people).counts == Counts(read=2, unchanged=2)
    customers(people, a("k1", "c@example.com"))
    assert dict(adopt(people).fields) == {"email": 1}
    assert plan(people).columns["email"] == 1


def test_people_and_users_that_cannot_be_told_apart_are_left_alone(people: World) -> None:
    tell(people, email="one@example.com", phone=None)
    tell(people, email="two@example.com", phone=None)
    tell(people, email="other@example.com", external_id="other", phone=None)
    both = tell(people, email="left@example.com", phone=None)
    identity = {"identity": {"type": "email", "value": "right@example.com"}}
    people.act("POST", f"/api/v2/users/{both}/identities", identity)
    customers(
        people,
        a("k1", "one@example.com"), a("k1", "two@example.com"),
        a("k2", "other@example.com"),
        a("k3", "left@example.com"), a("k4", "right@example.com"),
    )  # fmt: skip
    adoption = adopt(people)
    assert adoption.adopted == 0
    assert adoption.unclear == {
        Unclear.SEVERAL_USERS: 1, Unclear.OTHER_EXTERNAL_ID: 1, Unclear.SEVERAL_CUSTOMERS: 2,
    }  # fmt: skip
    assert plan(people).counts.created == 4


def test_an_external_id_counts_before_an_address(people: World) -> None:
    tell(people, external_id="k1", email="one@example.com")
    tell(people, email="two@example.com", phone=None)
    customers(people, a("k1", "two@example.com"), a(None, "one@example.com"))
    adoption = adopt(people)
    assert adoption.found[Found.EXTERNAL_ID] == 1
    assert adoption.unclear == {Unclear.SEVERAL_CUSTOMERS: 1}
    assert known(people, "k1").emails == ("one@example.com",)
    assert known(people, "one@example.com") is None


def test_staff_are_never_adopted(people: World) -> None:
    agent = tell(people, external_id="k1", email="one@example.com")
    rewrite(people, agent, role="agent")
    customers(people, a("k1", "one@example.com"), a("k2", "two@example.com"))
    adoption = adopt(people)
    assert (adoption.rejected, adoption.adopted, adoption.people) == (1, 0, 1)
    with (people.folder / "zdpipe.toml").open("a", encoding="utf-8") as file:
        file.write("\n[identity]\nallow_staff = true\n")
    adoption = adopt(people)
    assert (adoption.rejected, adoption.adopted, adoption.unclear) == (0, 0, {Unclear.STAFF: 1})
    assert known(people, "k1") is None


def test_who_is_found_by_external_id_takes_a_request_a_hundred(people: World) -> None:
    for number in range(230):
        tell(people, external_id=f"k{number}", email=f"c{number}@example.com", phone=None)
    customers(people, *(a(f"k{n}", f"c{n}@example.com", phone=None) for n in range(230)))
    before = people.stats["requests"]
    adoption = adopt(people)
    # Who we are, who the staff are in two requests, how many users there are, and three portions.
    assert (adoption.requests, adoption.listed, adoption.adopted) == (7, False, 230)
    assert people.stats["requests"] - before == 7
    assert plan(people).counts.unchanged == 230


def test_whom_only_an_address_finds_are_read_from_the_list_instead_of_one_by_one(people: World) -> None:
    for number in range(230):
        tell(people, email=f"c{number}@example.com", phone=None)
    customers(people, *(a(f"k{n}", f"c{n}@example.com", phone=None) for n in range(230)))
    adoption = adopt(people)
    # The three portions that found nobody, twice the number of users, and three pages of them.
    assert (adoption.requests, adoption.listed, adoption.found[Found.EMAIL]) == (3 + 1 + 3 + 1 + 3, True, 230)
    customers(people, *(a(f"k{n}", f"c{n}@example.com", phone=None) for n in range(2)))
    adoption = adopt(people)
    assert (adoption.listed, adoption.found[Found.EMAIL]) == (False, 2)


@pytest.mark.usefixtures("parts")
def test_adopting_twice_changes_nothing_and_runs_keep_what_they_sent(people: World) -> None:
    user = tell(people, external_id="k1", email="one@example.com", user_fields={"city": "Rome"})
    customers(people, a("k1", "one@example.com"), a("k2", "two@example.com", phone=None))
    people.run()
    sent = known(people, "k1"), known(people, "k2")
    adopt(people)
    for before in sent:
        after = known(people, before.key)
        assert after.emails == before.emails
        assert {name: after.values[name] for name in before.values} == dict(before.values)
    rewrite(people, user, user_fields={"city": "Bergen"})
    adopt(people)
    changed = known(people, "k1").values
    assert (changed["user_fields.city"].value, changed["user_fields.city"].is_ours) == ('"Bergen"', False)
    assert all(changed[name].is_ours for name in sent[0].values if name != "user_fields.city")
    assert plan(people).updates["user_fields.city"] == 1
    once = known(people, "k1")
    adopt(people)
    assert known(people, "k1") == once


def test_an_address_that_others_removed_is_known_no_more(people: World) -> None:
    customers(people, a("k1", "one@example.com"), a("k1", "b@example.com"))
    people.run()
    user = known(people, "k1").zendesk_id
    identities = people.ask(f"/api/v2/users/{user}/identities")["identities"]
    further = next(each["id"] for each in identities if not each["primary"] and each["type"] == "email")
    people.act("DELETE", f"/api/v2/users/{user}/identities/{further}")
    adopt(people)
    assert len(known(people, "k1").emails) == 1
    assert people.run().counts.updated == 1
    assert len(known(people, "k1").emails) == 2


def test_adopted_people_are_never_gone(people: World) -> None:
    tell(people, external_id="k1", email="one@example.com")
    customers(people, a("k1", "one@example.com"))
    adopt(people)
    customers(people, a("k2", "two@example.com", phone=None))
    assert plan(people).gone == 0


def test_a_stopped_or_killed_adoption_is_repeated(people: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        tell(people, external_id=f"k{number}", email=f"c{number}@example.com", phone=None)
    customers(people, *(a(f"k{n}", f"c{n}@example.com", phone=None) for n in range(3)))

    def stop() -> None:
        raise KeyboardInterrupt

    people.listener.on_stage["looking for the users of the account"] = stop
    with pytest.raises(Interrupted):
        adopt(people)
    assert plan(people).counts.created == 3
    monkeypatch.setattr("zdpipe.state.adopting._USERS_PER_TRANSACTION", 2)
    taken = []

    def cut(*_: object) -> None:
        taken.append(1)
        if len(taken) == 2:
            raise PowerCut

    from zdpipe.state import adopting

    take_over = adopting._take_over
    monkeypatch.setattr(adopting, "_take_over", lambda *words: (cut(), take_over(*words)))
    with pytest.raises(PowerCut):
        adopt(people)
    assert plan(people).counts == Counts(read=3, created=1, unchanged=2)
    monkeypatch.setattr(adopting, "_take_over", take_over)
    assert adopt(people).adopted == 3
    assert plan(people).counts == Counts(read=3, unchanged=3)


def test_a_refusal_is_told_with_its_cure_and_changes_nothing(people: World) -> None:
    tell(people, external_id="k1", email="one@example.com")
    customers(people, a("k1", "one@example.com"))
    people.network.reads = 0
    people.network.on_read[4] = answering(403)
    with pytest.raises(ZdpipeError) as caught:
        adopt(people)
    assert caught.value.hint
    assert known(people, "k1") is None


def test_nothing_is_adopted_while_a_run_has_something_in_flight(people: World) -> None:
    customers(people, a("k1", "one@example.com"))
    people.network.on_write[1] = lambda *_: (_ for _ in ()).throw(KeyboardInterrupt())
    people.run()
    with pytest.raises(UsageProblem) as caught:
        adopt(people)
    assert caught.value.code == "unfinished_run"


def test_who_was_adopted_can_be_forgotten_by_any_key(people: World) -> None:
    tell(people, email="zeb@unusual.example", name="Zebulona Quux")
    for key in ("ZQ-7731", "zeb@unusual.example"):
        customers(people, a("ZQ-7731", "zeb@unusual.example", name="Zebulona Quux"))
        adopt(people)
        state = people.folder / ".zdpipe"
        planted = ("ZQ-7731", "Zebulona Quux", "zeb@unusual.example")
        assert found_in(state, planted)
        assert forget_person(people.bench, key).found
        assert found_in(state, planted) == {}
