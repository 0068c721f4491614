"""One person is forgotten: no byte of them is left, and nobody else is any different."""

from __future__ import annotations

import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import httpx
import polars as pl

from tests.stories.searching import found_in
from tests.stories.world import ADMIN, World, assert_conserved

QUERY = "queries/users.sql"
KEY = "ZQ-7731-Xylo"
NAME = "Zebulona Quuxworthy-Ñandú"
EMAIL = "zeb.quux+odd@unusual-mail.example"
FURTHER = "zq@second-unusual.example"
TAKEN = "taken-quux@unusual-mail.example"
RAW_PHONE, PHONE = "(206) 342-8631", "+12063428631"
CITY, OTHER_CITY, THIRD_CITY = "Xanadu-sur-Mer", "Ys-les-Flots", "Lyonesse-Bas"
PLANTED = (KEY, NAME, EMAIL, FURTHER, TAKEN, RAW_PHONE, PHONE, CITY, OTHER_CITY, THIRD_CITY)
SHARER = ("ZZ-9", "Cleo", EMAIL, None, "Rome", None, 1.005)  # the smaller id has the address
OTHERS = [
    *((f"id-{n}", f"Customer {n}", f"c{n}@example.com", None, "Oslo", "WA", n / 7) for n in range(150)),
    SHARER,
    ("E5", None, "e@example.com"),
]


def person(city: str, email: str = EMAIL, name: str | None = NAME, state: str = "WA") -> tuple[Any, ...]:
    return (KEY, name, email, RAW_PHONE, city, state, 77.125)


def run(world: World, *rows: tuple[Any, ...], query: str = QUERY) -> dict[str, Any]:
    world.customers([*OTHERS, *rows])
    ended = world.zdpipe("run", query, "--format", "json")
    report: dict[str, Any] = ended.json
    assert "run_id" in report, ended.err
    return report


def live_a_life(world: World) -> list[dict[str, Any]]:
    """Let the person be created, warned of, in conflict, updated, rejected and refused; then plant litter."""
    first = run(world, person(CITY, state="ZZ"), person(OTHER_CITY), person(CITY, FURTHER))
    assert first["warnings"]["email_shared"] == first["warnings"]["invalid_state"] == 1
    assert first["warnings"]["conflicting_rows"] >= 1
    second = run(world, person(OTHER_CITY), person(THIRD_CITY, name=None))
    assert (second["counts"]["updated"], second["rejections"]) == (1, {"name_missing": 2})
    other = {"user": {"name": "Somebody Else", "email": TAKEN, "external_id": "else"}}
    httpx.post(f"{world.url}/api/v2/users", json=other, auth=ADMIN).raise_for_status()
    third = run(world, person(THIRD_CITY, TAKEN))
    assert third["failures"] == {"email_taken": 1}
    state = world.folder / ".zdpipe"
    words = f"ValueError: {NAME} <{EMAIL}> {NAME!a} arguments ['explain', '{KEY.lower()}']"
    world.write(".zdpipe/logs/zdpipe-20260101-000000-x.log", f"zdpipe\n\n{words}\n")
    world.write(f".zdpipe/tmp/session-999999999-x/{KEY}", NAME)
    world.write(f".zdpipe/runs/{first['run_id']}/work.duckdb", f"{NAME} {PHONE}")
    world.write(f".zdpipe/runs/{first['run_id']}/.outbox.parquet.partial", EMAIL)
    (state / "logs").chmod(0o700)
    return [first, second, third]


def reports(world: World) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = world.zdpipe("runs", "list", "--format", "json").json["runs"]
    return runs


def known(world: World) -> dict[str, Any]:
    (path,) = (world.folder / ".zdpipe" / "known").glob("*.duckdb")
    with closing(duckdb.connect(path, read_only=True)) as connection:
        columns = connection.table("users").columns
        rows = [dict(zip(columns, row, strict=True)) for row in connection.execute("FROM users").fetchall()]
        return {row["key"]: row for row in rows}


