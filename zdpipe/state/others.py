"""Fields of known users that are others', because somebody else filled or changed them in the account."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from zdpipe.clock import Clock
from zdpipe.model.answer import Said
from zdpipe.model.known import KEPT, VALUE_PREFIX, kept_column, quoted, send_column, value_column
from zdpipe.model.policy import CLEARED
from zdpipe.model.resources import Resources
from zdpipe.state.known_users import check_format, opened

_DISOWN = """
UPDATE users SET {value} = NULL, {send} = NULL
WHERE key IN (SELECT key FROM answers WHERE "column" = $field AND said = $said)
"""
_ADD = "ALTER TABLE users ADD COLUMN IF NOT EXISTS {column} VARCHAR"
# What zdpipe filled itself needs no mark.
_KEEP = """
UPDATE users SET {kept} = $mark
WHERE key IN (SELECT key FROM answers WHERE "column" = $field AND said = $said){not_ours}
"""
_OTHERS = frozenset({Said.FILLED, Said.SAME})
_NOT_OURS = " AND coalesce({value}, $cleared) = $cleared"


def leave_to_others(known: Path, answers: pl.DataFrame, resources: Resources, clock: Clock) -> None:
    """Remember what the account said: key (identity key), column (the field) and said; repeating is harmless.

    What was changed is ours no more, what was found filled is not asked about again. Raises StateLocked where
    another process reads the file for more than a minute.
    """
    with opened(known, clock, resources) as connection:
        check_format(connection, known)
        there = {name for name in connection.table("users").columns if name.startswith(VALUE_PREFIX)}
        connection.register("answers", answers.select("key", "column", "said").to_arrow())
        for field, said in answers.select("column", "said").unique().sort("column", "said").iter_rows():
            is_known = value_column(field) in there
            if said == Said.CHANGED and is_known:
                _disown(connection, field)
            elif said in _OTHERS:
                _keep(connection, field, said, is_known=is_known)
        connection.unregister("answers")


def _disown(connection: duckdb.DuckDBPyConnection, field: str) -> None:
    connection.execute(
        _DISOWN.format(value=quoted(value_column(field)), send=quoted(send_column(field))),
        {"field": field, "said": Said.CHANGED.value},
    )


def _keep(connection: duckdb.DuckDBPyConnection, field: str, said: str, *, is_known: bool) -> None:
    connection.execute(_ADD.format(column=quoted(kept_column(field))))
    parameters, not_ours = {"field": field, "mark": KEPT, "said": said}, ""
    if is_known:
        not_ours = _NOT_OURS.format(value=quoted(value_column(field)))
        parameters["cleared"] = CLEARED
    connection.execute(_KEEP.format(kept=quoted(kept_column(field)), not_ours=not_ours), parameters)
