"""What an account is like, and where two of them differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from zdpipe.model.schema import UserField


@dataclass(frozen=True, slots=True)
class FieldFacts(UserField):
    """A custom user field as far as it decides what is sent to it, more of it than the linter asks for.

    `pattern` is that of a field of type regexp, `tag` the one that a ticked checkbox adds, `target` what a
    lookup points to.
    """

    pattern: str = ""
    tag: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact that two accounts have otherwise; None where nobody told or there is nothing."""

    name: str
    first: str | None
    second: str | None


class Where(StrEnum):
    """In which of two accounts a custom field is."""

    FIRST = "first"
    SECOND = "second"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A custom field that two accounts do not have alike; `facts` are empty where only one has it."""

    key: str
    where: Where
    facts: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an account does not let us do something, and the cure."""

    code: str
    message: str
    hint: str


@dataclass(frozen=True)
class AccountFacts:
    """What is told of one account to a destination's credentials.

    `way_in` is how they sign in, `role` whose they are; `no_import` says why users may not be written in
    bulk, None where they may. `requests_per_minute` and `jobs_at_once` are None while no answer told them.
    """

    destination: str
    account: str
    fields: Mapping[str, FieldFacts]
    way_in: str
    role: str
    no_import: Refusal | None
    users_per_second: int
    requests_per_minute: int | None
    jobs_at_once: int | None = None


@dataclass(frozen=True, slots=True)
class FieldsDiff:
    """The custom fields that two destinations' accounts do not have alike."""

    destinations: tuple[str, str]
    accounts: tuple[str, str]
    differences: tuple[FieldDifference, ...]


def field_differences(
    first: Mapping[str, FieldFacts], second: Mapping[str, FieldFacts]
) -> tuple[FieldDifference, ...]:
    """Return the custom fields that two accounts do not have alike, by key."""
    found = (_field(key, first.get(key), second.get(key)) for key in sorted({*first, *second}))
    return tuple(difference for difference in found if difference is not None)


def right_differences(first: AccountFacts, second: AccountFacts) -> tuple[Difference, ...]:
    """Return what the credentials are or may do in one account and not in the other."""
    return _unlike(
        Difference("signs in with", first.way_in, second.way_in),
        Difference("role", first.role, second.role),
        Difference("bulk import", _import(first), _import(second)),
    )


def limit_differences(first: AccountFacts, second: AccountFacts) -> tuple[Difference, ...]:
    """Return the limits that are not the same: those that accounts tell, and users a second of ours."""
    # Zendesk tells it with answers to bulk writes: one account that did not is no difference.
    told = None not in {first.jobs_at_once, second.jobs_at_once}
    jobs = Difference("jobs at once", _text(first.jobs_at_once), _text(second.jobs_at_once))
    return _unlike(
        *([jobs] if told else []),
        Difference("requests a minute", _text(first.requests_per_minute), _text(second.requests_per_minute)),
        Difference("users a second", str(first.users_per_second), str(second.users_per_second)),
    )


def _field(key: str, first: FieldFacts | None, second: FieldFacts | None) -> FieldDifference | None:
    if first is None or second is None:
        return FieldDifference(key, Where.FIRST if second is None else Where.SECOND)
    facts = tuple(_facts(first, second))
    return FieldDifference(key, Where.BOTH, facts) if facts else None


def _facts(first: FieldFacts, second: FieldFacts) -> Iterator[Difference]:
    yield from _unlike(
        Difference("type", first.type, second.type),
        Difference("title", first.title, second.title),
        Difference("active", _yes(first.active), _yes(second.active)),
        Difference("pattern", first.pattern or None, second.pattern or None),
        Difference("tag", first.tag or None, second.tag or None),
        Difference("points to", first.target or None, second.target or None),
    )
    for value in sorted({*first.options, *second.options}):
        yield from _unlike(Difference(f"option {value}", first.options.get(value), second.options.get(value)))


def _unlike(*facts: Difference) -> tuple[Difference, ...]:
    return tuple(fact for fact in facts if fact.first != fact.second)


def _import(facts: AccountFacts) -> str:
    return "let in" if facts.no_import is None else "refused"


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"