def test_no_byte_of_the_person_is_left(world: World) -> None:
    live_a_life(world)
    state = world.folder / ".zdpipe"
    before = found_in(state, PLANTED)
    assert set().union(*before.values()) == set(PLANTED)  # the search finds what is there
    for name in ("state.sqlite", "known/", "outbox.parquet", "rejects.parquet", "rejects.csv",
                 "sources.parquet", "warnings.parquet", "conflicts.parquet", ".log"):  # fmt: skip
        assert any(name in path for path in before), name
    listed, everybody = reports(world), known(world)

    ended = world.zdpipe("forget", KEY, "--format", "json")

    assert ended.code == 0, ended.err
    assert found_in(state, PLANTED) == {}
    assert found_in(state, [str(everybody[KEY.lower()]["zendesk_id"])]) == {}
    assert reports(world) == listed
    del everybody[KEY.lower()]
    assert known(world) == everybody
    assert ended.json["found"] is True
    assert len(ended.json["runs"]) == 3
    assert KEY not in ended.out + ended.err
    assert EMAIL not in (ended.out + ended.err).lower()


def test_nobody_else_is_any_different(world: World) -> None:
    runs = live_a_life(world)
    state = world.folder / ".zdpipe"
    files = sorted(path for path in (state / "runs").rglob("*.parquet"))
    before = {path: pl.read_parquet(path) for path in files}
    world.zdpipe("forget", KEY)
    own = 0
    for path, frame in before.items():
        after = pl.read_parquet(path)
        assert (after.schema, len(after)) == (frame.schema, len(frame))
        mine = frame["key"].str.to_lowercase().is_in([KEY.lower(), EMAIL, FURTHER])
        own += int(mine.sum())
        kept = [name for name in frame.columns if name not in {"value", "source.email"}]
        assert after.filter(~mine).select(kept).equals(frame.filter(~mine).select(kept))
        assert after.filter(mine)["key"].str.contains("^forgotten-[0-9a-f]{8}$").all()
    assert own >= 6
    for run_id in (report["run_id"] for report in runs):
        rejects = pl.read_parquet(state / "runs" / run_id / "rejects.parquet")
        csv = pl.read_csv(state / "runs" / run_id / "rejects.csv", infer_schema=False)
        assert csv.rows() == rejects.cast(pl.String).rows()

    world.customers([row if row != SHARER else (*SHARER[:2], None, *SHARER[3:]) for row in OTHERS])
    again = world.zdpipe("run", QUERY, "--format", "json").json
    assert (again["counts"]["unchanged"], again["counts"]["rejected"]) == (151, 1)
    assert again["gone"] == 0
    assert KEY.lower() in world.users()  # Zendesk is not ours to forget for
    assert "1 customer" not in world.zdpipe("runs", "show", runs[0]["run_id"]).err


def test_looking_at_and_retrying_old_runs_stays_possible(world: World) -> None:
    *_, third = live_a_life(world)
    world.zdpipe("forget", EMAIL)
    for words in (["show"], ["rejects", "--show-pii"], ["failures"], ["failures", "--show-pii"]):
        ended = world.zdpipe("runs", words[0], third["run_id"], *words[1:])
        assert ended.code == 0, ended.err
    (failed,) = world.zdpipe("runs", "failures", third["run_id"], "--format", "json").json["failures"]
    assert failed["key"].startswith("forgotten-")
    assert (failed["reason"], failed["details"], failed["payload"]) == ("email_taken", None, {})
    world.customers(OTHERS)
    retried = world.zdpipe("retry", third["run_id"], "--format", "json").json
    assert_conserved(retried["counts"])
    assert retried["retried"] == {"people": 1, "no_longer_in_query": 1}
    assert retried["counts"]["read"] == 0


def test_by_the_id_in_zendesk_and_twice(world: World) -> None:
    live_a_life(world)
    zendesk_id = str(world.users()[KEY.lower()]["id"])
    first = world.zdpipe("forget", zendesk_id, "--format", "json", "--show-pii").json
    assert first["zendesk"] == [{"account": world.url.removeprefix("http://"), "user_id": int(zendesk_id)}]
    assert found_in(world.folder / ".zdpipe", PLANTED) == {}
    second = world.zdpipe("forget", zendesk_id)
    assert second.code == 0
    assert "Nothing here is about" in second.out


