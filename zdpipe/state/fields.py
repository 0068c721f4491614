"""The columns that known users have for each field."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from zdpipe.model.known import KEPT_PREFIX, SEND_PREFIX, THEIRS, VALUE_PREFIX, field_of, literal, quoted


@dataclass(frozen=True, slots=True)
class KnownField:
    """The quoted columns of a field: value, send, and what of it is others' where the outbox tells that."""

    value: str
    send: str
    kept: str | None

    @property
    def sent(self) -> tuple[str, ...]:
        """The columns that an outbox has of it."""
        return (self.value,) if self.kept is None else (self.value, self.kept)

    @property
    def signed(self) -> str:
        """The send of `new` as SQL, negative where the field is put back and was not ours."""
        name = literal(field_of(self.value.strip('"')))
        return f"new.send * CASE WHEN list_contains(new.{THEIRS}, {name}) THEN -1 ELSE 1 END"


def columns_of(connection: duckdb.DuckDBPyConnection, outbox: str) -> list[str]:
    """Return the columns of a Parquet file."""
    return connection.sql("SELECT * FROM read_parquet($outbox) LIMIT 0", params={"outbox": outbox}).columns


def add_fields(connection: duckdb.DuckDBPyConnection, outbox: str) -> list[KnownField]:
    """Add the columns that `users` lacks of a Parquet file's fields; return all of these."""
    names = columns_of(connection, outbox)
    there = set(connection.table("users").columns)
    fields = []
    for name in (name.removeprefix(VALUE_PREFIX) for name in names if name.startswith(VALUE_PREFIX)):
        value, send, kept = VALUE_PREFIX + name, SEND_PREFIX + name, KEPT_PREFIX + name
        wanted = {value: "VARCHAR", send: "INTEGER"} | ({kept: "VARCHAR"} if kept in names else {})
        for column, kind in wanted.items():
            if column not in there:
                connection.execute(f"ALTER TABLE users ADD COLUMN {quoted(column)} {kind}")
        fields.append(KnownField(quoted(value), quoted(send), quoted(kept) if kept in names else None))
    return fields
