"""Values of known users that are ours no more, because somebody else changed them in the account."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from zdpipe.clock import Clock
from zdpipe.model.known import VALUE_PREFIX, quoted, send_column, value_column
from zdpipe.model.resources import Resources
from zdpipe.state.known_users import check_format, opened

_DISOWN = """
UPDATE users SET {value} = NULL, {send} = NULL
WHERE key IN (SELECT key FROM disowned WHERE "column" = $field)
"""


def disown(known: Path, values: pl.DataFrame, resources: Resources, clock: Clock) -> None:
    """Forget that fields hold what we sent: key (identity key) and column (the field); repeating is harmless.

    Raises StateLocked where another process reads the file for more than a minute.
    """
    with opened(known, clock, resources.as_config()) as connection:
        check_format(connection, known)
        there = {name for name in connection.table("users").columns if name.startswith(VALUE_PREFIX)}
        connection.register("disowned", values.select("key", "column").to_arrow())
        for field in values["column"].unique().sort():
            if value_column(field) in there:
                connection.execute(
                    _DISOWN.format(value=quoted(value_column(field)), send=quoted(send_column(field))),
                    {"field": field},
                )
        connection.unregister("disowned")