def test_whoever_is_in_the_source_still_comes_back_as_anybody_new(world: World) -> None:
    run(world, person(CITY))
    ended = world.zdpipe("forget", EMAIL)
    for words in (
        "Forgotten: z***@u***.example",
        "Zendesk still has them",
        "sealed plans",
        "your source still",
    ):
        assert words in ended.out.replace("\n", " "), ended.out
    again = run(world, person(CITY))
    assert (again["counts"]["updated"], again["counts"]["unchanged"]) == (1, 151)
    assert KEY.lower() in known(world)


def test_a_run_that_could_go_on_is_finished_first(world: World) -> None:
    world.customers([*OTHERS, person(CITY)])
    fault = {"on": "write", "skip": 1, "times": None, "answer": {"status": 401}}
    httpx.post(f"{world.url}/simulator/faults", json={"faults": [fault]}).raise_for_status()
    stopped = world.zdpipe("run", QUERY, "--format", "json").json
    assert stopped["finished_at"] is None
    httpx.post(f"{world.url}/simulator/faults", json={"faults": []}).raise_for_status()
    refused = world.zdpipe("forget", KEY, "--format", "json")
    assert (refused.code, refused.json["error"]["code"]) == (2, "unfinished_run")
    assert f"zdpipe resume {stopped['run_id']}" in refused.json["error"]["hint"]
    assert not (world.folder / ".zdpipe" / "forgetting.json").exists()
    assert world.zdpipe("forget", "nobody@example.com").code == 0
    assert world.zdpipe("resume", "--format", "json").json["counts"]["created"] == 152
    assert world.zdpipe("forget", KEY).code == 0
    assert found_in(world.folder / ".zdpipe", PLANTED) == {}


def test_files_are_for_their_owner_alone(world: World) -> None:
    live_a_life(world)
    world.zdpipe("forget", KEY)
    world.zdpipe("runs", "prune", "--keep", "2")
    state = world.folder / ".zdpipe"
    modes = {
        str(path.relative_to(state)): stat.S_IMODE(path.stat().st_mode)
        for path in [state, *state.rglob("*")]
        if path.suffix != ".log"  # planted by the test
    }
    wrong = {
        name: oct(mode)
        for name, mode in modes.items()
        if mode != (0o700 if (state / name).is_dir() else 0o600)
    }
    assert wrong == {}


def test_an_embedded_simulator_is_named_and_left_alone(world: World) -> None:
    world.write(
        "zdpipe.toml",
        '[source]\ndatabase = "data/customers.duckdb"\n[destinations.simulator]\nkind = "simulator"\n'
        'users_per_second = 5000\njob_seconds = 0\n[defaults]\ndestination = "simulator"\n',
    )
    run(world, person(CITY))
    ended = world.zdpipe("forget", KEY)
    assert ended.code == 0
    assert "simulator.sqlite" in ended.out
    left = found_in(world.folder / ".zdpipe", PLANTED)
    assert {Path(name).parts[0] for name in left} == {"simulator"}
    ended = world.zdpipe("forget", KEY, "--simulator", "--format", "json")
    assert (ended.code, ended.json["found"], ended.json["simulated"]) == (0, True, 1)
    assert found_in(world.folder / ".zdpipe", PLANTED) == {}
    again = run(world, person(CITY))
    assert (again["counts"]["created"], again["counts"]["unchanged"]) == (1, 151)
    ended = world.zdpipe("forget", KEY, "--simulator", "--format", "json")
    assert (ended.code, ended.json["found"], ended.json["simulated"]) == (0, True, 1)
    assert found_in(world.folder / ".zdpipe", PLANTED) == {}
    again = run(world, person(CITY))
    assert (again["counts"]["created"], again["counts"]["unchanged"]) == (1, 151)
