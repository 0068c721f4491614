"""The tables of zdpipe.toml, as far as they stand alone."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from zdpipe.model.fields import Kind
from zdpipe.model.gone import GoneAction
from zdpipe.model.policy import Mode, Nulls, OnEmailChange, SendOn
from zdpipe.model.resources import Resources
from zdpipe.project.secret import SecretReference
from zdpipe.project.statement import check_statement

# Two DuckDB instances are open while rows are read, the source and the workspace, beside what Polars and
# Python need: measured with this, a million rows of ten columns take under 700 MB of the process.
DEFAULT_MEMORY = "250MB"
DEFAULT_REGION = "US"
DEFAULT_DIALECT = "duckdb"

# What Spark reads by itself, such as s3a://bucket/folder; one letter would be a drive.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


class Table(BaseModel):
    """A table that refuses keys it does not know, and never changes."""

    # Built when it is first used: the whole file holds all others, which would be built twice.
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True, defer_build=True
    )


def matching(pattern: str, words: str) -> AfterValidator:
    """Check a text against a whole pattern; `words` say what fits."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(words)
        return value

    return AfterValidator(check)


def _as_path(value: Any) -> Any:
    if value == "" or not isinstance(value, str | Path) or "\0" in str(value):
        raise ValueError("a path is needed")
    return Path(value)


def _as_location(value: Any) -> Any:
    return value if isinstance(value, str) and _ADDRESS.match(value) else _as_path(value)


def _check_remote(value: str) -> str:
    if "token=" in value:
        # The value itself would be the secret, so it is not repeated.
        raise ValueError("no token may stand in it: name where it lies under token, such as env:SPARK_TOKEN")
    if not re.fullmatch(r"sc://[^/;\s]+(?:/(?:;[^\s=;]+=[^\s;]*)*)?", value):
        raise ValueError('an address such as "sc://host:15002" or "sc://host:443/;use_ssl=true" is needed')
    return value


def word_of(words: type[StrEnum]) -> BeforeValidator:
    """Take one of the words of an enumeration."""

    def read(value: Any) -> Any:
        if value not in set(words):
            raise ValueError(f"one of {', '.join(words)} is needed")
        return words(value)

    return BeforeValidator(read)


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _check_dialect(value: str) -> str:
    if value == DEFAULT_DIALECT:
        return value
    # Imported here because most projects keep to the default, and many commands read no SQL.
    from sqlglot.dialects.dialect import Dialects  # noqa: PLC0415

    known = sorted(dialect.value for dialect in Dialects if dialect.value)
    if value not in known:
        near = difflib.get_close_matches(value.lower(), known, n=1)
        guess = f" (did you mean {near[0]}?)" if near else ""
        raise ValueError(f"a SQL dialect is needed{guess}: {', '.join(known)}")
    return value


def _check_region(value: str) -> str:
    # Imported here because most projects keep to the default, and the plans of all regions take a while.
    import phonenumbers  # noqa: PLC0415

    if value != DEFAULT_REGION and value not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError('a region of ISO 3166 in two capitals is needed, such as "US"')
    return value


def _check_spellings(values: dict[str, str]) -> dict[str, str]:
    """Refuse what would depend on the order of its lines, or change again when it is read once more."""
    compared = {_compared(spelling): meant.strip() for spelling, meant in values.items()}
    if not all(compared) or not all(compared.values()):
        raise ValueError("a text that is not blank is needed on both sides")
    if len(compared) < len(values):
        raise ValueError("each spelling is needed once, whatever its case and blanks")
    for meant in compared.values():
        if compared.get(_compared(meant), meant) != meant:
            raise ValueError(f"a value that does not stand for another one is needed, and {meant!r} does")
    return values


def _compared(spelling: str) -> str:
    return " ".join(spelling.split()).lower()


