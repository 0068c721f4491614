"""A person's rows in the files of runs get a placeholder; every other row stays as it is."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zdpipe.errors import StateError
from zdpipe.model.forgotten import Person, placeholder
from zdpipe.state.rowfile import RowFile
from zdpipe.state.run_files import Replaced, find_left_out, find_sent, places_of, replace_in

TOKEN = placeholder("0a1b2c3d")
PERSON = Person(TOKEN).also(
    keys={"zq"}, ids={"zq"}, emails={"zeb@x.org"}, names={"zeb"}, phones={"+12063428631"}
)
KEYS = st.sampled_from(["zq", "joe", "zeb@x.org", "joe@x.org"])
CELLS = st.none() | st.sampled_from(
    ["ZQ", "joe", " Zeb@X.org ", '"zeb@x.org"', "Zeb", "206 342 8631", "Oslo"]
)


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    path = tmp_path / "outbox.parquet"
    rows = [
        (1, 0, 1, "zq", "ZQ", "create", "zeb@x.org", '{"name":"Zeb"}', None, None, '"Zeb"'),
        (1, 1, 2, "joe@x.org", None, "update", "joe@x.org", '{"name":"Joe"}', None, None, '"Joe"'),
        (2, 0, 1, "zq", "ZQ", "email", "zeb2@x.org", '{"name":"Zeb"}', 1, 0, None),
    ]
    names = ["batch", "position", "row", "key", "external_id", "sending", "email", "payload"]
    names += ["previous_batch", "previous_position", "value:name"]
    numbers = dict.fromkeys(("batch", "position", "previous_batch", "previous_position"), pl.Int32)
    frame = pl.DataFrame(rows, schema=names, orient="row").cast(numbers)
    pq.write_table(frame.to_arrow(), path, compression="zstd", write_statistics=["batch"], row_group_size=2)
    return path


def test_an_outbox_keeps_its_form_and_every_place(outbox: Path) -> None:
    before, schema = pl.read_parquet(outbox), pq.read_schema(outbox)
    assert find_sent(outbox, {"zeb2@x.org"}) == {("zq", True)}
    assert replace_in(outbox, PERSON) == Replaced(own=2)
    after = pl.read_parquet(outbox)
    assert pq.read_schema(outbox) == schema
    assert after.row(1) == before.row(1)
    assert after.row(0) == (1, 0, 1, TOKEN, None, "create", None, "{}", None, None, None)
    assert after.row(2) == (2, 0, 1, TOKEN, None, "email", None, "{}", 1, 0, None)
    with pq.ParquetFile(outbox) as file:
        groups = [file.metadata.row_group(index) for index in range(file.metadata.num_row_groups)]
        assert [group.num_rows for group in groups] == [2, 1]
        assert (groups[1].column(0).statistics.min, groups[1].column(3).statistics) == (2, None)
    assert outbox.stat().st_mode & 0o777 == 0o600
    assert places_of(outbox, PERSON).select("batch", "position").rows() == [(1, 0), (2, 0)]
    assert replace_in(outbox, PERSON) == Replaced()


def test_a_file_without_the_person_is_not_touched(outbox: Path) -> None:
    before = outbox.stat()
    assert replace_in(outbox, Person(TOKEN).also(keys={"nobody"})) == Replaced()
    assert (outbox.stat().st_ino, outbox.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_file_about_nobody_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "counts.parquet"
    pl.DataFrame({"reason": ["x"], "rows": [1]}).write_parquet(path)
    assert replace_in(path, PERSON) == Replaced()
    assert find_left_out(path, {"zq"}) == set()


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rejects.parquet"
    path.write_bytes(b"PAR1")
    for act in (lambda: replace_in(path, PERSON), lambda: find_left_out(path, {"zq"})):
        with pytest.raises(StateError, match="cannot be read"):
            act()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.none() | KEYS, st.none() | KEYS, CELLS, CELLS, CELLS), min_size=1, max_size=12))
def test_rejected_rows_of_others_stay_but_for_what_names_the_person(
    rows: list[tuple[str | None, ...]],
) -> None:
    names = ["key", "identity", "source.email", "source.phone", "source.name"]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row").with_columns(
        row=pl.int_range(pl.len()), reason=pl.lit("name_missing")
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rejects.parquet"
        with RowFile(path, path.with_suffix(".csv")) as file:
            file.append(frame)
        replaced = replace_in(path, PERSON)
        after = pl.read_parquet(path)
        csv = pl.read_csv(path.with_suffix(".csv"), infer_schema=False)
        assert replace_in(path, PERSON) == Replaced()
    assert after.select("row", "reason").equals(frame.select("row", "reason"))
    own = after["key"] == TOKEN
    assert int(own.fill_null(value=False).sum()) == replaced.own
    assert csv.rows() == after.cast(pl.String).rows()
    for then, now in zip(frame.iter_rows(named=True), after.iter_rows(named=True), strict=True):
        if now["key"] == TOKEN:
            assert [now[name] for name in names[1:]] == [None] * 4
        else:
            assert then["identity"] not in {"zq", "zeb@x.org"}
            assert all(now[name] in {then[name], None} for name in names)
            told = " ".join(str(now[name]).lower() for name in names[2:])
            assert "zeb@x.org" not in told
            # So short a word in another column is something else.
            assert "zq" not in str(now["source.email"]).lower().split()
