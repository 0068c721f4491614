"""DuckDB's words about an extension that it cannot load → which one, and the command that brings it."""

from __future__ import annotations

import re
from dataclasses import dataclass

CODE = "extension_missing"

# DuckDB 2.0 on INSTALL, LOAD, ATTACH (TYPE …), CREATE SECRET, functions and files that need an extension.
_NAMED = re.compile(
    r"""
    [Ff]ailed\ to\ (?:download|install\ local)\ extension\ "(?P<wanted>[^"]+)"
    | Extension\ "(?P<place>[^"]+)"\ not\ found
    | (?:in|requires)\ the\ (?:extension\ )?(?P<needed>\w+)(?:\ extension|\ to\ be\ loaded)
    | [Ff]ailed\ to\ (?:load|install)\ '(?P<file>[^']+)',?\s+The\ file\ (?:was\ built|is\ not)
    """,
    re.VERBOSE,
)
_BUILD = re.compile(r"v(?P<version>[0-9][\w.-]*)/(?P<platform>\w+)/\w+\.duckdb_extension")
_ENDING = ".duckdb_extension"
_KNOWN_ELSEWHERE = "is an existing extension"
_REPOSITORIES = {"community-extensions.": "community", "nightly-extensions.": "core_nightly"}


@dataclass(frozen=True, slots=True)
class MissingExtension:
    """An extension by name, what DuckDB says is wrong with it, and how it is brought here."""

    name: str
    message: str
    hint: str


def missing_extension(said: str) -> MissingExtension | None:
    """Read which extension DuckDB lacks from what it says, None where it says something else."""
    found = _NAMED.search(said)
    if found is None:
        return None
    words = found["wanted"] or found["place"] or found["needed"] or found["file"]
    name = words.rpartition("/")[2].removesuffix(_ENDING)
    unusable = re.search(r"The file (?:was built|is not)[^\n]*", said)
    if unusable:
        reason = unusable[0].removeprefix("The file ").rstrip(".")
        message = f"The DuckDB extension {name} cannot be loaded: its file {reason}."
    else:
        message = f"The DuckDB extension {name} is not installed{_build(said)}."
    return MissingExtension(name, message, _hint(name, said))


def _build(said: str) -> str:
    build = _BUILD.search(said)
    return f" for DuckDB {build['version']} on {build['platform']}" if build else ""


def _hint(name: str, said: str) -> str:
    candidates = re.search(r"Candidate extensions: (.+)", said)
    source = next((f" FROM {name}" for host, name in _REPOSITORIES.items() if host in said), "")
    if candidates and _KNOWN_ELSEWHERE not in said and not source:
        near = candidates[1].replace('"', "")
        return (
            f"Check its name in [source] setup; near are {near}. Those of the community need FROM community."
        )
    return (
        "Install it once, where there is internet, with the Python of zdpipe: "
        f"python -c \"import duckdb; duckdb.execute('INSTALL {name}{source}')\". For a machine without "
        "internet, copy the file from there; docs/sources.md tells where to."
    )
