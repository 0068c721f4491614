"""What people hold before a run writes to them: read, kept, and nothing of it lost by a stop."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.delivery.unruly import PowerCut, answering
from tests.pipeline.adopting import a, adopt, customers, known, tell
from tests.pipeline.world import World
from tests.stories.searching import found_in
from zdpipe.model.before import BEFORE_COLUMNS
from zdpipe.pipeline.forget import forget_person
from zdpipe.pipeline.pruning import prune


def files(world: World) -> list[Path]:
    return sorted((world.folder / ".zdpipe" / "runs").glob("*/before-*.parquet"))


def before(path: Path) -> dict[tuple[str, str], list[Any]]:
    frame = pl.read_parquet(path)
    assert tuple(frame.columns) == BEFORE_COLUMNS
    found: dict[tuple[str, str], list[Any]] = {}
    for key, _, column, value, *_ in frame.iter_rows():
        found.setdefault((key, column), []).append(None if value is None else json.loads(value))
    return found


@pytest.mark.usefixtures("parts")
def test_exactly_what_is_written_is_read_and_kept(people: World) -> None:
    user = tell(people, external_id="K1", email="one@example.com", phone=None)
    customers(people, a("k1", "b@example.com", city=None), a("k2", "two@example.com", phone=None))
    run = people.run(remember=True)
    (path,) = files(people)
    assert path.parent.name == run.run_id
    assert path.stat().st_mode & 0o777 == 0o600
    kept = before(path)
    assert kept["k2", "external_id"] == [None]
    assert {column: values for (key, column), values in kept.items() if key == "k1"} == {
        "external_id": ["k1"],
        "email": ["one@example.com"],
        "name": ["Name"],
        "phone": [None],
        "user_fields.email_opt_in": ["true"],
        "user_fields.birthdate": ["1990-01-31"],
        "user_fields.lifetime_value": [12.5],
    }
    rows = pl.read_parquet(path).filter(pl.col("key") == "k1")
    assert set(rows["zendesk_id"]) == {user}
    # As we would write it, so that it is no difference once it is back.
    assert "12.50" in rows["value"].to_list()
    assert set(rows["source"]) == {"remember"}
    assert not rows["is_ours"].any()


def test_what_was_ours_and_still_is_there_is_told_from_what_was_not(people: World) -> None:
    customers(people, a("k1", "one@example.com", phone=None))
    people.run()
    user = known(people, "k1").zendesk_id
    people.act("PUT", f"/api/v2/users/{user}", {"user": {"user_fields": {"city": "Bergen"}}})
    customers(people, a("k1", "one@example.com", phone=None, city="Rome", ltv="13"))
    people.run(remember=True)
    rows = pl.read_parquet(files(people)[0])
    ours = dict(rows.select("column", "is_ours").iter_rows())
    assert ours == {
        "external_id": False, "email": False, "name": True, "user_fields.city": False,
        "user_fields.email_opt_in": True, "user_fields.birthdate": True, "user_fields.lifetime_value": True,
    }  # fmt: skip


def test_the_requests_are_counted_and_few(people: World) -> None:
    customers(people, *(a(f"k{n}", f"c{n}@example.com", phone=None) for n in range(150)))
    plain = people.run().requests
    customers(people, *(a(f"k{n}", f"c{n}@example.com", phone=None, city="Rome") for n in range(150)))
    requests = people.stats["requests"]
    run = people.run(remember=True)
    assert run.counts.updated == 150
    assert run.requests == people.stats["requests"] - requests
    assert run.requests <= plain + 2 + 2
    assert len(before(files(people)[0])) == 150 * 7


def test_a_run_that_remembers_nothing_keeps_what_was_adopted(people: World) -> None:
    tell(people, external_id="k1", email="one@example.com", phone=None)
    customers(people, a("k1", "one@example.com", phone=None))
    people.run(sample=1)
    assert files(people) == []
    adopt(people)
    tell(people, external_id="k2", email="two@example.com", phone=None)
    customers(people, a("k2", "b@example.com", phone=None, city="Rome"))
    adopt(people)
    requests = people.stats["requests"]
    run = people.run()
    assert run.requests == people.stats["requests"] - requests
    (path,) = files(people)
    kept = before(path)
    assert kept["k2", "user_fields.city"] == ["Oslo"]
    assert kept["k2", "email"] == ["two@example.com"]
    assert kept["k2", "external_id"] == ["k2"]
    assert set(pl.read_parquet(path)["source"]) == {"adopt"}


@pytest.mark.usefixtures("parts")
def test_what_is_known_of_an_address_is_kept_for_the_external_id_it_gets(people: World) -> None:
    for name in ("one", "two"):
        tell(people, email=f"{name}@example.com", phone=None)
    customers(people, a(None, "one@example.com", phone=None), a(None, "two@example.com", phone=None))
    adopt(people)
    customers(people, a("k1", "one@example.com", phone=None, city="Rome"))
    people.run()
    kept = before(files(people)[-1])
    assert (kept["k1", "user_fields.city"], kept["k1", "external_id"]) == (["Oslo"], [None])
    customers(people, a(None, "two@example.com", phone=None, city="Rome"))
    people.run()
    customers(people, a("k2", "two@example.com", phone=None, city="Bergen"))
    run = people.run(remember=True)
    (path,) = [path for path in files(people) if path.parent.name == run.run_id]
    city = pl.read_parquet(path).filter(pl.col("column") == "user_fields.city")
    assert city.select("key", "value", "is_ours").rows() == [("k2", '"Rome"', True)]


def test_a_resumed_run_keeps_to_it_and_reads_only_whom_it_has_not_begun_to_write(people: World) -> None:
    for number in range(150):
        tell(people, external_id=f"k{number}", email=f"c{number}@example.com", phone=None)
    customers(people, *(a(f"k{n}", f"c{n}@example.com", phone=None, city="Rome") for n in range(150)))
    people.network.on_write[2] = answering(401)
    assert people.run(remember=True).outcome == "failed"
    people.network.on_write.clear()
    user = people.ask("/api/v2/users/show_many?external_ids=k149")["users"][0]["id"]
    people.act("PUT", f"/api/v2/users/{user}", {"user": {"user_fields": {"city": "Bergen"}}})
    assert people.resume().counts.updated == 150
    first, second = (before(path) for path in files(people))
    assert (len({key for key, _ in first}), len({key for key, _ in second})) == (150, 50)
    assert (first["k149", "user_fields.city"], second["k149", "user_fields.city"]) == (["Oslo"], ["Bergen"])


def test_a_stop_while_reading_loses_nothing_and_a_resumed_run_reads_again(people: World) -> None:
    tell(people, external_id="k1", email="one@example.com", phone=None)
    customers(people, a("k1", "one@example.com", phone=None, city="Rome"))

    def stop() -> None:
        raise KeyboardInterrupt

    people.listener.on_stage["reading what is about to be written"] = stop
    run = people.run(remember=True)
    assert (run.counts.pending, files(people)) == (1, [])
    assert people.resume().counts.updated == 1
    assert before(files(people)[0])["k1", "user_fields.city"] == ["Oslo"]


def test_a_power_cut_while_writing_it_down_leaves_no_half_file(
    people: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tell(people, external_id="k1", email="one@example.com", phone=None)
    customers(people, a("k1", "one@example.com", phone=None, city="Rome"))
    from zdpipe.pipeline import holding

    def cut(*_: object) -> Any:
        raise PowerCut

    monkeypatch.setattr(holding, "_rows", cut)
    with pytest.raises(PowerCut):
        people.run(remember=True)
    monkeypatch.undo()
    assert files(people) == []


def test_forget_and_prune_reach_what_was_read(people: World) -> None:
    planted = ("ZQ-7731", "Zebulona Quux", "zeb@unusual.example")
    tell(people, external_id=planted[0], email=planted[2], name=planted[1], phone=None)
    tell(people, external_id="k2", email="two@example.com", phone=None)
    customers(
        people,
        a(planted[0], planted[2], name=planted[1], phone=None, city="Rome"),
        a("k2", "two@example.com", phone=None, city="Rome"),
    )
    people.run(remember=True)
    state = people.folder / ".zdpipe"
    assert any("before-" in place for place in found_in(state, planted))
    forget_person(people.bench, planted[0])
    assert found_in(state, planted) == {}
    assert before(files(people)[0])["k2", "user_fields.city"] == ["Oslo"]
    people.run()
    prune(people.bench, 1)
    assert files(people) == []
