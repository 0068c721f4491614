"""Which keys zdpipe.toml may have, and what is said about all others."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from zdpipe.model.fields import PROPERTIES, is_sendable
from zdpipe.project.alerts import Alerts
from zdpipe.project.destination import Destination
from zdpipe.project.orchestration import Orchestration, OwnGuards
from zdpipe.project.tables import (
    Defaults,
    FieldRule,
    Gone,
    Guards,
    Identity,
    Limits,
    Lint,
    Paths,
    Phone,
    Privacy,
    Source,
    State,
    Table,
)

TABLES: dict[str, type[Table]] = {
    "source": Source,
    "defaults": Defaults,
    "paths": Paths,
    "limits": Limits,
    "phone": Phone,
    "identity": Identity,
    "guards": Guards,
    "gone": Gone,
    "state": State,
    "lint": Lint,
    "privacy": Privacy,
    "alerts": Alerts,
}
TABLES_BY_NAME: dict[str, type[Table]] = {
    "destinations": Destination,
    "fields": FieldRule,
    "orchestrations": Orchestration,
}
# Their name is the key of their table, and none of its own keys.
_NAMED_BY_KEY = (Destination, Orchestration)
# Tables within others.
_WITHIN: dict[tuple[str, str], type[Table]] = {("orchestrations", "guards"): OwnGuards}

# Named so that a file written for a later version is told apart from a misspelt one.
LATER: dict[str, frozenset[str]] = {
    "limits": frozenset({"store"}),
}


@dataclass(frozen=True, slots=True)
class KeyProblem:
    """A key that cannot be used, with its place in the file."""

    keys: tuple[str, ...]
    message: str
    hint: str


def key_problems(content: Mapping[str, object]) -> Iterator[KeyProblem]:
    """Yield every unknown or not yet available key of a parsed zdpipe.toml, and what should be a table."""
    yield from _in_table((), content, [*TABLES, *TABLES_BY_NAME], LATER.get("", frozenset()))
    for name, table in TABLES.items():
        yield from _nested((name,), content.get(name, {}), table, name)
    for name, table in TABLES_BY_NAME.items():
        entries = content.get(name, {})
        if not isinstance(entries, Mapping):
            yield _no_table((name,))
            continue
        for entry, settings in entries.items():
            yield from _nested((name, entry), settings, table, name)
            yield from _within((name, entry), settings)


def field_name_problems(content: Mapping[str, object]) -> Iterator[KeyProblem]:
    """Yield every `[fields.<name>]` that no output column can have."""
    fields = content.get("fields", {})
    for name in fields if isinstance(fields, Mapping) else ():
        if not is_sendable(name):
            yield KeyProblem(
                ("fields", name),
                f"[fields.{name}] names nothing that can be sent",
                guess_word(name, [name for name in PROPERTIES if is_sendable(name)])
                + "A property of Zendesk users fits, such as phone, or a custom field: user_fields.city.",
            )


def table_name(keys: tuple[str, ...]) -> str:
    """Write the way to a table as its header: `[destinations.production]`."""
    return f"[{'.'.join(keys)}]"


def known_keys(table: type[Table]) -> list[str]:
    """Return the keys a table may have, as they are written; a destination's name is its table's."""
    keys = [info.alias or name for name, info in table.model_fields.items()]
    return [key for key in keys if table not in _NAMED_BY_KEY or key != "name"]


def _nested(keys: tuple[str, ...], content: object, table: type[Table], place: str) -> Iterator[KeyProblem]:
    if isinstance(content, Mapping):
        yield from _in_table(keys, content, known_keys(table), LATER.get(place, frozenset()))
    else:
        yield _no_table(keys)


def _within(keys: tuple[str, ...], content: object) -> Iterator[KeyProblem]:
    if isinstance(content, Mapping):
        for (place, key), table in _WITHIN.items():
            if place == keys[0] and key in content:
                yield from _nested((*keys, key), content[key], table, key)


def _in_table(
    keys: tuple[str, ...], content: Mapping[str, object], known: list[str], later: frozenset[str]
) -> Iterator[KeyProblem]:
    for key in content:
        if key in later:
            yield _not_yet((*keys, key))
        elif key not in known:
            yield _unknown((*keys, key), known)


def _not_yet(keys: tuple[str, ...]) -> KeyProblem:
    what = table_name(keys) if len(keys) == 1 else f"{keys[-1]} in {table_name(keys[:-1])}"
    return KeyProblem(keys, f"{what} is not available in this version", "Remove it, or upgrade zdpipe.")


def _unknown(keys: tuple[str, ...], known: list[str]) -> KeyProblem:
    where = table_name(keys[:-1]) if len(keys) > 1 else "the file"
    return KeyProblem(
        keys,
        f"zdpipe does not know the key {keys[-1]} in {where}",
        f"{guess_word(keys[-1], known)}Known there: {', '.join(known)}.",
    )


def _no_table(keys: tuple[str, ...]) -> KeyProblem:
    header = table_name((*keys, "NAME") if keys[-1] in TABLES_BY_NAME else keys)
    return KeyProblem(keys, f"{'.'.join(keys)} should be a table", f"Write {header} on a line of its own.")


def guess_word(word: str, known: Iterable[str]) -> str:
    """Return a question with the known word nearest to one that is unknown, or nothing."""
    by_fold = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), by_fold, n=1)
    return f"Did you mean {by_fold[near[0]]}? " if near else ""
