"""What a canary's people hold is read before they are written, so that they can be taken back."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import httpx
import polars as pl
import pytest

from tests.delivery.unruly import answering
from tests.pipeline.adopting import a, adopt, customers, tell
from tests.pipeline.test_remembering import before, files
from tests.pipeline.test_rollback import account, take_back
from tests.pipeline.world import World
from tests.stories.searching import found_in
from zdpipe.model.canary import Fate
from zdpipe.model.rollback import NotRestorable
from zdpipe.model.run import Outcome
from zdpipe.pipeline.forget import forget_person
from zdpipe.pipeline.verify import verify_run

STAGE = "reading what is about to be written"


def there(world: World, number: int, **values: Any) -> None:
    """So many people whom the account has in Oslo, and who move to Rome."""
    for place in range(number):
        tell(world, external_id=f"k{place}", email=f"c{place}@example.com", phone=None)
    rows = (a(f"k{n}", f"c{n}@example.com", phone=None, city="Rome") | values for n in range(number))
    customers(world, *rows)


def sources(world: World) -> dict[str, set[str]]:
    """Return the keys of whom something was kept, by who read it."""
    rows = pl.concat(pl.read_parquet(path) for path in files(world))
    return {source: set(part["key"]) for (source,), part in rows.group_by("source")}


def sent(world: World, batches: int) -> set[str]:
    return {user["external_id"] for users in world.network.writes[:batches] for user in users}


def test_the_canary_alone_is_read_and_put_back(people: World) -> None:
    there(people, 90)
    held = account(people)
    run = people.run(canary=20)
    assert (run.canary.fate, run.counts.updated) == (Fate.PASSED, 90)
    canary = sent(people, 1)
    assert sources(people) == {"canary": canary}
    found, report = take_back(people, run.run_id)
    assert (report.outcome, dict(found.fields)) == (Outcome.SUCCEEDED, {"user_fields.city": 20})
    assert found.left[NotRestorable.NOT_READ] == 70 * 6
    after = account(people)
    assert {user[0]["external_id"] for user_id, user in after.items() if user == held[user_id]} == canary


def test_it_is_read_before_the_first_user_is_sent_a_hundred_a_request(people: World) -> None:
    there(people, 250)
    requests, reads = people.stats["requests"], list[str]()

    def note(request: httpx.Request) -> None:
        reads.append("write" if request.method == "POST" else request.url.path.rsplit("/", 1)[-1])

    def watch() -> None:
        people.network.on_request = note

    people.listener.on_stage[STAGE] = watch
    run = people.run(canary=150)
    # After a look at how many users there are.
    assert [each for each in reads[: reads.index("write")] if each != "me"] == ["users", *["show_many"] * 2]
    assert run.requests == people.stats["requests"] - requests


def test_nobody_has_the_known_users_open_while_it_is_read(people: World) -> None:
    there(people, 5)
    people.run(sample=1)
    path = people.folder / ".zdpipe" / "known" / "127.0.0.1_8977.duckdb"
    seen: list[str] = []

    def open_it(request: httpx.Request) -> None:
        # In one process DuckDB refuses to open for writing what is open for reading.
        duckdb.connect(path).close()
        seen.append(request.url.path)

    def watch() -> None:
        people.network.on_request = open_it

    people.listener.on_stage[STAGE] = watch
    people.run(canary=2)
    assert any("show_many" in path for path in seen)


def test_with_remember_everybody_is_read_once(people: World) -> None:
    there(people, 130)
    run = people.run(canary=20, remember=True)
    assert sources(people) == {"remember": {f"k{n}" for n in range(130)}}
    assert len(files(people)) == 1
    assert dict(take_back(people, run.run_id)[0].fields) == {"user_fields.city": 130}


def test_of_all_others_what_was_adopted_is_kept(people: World) -> None:
    there(people, 30)
    adopt(people)
    tell(people, external_id="late", email="late@example.com", phone=None)
    rows = [a(f"k{n}", f"c{n}@example.com", phone=None, city="Rome") for n in range(30)]
    customers(people, *rows, a("late", "late@example.com", phone=None, city="Rome"))
    run = people.run(canary=10)
    canary = sent(people, 1)
    kept = sources(people)
    assert kept == {"canary": canary, "adopt": {f"k{n}" for n in range(30)} - canary}
    restorable = 30 + ("late" in canary)
    assert take_back(people, run.run_id)[0].fields["user_fields.city"] == restorable


def test_whom_no_id_finds_is_looked_for_by_address_in_the_canary_alone(people: World) -> None:
    for number in range(40):
        tell(people, email=f"c{number}@example.com", phone=None)
    for number in range(260):  # so that the list of all users is no shorter way
        people.clock.advance(1)
        people.tell("/api/v2/users", {"user": {"name": "X", "external_id": f"x{number}"}})
    customers(people, *(a(None, f"c{n}@example.com", phone=None, city="Rome") for n in range(40)))
    searches: list[str] = []

    def note(request: httpx.Request) -> None:
        if not people.network.writes and "search" in request.url.path:
            searches.append(str(request.url))

    people.network.on_request = note
    run = people.run(canary=4)
    assert len(searches) == 4
    people.network.on_request = None
    assert take_back(people, run.run_id)[0].fields["user_fields.city"] == 4


def test_new_people_of_the_canary_are_kept_as_such_with_all_their_addresses(people: World) -> None:
    rows = [a(f"k{n}", f"{word}{n}@example.com", phone=None) for n in range(6) for word in "ab"]
    customers(people, *rows)
    run = people.run(canary=2)
    canary = sent(people, 2)
    assert len(canary) == 2
    assert sources(people) == {"canary": canary}
    assert all(before(files(people)[0])[key, "external_id"] == [None] for key in canary)
    found, _ = take_back(people, run.run_id)
    assert found.left[NotRestorable.CREATED] == 6


def test_a_canary_that_stopped_the_run_is_put_back_once_that_ended(people: World) -> None:
    there(people, 130, city="Rome", opted="false")
    held = account(people)
    people.network.on_request = lambda request: _others_change(people)
    stopped = people.run(canary=20)
    assert (stopped.stop.code, stopped.counts.pending) == ("canary", 110)
    people.network.on_request = None
    people.run(sample=1)  # closes it
    found, report = take_back(people, stopped.run_id)
    assert report.outcome is Outcome.SUCCEEDED
    # One was changed by others, and the later run may have written one of the canary.
    assert found.fields["user_fields.email_opt_in"] >= 18
    assert found.left.get(NotRestorable.NOT_READ) is None
    changed = [user_id for user_id, user in account(people).items() if user != held[user_id]]
    assert 1 <= len(changed) <= 3


def _others_change(world: World) -> None:
    """Somebody else changes one of the canary right after it was sent."""
    if world.network.writes and not world.network.polls:
        return
    if world.network.polls and world.network.on_request is not None:
        world.network.on_request = None
        key = world.network.writes[0][0]["external_id"]
        user = world.ask(f"/api/v2/users/show_many?external_ids={key}")["users"][0]
        world.clock.advance(61)
        world.act("PUT", f"/api/v2/users/{user['id']}", {"user": {"user_fields": {"city": "Bergen"}}})


def test_a_waived_canary_is_not_read_anew(people: World) -> None:
    there(people, 130)
    people.network.on_request = lambda request: _others_change(people)
    stopped = people.run(canary=20)
    assert stopped.stop.code == "canary"
    people.network.on_request = None
    run = people.resume()
    assert (run.canary.fate, run.counts.updated, len(files(people))) == (Fate.WAIVED, 130, 1)


def test_stopped_in_its_canary_a_run_reads_again_whom_it_has_not_begun_to_write(people: World) -> None:
    there(people, 180)
    people.network.on_write[2] = answering(401)
    assert people.run(canary=150).outcome is Outcome.FAILED
    people.network.on_write.clear()
    canary, begun = sources(people)["canary"], sent(people, 1)
    late = sorted(canary - begun)
    user = people.ask(f"/api/v2/users/show_many?external_ids={late[0]}")["users"][0]["id"]
    people.act("PUT", f"/api/v2/users/{user}", {"user": {"user_fields": {"city": "Bergen"}}})
    run = people.resume()
    assert (run.canary.fate, run.counts.updated) == (Fate.PASSED, 180)
    first, second = (before(path) for path in files(people))
    assert ({key for key, _ in first}, {key for key, _ in second}) == (canary, set(late))
    assert len(late) == 50
    assert dict(take_back(people, run.run_id)[0].fields) == {"user_fields.city": 150}
    assert people.ask(f"/api/v2/users/{user}")["user"]["user_fields"]["city"] == "Bergen"


@pytest.mark.parametrize("adopts", [False, True])
def test_a_stop_while_reading_loses_nothing(people: World, adopts: bool) -> None:
    there(people, 30)
    if adopts:
        adopt(people)

    def stop() -> None:
        raise KeyboardInterrupt

    people.listener.on_stage[STAGE] = stop
    run = people.run(canary=10)
    assert (run.outcome, run.counts.pending, files(people)) == (Outcome.INTERRUPTED, 30, [])
    assert people.resume().counts.updated == 30
    canary = sent(people, 1)
    others = {"adopt": {f"k{n}" for n in range(30)} - canary} if adopts else {}
    assert sources(people) == {"canary": canary} | others


def test_an_account_that_does_not_let_itself_be_read_is_not_written(people: World) -> None:
    there(people, 30)

    def forbid() -> None:
        people.network.on_read = {
            people.network.reads + n: answering(403, {"error": "Forbidden"}) for n in (1, 2, 3)
        }

    people.listener.on_stage[STAGE] = forbid
    run = people.run(canary=10)
    assert (run.stop.exit_code, run.counts.pending, people.network.writes) == (4, 30, [])
    people.network.on_read = {}
    assert people.resume().canary.fate is Fate.PASSED


def test_what_a_canary_wrote_over_is_no_drift_to_verify_and_is_forgotten_with_its_person(
    people: World,
) -> None:
    planted = ("zq-7731", "Zebulona Quux", "zeb@unusual.example")
    tell(people, external_id=planted[0], email=planted[2], name=planted[1], phone=None)
    customers(people, a(planted[0], planted[2], name="Z", phone=None, city="Rome"))
    run = people.run(canary=1)
    assert verify_run(people.bench, run.run_id).is_good
    state = people.folder / ".zdpipe"
    assert json.dumps(planted[1]) in pl.read_parquet(files(people)[0])["value"].to_list()
    assert any("before-" in place for place in found_in(state, planted))
    forget_person(people.bench, planted[0])
    assert found_in(state, planted) == {}
