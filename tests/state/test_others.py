"""What the account said of known users, remembered."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.changes.rows import GONE, Known, write_known
from zdpipe.changes.answers import ANSWERS
from zdpipe.clock import SystemClock
from zdpipe.model.answer import Said
from zdpipe.model.resources import Resources
from zdpipe.state.others import leave_to_others

CITY = "user_fields.City"
USERS = {
    "ours": Known("ours", values={CITY: "Ulm", "name": "Ann"}),
    "emptied": Known("emptied", values={CITY: GONE, "name": "Ann"}),
    "never": Known("never", values={"name": "Ann"}),
}


def leave(folder: Path, *answers: tuple[str, str, Said]) -> Path:
    known = write_known(folder / "known.duckdb", USERS)
    rows = [
        (number, key, column, said.value, None, None) for number, (key, column, said) in enumerate(answers)
    ]
    frame = pl.DataFrame(rows, schema=ANSWERS, orient="row")
    for _ in range(2):  # repeating is harmless
        leave_to_others(known, frame, Resources("200MB", folder / "tmp"), SystemClock())
    return known


def kept(known: Path) -> dict[str, str | None]:
    with duckdb.connect(known, read_only=True) as connection:
        return dict(connection.execute('SELECT key, "kept:user_fields.^City" FROM users').fetchall())


@pytest.mark.parametrize("said", [Said.FILLED, Said.SAME])
def test_what_others_filled_is_marked_and_what_is_ours_is_not(tmp_path: Path, said: Said) -> None:
    known = leave(tmp_path, *((key, CITY, said) for key in USERS), ("stranger", CITY, said))
    assert kept(known) == {"ours": None, "emptied": "true", "never": "true"}
    with duckdb.connect(known, read_only=True) as connection:
        ours = connection.execute("""SELECT "value:user_fields.^City" FROM users WHERE key = 'ours'""")
        assert ours.fetchone() == ('"Ulm"',)


def test_what_others_changed_is_ours_no_more(tmp_path: Path) -> None:
    known = leave(tmp_path, ("ours", CITY, Said.CHANGED), ("never", "user_fields.none", Said.CHANGED))
    with duckdb.connect(known, read_only=True) as connection:
        assert connection.execute('SELECT count("value:user_fields.^City") FROM users').fetchone() == (1,)
        assert not [name for name in connection.table("users").columns if name.startswith("kept:")]


def test_who_was_not_asked_about_is_left_alone(tmp_path: Path) -> None:
    known = leave(tmp_path, ("never", CITY, Said.LATER))
    with duckdb.connect(known, read_only=True) as connection:
        assert not [name for name in connection.table("users").columns if name.startswith("kept:")]
