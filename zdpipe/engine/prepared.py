"""A statement of `[source] setup` with its references filled in: secrets, and paths of the project.

A secret has its place in CREATE SECRET and behind ENCRYPTION_KEY alone: DuckDB shows a query the settings in
force, and the text that a database was attached by.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise, takewhile
from pathlib import Path

from zdpipe.engine.place import Place
from zdpipe.engine.statement_words import Word, first_keywords, statements_of
from zdpipe.engine.table_files import literal
from zdpipe.errors import CredentialError, ProjectError
from zdpipe.project.secret import Secret, file_path, read_secret
from zdpipe.project.statement import PLACEHOLDER, PROJECT

_FILE_TYPES = frozenset({"", "DUCKDB", "SQLITE", "SQLITE_SCANNER", "DUCKLAKE"})
_FILE_PREFIX = re.compile(r"(?:(?:ducklake|duckdb|sqlite):)*", re.IGNORECASE)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9_+.-]+:")
_SECRET_OF_SESSION = re.compile(r"CREATE (?:OR REPLACE )?(?:TEMP(?:ORARY)? )?SECRET\b")


@dataclass(slots=True)
class Prepared:
    """A statement as DuckDB gets it, the secrets in it, and the files it attaches."""

    text: str = ""
    secrets: list[Secret] = field(default_factory=list)
    attached: list[Path] = field(default_factory=list)


def named(number: int) -> str:
    """Name a statement of setup by its place in the list."""
    return f"Statement {number} of [source] setup"


def prepare(number: int, text: str, place: Place) -> Prepared:
    """Fill in what the statement refers to; `number` is its own, from 1, for messages.

    Raises ProjectError for a file that is not there or a reference where none may be, CredentialError for a
    secret that is not there.
    """
    prepared = Prepared()
    for words in statements_of(text):
        _refuse_outside_of_quotes(number, words)
        literals = _literals(words)
        for index, word in enumerate(words):
            written = word.text
            if word.is_plain_literal:
                written = _filled(number, written, place, prepared, may_be_secret=index in literals.secrets)
            if index == literals.path:
                written = _from_project(number, written, place, prepared)
            prepared.text += written + word.gap
    return prepared


@dataclass(frozen=True, slots=True)
class _Literals:
    """What the literals of a statement are: one is a path, some may be secrets."""

    path: int | None = None
    secrets: frozenset[int] = frozenset()


def _literals(words: Sequence[Word]) -> _Literals:
    """Find the path that ATTACH names, if its kind of database lies in files, and where secrets may be."""
    start = first_keywords(words)
    plain = [index for index, word in enumerate(words) if word.is_plain_literal]
    if start[:1] == ["ATTACH"]:
        keys = frozenset(index for index in plain if words[index - 1].upper == "ENCRYPTION_KEY")
        kinds = [after.upper for word, after in pairwise(words) if word.upper == "TYPE"]
        is_file = plain and _option("".join(kinds)) in _FILE_TYPES
        return _Literals(plain[0] if is_file else None, keys)
    if _SECRET_OF_SESSION.match(" ".join(start)) and _storage(words) == "MEMORY":
        return _Literals(secrets=frozenset(plain))
    return _Literals()


def _storage(words: Sequence[Word]) -> str:
    """Return where CREATE SECRET keeps it; whatever is named behind IN, but memory, outlives the session."""
    head = [word.upper for word in takewhile(lambda word: word.text != "(", words) if not word.is_comment]
    return head[head.index("IN") + 1] if "IN" in head[:-1] else "MEMORY"


def _option(kind: str) -> str:
    return kind.strip("'\"")


def _refuse_outside_of_quotes(number: int, words: Sequence[Word]) -> None:
    if "${" in "".join(word.text for word in words if not word.is_plain_literal and not word.is_comment):
        raise ProjectError(
            f"{named(number)} has ${{…}} outside of quotes.", "Put single quotes around it: '${…}'."
        )


def _filled(number: int, written: str, place: Place, prepared: Prepared, *, may_be_secret: bool) -> str:
    def value(found: re.Match[str]) -> str:
        if found[1] == PROJECT:
            return str(place.root.absolute())
        if not may_be_secret:
            raise _no_place_for_a_secret(number)
        secret = _secret(number, found[1], place)
        prepared.secrets.append(secret)
        return secret.reveal()

    return PLACEHOLDER.sub(lambda found: value(found).replace("'", "''"), written)


def _secret(number: int, reference: str, place: Place) -> Secret:
    try:
        return read_secret(reference, place.environment, place.root)
    except CredentialError as error:
        raise CredentialError(f"{named(number)}: {error.message}", error.hint) from None


def _no_place_for_a_secret(number: int) -> ProjectError:
    return ProjectError(
        f"{named(number)} has a secret where a query could read it back, or where it would stay on disk.",
        "Put it into CREATE SECRET, without PERSISTENT and without IN; docs/sources.md has a recipe for each "
        "kind of database. ENCRYPTION_KEY of ATTACH takes one too.",
    )


def _from_project(number: int, written: str, place: Place, prepared: Prepared) -> str:
    """Return a literal whose relative path starts at the project's folder; the file has to be there."""
    given = written[1:-1].replace("''", "'")
    prefix = _FILE_PREFIX.match(given)
    start = prefix.end() if prefix else 0
    path = given[start:]
    is_lake = given[:start].lower().startswith("ducklake:")
    is_name = is_lake and not re.search(r"[./]", path)  # of a secret that tells where the lake's catalog is
    if not path or is_name or path.startswith(":memory:") or _ADDRESS.match(path):
        return written
    absolute = file_path(path, place.environment, place.root)
    if not absolute.exists():
        raise ProjectError(
            f"{named(number)} attaches {absolute}, which does not exist.",
            "Correct the path in zdpipe.toml; relative ones start at the project's folder.",
            code="no_database",
        )
    prepared.attached.append(absolute)
    return literal(given[:start] + str(absolute))
