"""The run history as tables: what is in them, again and again, and what stands in the way."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from filelock import FileLock

from tests.delivery.unruly import PowerCut, answering, cut_power_after
from tests.pipeline.exported import asked, asking, everything
from tests.pipeline.leaving import act, people
from tests.pipeline.test_failed import DATES, fail_some
from tests.pipeline.test_rollback import take_back
from tests.pipeline.world import QUERY, SQL, World
from tests.stories.searching import found_in
from zdpipe.errors import StateLocked, UsageProblem, ZdpipeError
from zdpipe.model.warehouse import TABLES
from zdpipe.pipeline.exporting import export_runs
from zdpipe.pipeline.forget import forget_person
from zdpipe.pipeline.history import show_run
from zdpipe.pipeline.pruning import prune
from zdpipe.state.warehouse.duckdb_file import DuckDBFile
from zdpipe.state.warehouse.folder import ParquetFolder

MIXED: list[tuple[Any, ...]] = [
    ("id-1", "Jane Doe", "jane@example.com", "Oslo"),
    ("id-2", "Joe Roe", "JANE@example.com", "Oslo"),
    ("id-3", None, "nobody@example.com", "Oslo"),
    ("id-4", "Ann Lee", "no address", "Oslo"),
    (None, "Bob Moe", "bob@example.com", "Oslo"),
    (None, None, None, "Oslo"),
]
NAMED = ("Jane Doe", "jane@example.com", "id-1", "no address", "nobody@example.com", "bob@example.com")


@pytest.fixture(params=["history.duckdb", "history"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / str(request.param)


def mixed(world: World) -> str:
    world.lift_guards()
    world.customers(MIXED)
    return str(world.run().run_id)


def test_columns_and_types_are_those_that_are_promised(world: World, place: Path) -> None:
    mixed(world)
    export_runs(world.bench, place)
    with asking(place) as ask:
        for table, columns in TABLES.items():
            found = [(name, kind) for name, kind, *_ in ask(f"DESCRIBE {table}")]
            assert found == [(column.name, column.kind) for column in columns]


def test_tables_say_what_the_run_says(world: World, place: Path) -> None:
    run = show_run(world.bench, mixed(world))
    exported = export_runs(world.bench, place, show_pii=True)
    assert (list(exported.runs), exported.unchanged) == ([run.run_id], 0)
    with asking(place) as ask:
        counts = ", ".join(run.counts.as_json())
        assert ask(f"SELECT {counts}, run_id, outcome, users_per_second_limit FROM runs") == [
            (*run.counts.as_json().values(), run.run_id, "succeeded", 100)
        ]
        outcomes = dict(ask("SELECT outcome, count(*) FROM outcomes GROUP BY 1"))
        assert outcomes == {"created": run.counts.created}
        for table, codes in (("rejections", run.rejections), ("warnings", run.warnings)):
            assert dict(ask(f"SELECT reason, count(*) FROM {table} GROUP BY 1")) == codes
        assert ask("SELECT key, email, row, sending FROM outcomes WHERE row = 1") == [
            ("id-1", "jane@example.com", 1, "create")
        ]
        assert ask("SELECT key, field, value FROM warnings WHERE reason = 'invalid_email'") == [
            ("id-4", "email", "no address")
        ]
        assert ask("SELECT batch, users, created, errand FROM jobs") == [(1, 4, 4, None)]
        assert ask("SELECT count(*) FROM outcomes WHERE settled_at >= sent_at AND job_id IS NOT NULL") == [
            (4,)
        ]
        rows = {table: ask(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}
    assert rows == exported.rows


def test_nobody_is_named_unless_asked_for(world: World, place: Path) -> None:
    mixed(world)
    world.write(QUERY, SQL + " WHERE name <> 'Somebody Else'")
    world.run()
    export_runs(world.bench, place)
    exported = [place] if place.is_file() else list(place.rglob("*.parquet"))
    assert exported
    for file in exported:
        held = file.read_bytes()
        assert not [value for value in NAMED if value.encode() in held and value != "id-1"]
    with asking(place) as ask:
        for table, columns in TABLES.items():
            for column in (column.name for column in columns if column.personal):
                assert ask(f"SELECT count({column}) FROM {table}") == [(0,)]
        told = str([ask(f"FROM {table}") for table in TABLES])
    for value in NAMED:
        assert f"'{value}'" not in told
    shown = place.with_name(f"shown-{place.name}")
    export_runs(world.bench, shown, show_pii=True)
    told = str(list(everything(shown).values()))
    for value in ("jane@example.com", "id-1", "no address", "bob@example.com"):
        assert value in told


def test_a_customer_is_the_same_in_every_table_and_run(world: World, place: Path) -> None:
    mixed(world)
    changed = [(key, name, email, "Bergen") for key, name, email, _ in MIXED]
    world.customers([(key and key.upper(), *more) for key, *more in changed])
    world.run()
    export_runs(world.bench, place, show_pii=True)
    with asking(place) as ask:
        pairs = ask(
            "SELECT DISTINCT key, customer FROM outcomes UNION SELECT key, customer FROM warnings"
            " UNION SELECT lower(key), customer FROM rejections WHERE customer IS NOT NULL ORDER BY ALL"
        )
        assert [key for key, _ in pairs] == ["bob@example.com", "id-1", "id-2", "id-3", "id-4"]
        assert len({customer for _, customer in pairs}) == 5
        assert ask("SELECT count(*) FROM rejections WHERE customer IS NULL") == [(2,)]
        assert ask("SELECT count(*) FROM outcomes WHERE key = 'id-1'") == [(2,)]


def test_another_project_has_other_pseudonyms(world: World, tmp_path: Path) -> None:
    mixed(world)
    before, after = tmp_path / "before", tmp_path / "after"
    export_runs(world.bench, before)
    secret = world.folder / ".zdpipe/export.secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    secret.unlink()
    export_runs(world.bench, after)
    found = [{row[0] for row in asked(place, "SELECT customer FROM outcomes")} for place in (before, after)]
    assert not found[0] & found[1]
    secret.write_text("abc")
    with pytest.raises(ZdpipeError, match=r"export\.secret is damaged"):
        export_runs(world.bench, after)


def test_only_what_is_new_is_written(world: World, place: Path) -> None:
    first = mixed(world)
    export_runs(world.bench, place)
    again = export_runs(world.bench, place)
    assert (list(again.runs), again.unchanged, sum(again.rows.values())) == ([], 1, 0)
    second = world.run().run_id
    later = export_runs(world.bench, place)
    assert (list(later.runs), later.unchanged) == ([second], 1)
    assert {run for (run,) in asked(place, "SELECT run_id FROM runs")} == {first, second}


def test_a_run_that_went_on_takes_the_place_of_what_it_was(world: World, place: Path) -> None:
    world.many(250)
    world.network.on_write[2] = cut_power_after
    with pytest.raises(PowerCut):
        world.run()
    export_runs(world.bench, place)
    with asking(place) as ask:
        assert ask("SELECT outcome, pending, stop_code FROM runs") == [("interrupted", 250, "killed")]
        assert ask("SELECT DISTINCT outcome, settled_at FROM outcomes") == [("pending", None)]
    world.resume()
    assert len(export_runs(world.bench, place).runs) == 1
    with asking(place) as ask:
        assert ask("SELECT outcome, pending, created, resumes FROM runs") == [("succeeded", 0, 250, 1)]
        assert ask("SELECT outcome, count(*) FROM outcomes GROUP BY 1") == [("created", 250)]


def test_a_run_without_a_plan_and_a_refused_one_have_no_outcomes(world: World, place: Path) -> None:
    world.customers([(f"id-{n}", None, None, None) for n in range(5)])
    world.run()
    export_runs(world.bench, place)
    with asking(place) as ask:
        assert ask("SELECT outcome, stop_code, stop_message, rejected FROM runs") == [
            ("failed", "guard", None, 5)
        ]
        assert ask("SELECT count(*) FROM outcomes") == [(0,)]
        assert ask("SELECT count(*) FROM rejections") == [(5,)]
    world.listener.on_stage["comparing"] = lambda: export_runs(world.bench, place)
    world.run()
    with asking(place) as ask:
        assert ask("SELECT outcome, read FROM runs ORDER BY started_at DESC LIMIT 1") == [("running", 0)]


def test_failures_have_their_reason_and_parts_their_own_times(world: World, place: Path) -> None:
    world.write(QUERY, DATES)
    world.network.on_write[1] = answering(422, "This request cannot be processed")
    fail_some(world, 1)
    export_runs(world.bench, place, show_pii=True)
    with asking(place) as ask:
        assert ask("SELECT key, reason, words[1:9] FROM outcomes WHERE outcome = 'failed'") == [
            ("id-1", "other", "Birthdate")
        ]
        assert ask("SELECT count(*), count(DISTINCT job_id), count(settled_at) FROM outcomes") == [(4, 2, 4)]
        assert ask("SELECT sum(users), sum(created), sum(failed) FROM jobs") == [(4, 3, 1)]


@pytest.mark.parametrize("show_pii", [True, False])
def test_the_id_of_a_refused_request_has_a_column_beside_the_words(
    world: World, place: Path, show_pii: bool
) -> None:
    world.many(1)
    headers = {"x_zendesk_request_id": "a1b2-c3"}
    world.network.on_write[1] = answering(422, "This request cannot be processed", **headers)
    world.run()
    export_runs(world.bench, place, show_pii=show_pii)
    words = "HTTP 422: This request cannot be processed" if show_pii else None
    assert asked(place, "SELECT words, request_id FROM outcomes") == [(words, "a1b2-c3")]


def test_whoever_is_gone_has_a_row(world: World, place: Path) -> None:
    act(world, "tag", tag="gone")
    world.customers(people(1, 2, 3))
    world.run()
    world.customers(people(1))
    world.run()
    export_runs(world.bench, place, show_pii=True)
    with asking(place) as ask:
        assert ask("SELECT key, deed, outcome FROM gone ORDER BY key") == [
            ("id-2", "tag", "done"),
            ("id-3", "tag", "done"),
        ]
        assert ask("SELECT errand, batch, users FROM jobs WHERE errand IS NOT NULL") == [(1, None, 2)]
        assert ask("SELECT gone_action FROM runs ORDER BY started_at") == [("tag",), ("tag",)]
        joined = "SELECT count(*) FROM gone JOIN outcomes USING (customer) WHERE outcomes.outcome = 'created'"
        assert ask(joined) == [(2,)]


def test_a_rollback_and_a_retry_are_runs_like_others(world: World, place: Path) -> None:
    world.lift_guards()
    world.many(3)
    world.run()
    world.many(3, city="Bergen")
    run_id = world.run(remember=True).run_id
    take_back(world, run_id)
    export_runs(world.bench, place)
    with asking(place) as ask:
        found = ask(
            "SELECT rolls_back, outcomes.outcome, count(*) FROM runs JOIN outcomes USING (run_id)"
            " GROUP BY ALL ORDER BY 1 NULLS FIRST, 2"
        )
        assert found == [(None, "created", 3), (None, "updated", 3), (run_id, "updated", 3)]


@pytest.mark.parametrize("table", TABLES)
def test_an_export_that_died_in_the_middle_is_repeated(
    world: World, place: Path, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixed(world)
    export_runs(world.bench, place)
    world.run(full=True)
    writes = (
        (DuckDBFile, "_replace", lambda where: where.endswith(f".{table}")),
        (ParquetFolder, "_write", lambda where: where.parent.name == table),
    )
    with monkeypatch.context() as patch:
        for kind, name, is_it in writes:
            patch.setattr(kind, name, dying(getattr(kind, name), is_it))
        with pytest.raises(PowerCut):
            export_runs(world.bench, place)
    if place.suffix == ".duckdb":
        assert asked(place, "SELECT count(*) FROM runs") == [(1,)]
        assert asked(place, "SELECT count(DISTINCT run_id) FROM outcomes") == [(1,)]
    assert len(export_runs(world.bench, place).runs) == 1
    fresh = place.with_name(f"fresh-{place.name}")
    export_runs(world.bench, fresh)
    assert everything(place) == everything(fresh)


def dying(write: Any, is_it: Any) -> Any:
    def die(self: object, where: Any, *more: Any) -> Any:
        if is_it(where):
            raise PowerCut
        return write(self, where, *more)

    return die


def test_a_place_in_use_is_told_after_a_minute(world: World, tmp_path: Path) -> None:
    mixed(world)
    folder = tmp_path / "history"
    export_runs(world.bench, folder)
    began = world.clock.monotonic()
    with FileLock(folder / ".zdpipe-export.lock"), pytest.raises(StateLocked, match="in use") as caught:
        export_runs(world.bench, folder)
    assert world.clock.monotonic() - began >= 60
    assert "repeat the command" in caught.value.hint
    assert export_runs(world.bench, folder).unchanged == 1


def test_files_are_their_owners_alone(world: World, place: Path) -> None:
    mixed(world)
    export_runs(world.bench, place)
    files = [place] if place.is_file() else [place, *place.rglob("*")]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in files if path.is_file()}
    assert modes == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files if path.is_dir()} <= {0o700}
    assert [path.name for path in place.parent.iterdir() if ".new" in path.name or ".wal" in path.name] == []


def test_whatever_else_is_in_the_file_stays(world: World, tmp_path: Path) -> None:
    mixed(world)
    place = tmp_path / "warehouse.duckdb"
    with closing(duckdb.connect(place)) as connection:
        connection.execute("CREATE TABLE runs AS SELECT 1 AS ours")
    place.chmod(0o640)
    export_runs(world.bench, place)
    with closing(duckdb.connect(place)) as connection:
        assert connection.execute("FROM main.runs").fetchall() == [(1,)]
        assert connection.execute("SELECT count(*) FROM zdpipe.exports").fetchall() == [(1,)]
    assert stat.S_IMODE(place.stat().st_mode) == 0o640


def test_whoever_was_forgotten_goes_with_the_next_export(world: World, place: Path) -> None:
    mixed(world)
    export_runs(world.bench, place, show_pii=True)
    (customer,) = asked(place, "SELECT DISTINCT customer FROM outcomes WHERE key = 'id-1'")[0]
    forget_person(world.bench, "id-1")
    assert len(export_runs(world.bench, place, show_pii=True).runs) == 1
    told = str(list(everything(place).values()))
    assert "id-1" not in told
    assert "jane doe" not in told.lower()
    assert customer not in told
    if place.is_dir():
        assert found_in(place, ["Jane Doe", "id-1"]) == {}
    assert asked(place, "SELECT count(*) FROM outcomes") == [(4,)]


def test_words_of_others_that_change_are_written_anew(world: World, place: Path) -> None:
    world.write(QUERY, DATES)
    fail_some(world, 1)
    export_runs(world.bench, place, show_pii=True)
    with closing(sqlite3.connect(world.folder / ".zdpipe/state.sqlite")) as connection:
        connection.execute("UPDATE results SET details = '(forgotten)' WHERE status = 'failed'")
        connection.commit()
    assert len(export_runs(world.bench, place, show_pii=True).runs) == 1
    assert asked(place, "SELECT words FROM outcomes WHERE outcome = 'failed'") == [("(forgotten)",)]


def test_pruned_runs_stay(world: World, place: Path) -> None:
    first = mixed(world)
    world.run(full=True)
    export_runs(world.bench, place)
    prune(world.bench, 1)
    again = export_runs(world.bench, place)
    assert (list(again.runs), again.unchanged) == ([], 1)
    assert asked(place, f"SELECT count(*) FROM outcomes WHERE run_id = '{first}'") == [(4,)]


def test_a_run_that_is_pruned_meanwhile_is_passed_over(
    world: World, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = mixed(world)
    monkeypatch.setattr("zdpipe.pipeline.exporting.run_ids", lambda _: ["20200101-000000-dead", run_id])
    exported = export_runs(world.bench, place)
    assert (list(exported.runs), exported.unchanged) == ([run_id], 0)


@pytest.mark.parametrize("harm", ["gone", "torn", "rotten"])
def test_a_run_without_its_files_keeps_what_was_exported(world: World, place: Path, harm: str) -> None:
    run_id = mixed(world)
    other = place.with_name(f"late-{place.name}")
    export_runs(world.bench, place)
    folder = world.folder / ".zdpipe/runs" / run_id
    outbox = folder / "outbox.parquet"
    if harm == "gone":
        shutil.rmtree(folder)
    elif harm == "torn":
        outbox.write_bytes(b"PAR1")
    else:
        footer = len(outbox.read_bytes()) - pq.read_metadata(outbox).serialized_size - 8
        outbox.write_bytes(b"PAR1" + bytes(footer - 4) + outbox.read_bytes()[footer:])
    assert export_runs(world.bench, place).unchanged == 1
    assert asked(place, "SELECT count(*) FROM outcomes") == [(4,)]
    late = export_runs(world.bench, other)
    assert list(late.incomplete) == [run_id]
    assert asked(other, "SELECT count(*) FROM runs") == [(1,)]
    assert asked(other, "SELECT count(*) FROM jobs") == [(1,)]
    assert asked(other, "SELECT count(*) FROM outcomes") == [(0,)]


def test_what_is_in_clear_is_not_mixed_with_what_is_not(world: World, place: Path) -> None:
    mixed(world)
    export_runs(world.bench, place)
    assert len(export_runs(world.bench, place, show_pii=True).runs) == 1
    with pytest.raises(UsageProblem, match="in clear") as caught:
        export_runs(world.bench, place)
    assert caught.value.code == "export_in_clear"


def test_another_format_is_left_alone(world: World, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mixed(world)
    monkeypatch.setattr("zdpipe.state.warehouse.marks.FORMAT", 0)
    export_runs(world.bench, place)
    monkeypatch.undo()
    with pytest.raises(UsageProblem, match="another version") as caught:
        export_runs(world.bench, place)
    assert caught.value.code == "export_format"


def test_no_run_at_all_is_no_error(world: World, place: Path) -> None:
    world.many(1)
    exported = export_runs(world.bench, place)
    assert (list(exported.runs), exported.unchanged) == ([], 0)


@pytest.mark.parametrize(
    "name", ["no.duckdb", "folder.duckdb", "file", "nowhere/deep.duckdb", "strange.duckdb"]
)
def test_a_place_that_cannot_be_is_told(world: World, tmp_path: Path, name: str) -> None:
    mixed(world)
    (tmp_path / "no.duckdb").write_text("no database" * 500)
    (tmp_path / "folder.duckdb").mkdir()
    (tmp_path / "file").write_text("a file")
    with closing(duckdb.connect(tmp_path / "strange.duckdb")) as connection:
        connection.execute("CREATE SCHEMA zdpipe; CREATE TABLE zdpipe.runs (mine INTEGER)")
    with pytest.raises(UsageProblem) as caught:
        export_runs(world.bench, tmp_path / name)
    assert caught.value.hint
    assert (tmp_path / "no.duckdb").read_text().startswith("no database")


def test_the_state_folder_is_no_place(world: World) -> None:
    for name in ("known/127.0.0.1_8977.duckdb", "runs"):
        with pytest.raises(UsageProblem, match="state folder"):
            export_runs(world.bench, world.folder / ".zdpipe" / name)


def test_guards_are_json_and_jobs_that_died_have_no_times(world: World, place: Path) -> None:
    world.many(3)
    world.simulator.zendesk.script([{"job": "failed"}])
    world.run()
    export_runs(world.bench, place)
    with asking(place) as ask:
        ((guards,),) = ask("SELECT guards FROM runs")
        assert {guard["name"] for guard in json.loads(guards)} >= {"rejected", "empty"}
        found = ask("SELECT users, settled_at IS NOT NULL FROM jobs ORDER BY 1 NULLS FIRST")
        assert found == [(None, False), (3, True)]