FilePath = Annotated[Path, BeforeValidator(_as_path)]
# A path of this machine, or an address as text.
Location = Annotated[Path | str, BeforeValidator(_as_location)]
Percent = Annotated[float, Field(ge=0, le=100)]
Rows = Annotated[float, Field(ge=0, le=1_000_000)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
Statement = Annotated[str, AfterValidator(check_statement)]
Statements = Annotated[tuple[Statement, ...], BeforeValidator(_as_tuple)]


class Source(Table):
    """Where customers come from: a DuckDB file, files by table name, or both; or a Spark cluster."""

    engine: Literal["duckdb", "spark"] = "duckdb"
    database: FilePath | None = None
    tables: dict[str, Location] = Field(default_factory=dict)
    setup: Statements = ()
    dialect: Annotated[str, AfterValidator(_check_dialect)] = DEFAULT_DIALECT
    remote: Annotated[str, AfterValidator(_check_remote)] | None = None
    token: SecretReference | None = None
    databases: Texts = ()


class Paths(Table):
    """Folders of the project; absolute once the project is loaded."""

    queries: FilePath = Path("queries")
    attribute_tables: FilePath = Path("attribute_tables")
    state: FilePath = Path(".zdpipe")


class Limits(Table):
    """What a DuckDB instance of ours may take: memory in DuckDB's words, and threads."""

    memory: Annotated[str, matching(r"[1-9]\d*(\.\d+)?\s*[KMGT]i?B", 'a size such as "500MB" is needed')] = (
        DEFAULT_MEMORY
    )
    threads: Annotated[int, Field(ge=1, le=1024)] | None = None

    def resources(self, temporary: Path) -> Resources:
        """Return the limits together with the folder that takes what does not fit into memory."""
        return Resources(memory=self.memory, temporary=temporary, threads=self.threads)


class FieldRule(Table):
    """What the project says of one output column."""

    as_: Annotated[Kind | None, word_of(Kind), Field(alias="as")] = None
    on_invalid: Literal["omit", "reject"] | None = None
    nulls: Annotated[Nulls | None, word_of(Nulls)] = None
    only_if_empty: bool = False
    send_on: Annotated[SendOn | None, word_of(SendOn)] = None
    allow: bool = False
    mode: Annotated[Mode | None, word_of(Mode)] = None
    values: Annotated[dict[str, str], AfterValidator(_check_spellings)] = Field(default_factory=dict)
    max_length: Annotated[int, Field(ge=1)] | None = None


class Phone(Table):
    """How phone numbers without a country code are read, and which are good enough."""

    default_region: Annotated[str, AfterValidator(_check_region)] = DEFAULT_REGION
    require_plus_one: bool = False
    accept: Literal["valid", "possible"] = "valid"


class Identity(Table):
    """How people are known, and whether Zendesk may write to them when they are."""

    allow_staff: bool = False
    on_email_change: Annotated[OnEmailChange, word_of(OnEmailChange)] = OnEmailChange.ADD_SECONDARY
    skip_verify_email: bool = True


class Guards(Table):
    """What a run must not do unless it is allowed to: the highest shares in percent that pass by themselves.

    `empty` refuses a result without rows.
    """

    rejected: Percent = 10.0
    cleared: Percent = 5.0
    gone: Percent = 1.0
    updated: Percent = 50.0
    rows: Rows = 50.0
    empty: bool = True


# Zendesk stores a tag just so, and others changed.
_Tag = Annotated[str, matching(r"[a-z0-9_:./-]+", "a tag of small letters, digits and _ : . / - is needed")]


class Gone(Table):
    """What is done to customers who left a query; `tag` is the one that the action tag adds."""

    action: Annotated[GoneAction, word_of(GoneAction)] = GoneAction.REPORT
    tag: _Tag | None = None


class Lint(Table):
    """Severities by rule; rules ignored everywhere, and in files that match a pattern."""

    severity: dict[str, Literal["error", "warning", "hint"]] = Field(default_factory=dict)
    ignore: Texts = ()
    ignore_in: dict[str, Texts] = Field(default_factory=dict)

    def rules_named(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each code or name of a rule that is mentioned, with the keys that lead to it."""
        for rule in self.severity:
            yield rule, ("lint", "severity", rule)
        for rule in self.ignore:
            yield rule, ("lint", "ignore")
        for pattern, rules in self.ignore_in.items():
            for rule in rules:
                yield rule, ("lint", "ignore_in", pattern)


class State(Table):
    """How long the past is kept: so many finished runs of each query and account, all of them when None."""

    keep_runs: Annotated[int, Field(ge=1, le=100_000)] | None = None


class Privacy(Table):
    """Whether personal data may be shown unmasked to whoever asks for it with --show-pii."""

    show_pii: Literal["on-request", "never"] = "on-request"


class Defaults(Table):
    """What commands use when an option is not given."""

    destination: str | None = None
