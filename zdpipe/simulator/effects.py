"""What a fault does to the call it hits: nine effects, each read from its JSON form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from zdpipe.simulator.settings import CALLER_ROLES
from zdpipe.simulator.shapes import BadFaults, fields_of, flag, header, number, one_of, pattern, text, whole

WHEN = ("before", "after")
FATES = (
    "failed", "killed", "failed_midway", "stuck", "forgotten", "no_results", "missing_results", "shuffled",
    "odd_status",
)  # fmt: skip
PROPERTIES = ("external_id", "email", "name", "phone")
ITEM_ERROR = "UserUpdateError"  # the only one seen (a question in Zendesk's community)
ITEM_DETAILS = "Email: is not properly formatted"
REFUSALS = (400, 413, 422)
FRAMING = ("content-length", "transfer-encoding", "connection")  # the connection's own, see `cut` and `reset`
NOT_GIVEN = object()

Where = tuple[tuple[str, re.Pattern[str]], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Give this answer in place of the account's own; `after`: once the request has been carried out.

    `body` NOT_GIVEN and `retry_after` NOT_GIVEN stand for what is usual for the status; a header of None is
    left out.
    """

    status: int
    body: object
    headers: Mapping[str, str | None]
    retry_after: object
    after: bool


@dataclass(frozen=True, slots=True)
class Reset:
    """Reset the connection, once the request has been carried out when `after`."""

    after: bool


@dataclass(frozen=True, slots=True)
class Slow:
    """Carry the request out, and answer so many seconds later."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Cut:
    """End the answer's body after so many bytes of it."""

    bytes: int


@dataclass(frozen=True, slots=True)
class Tenants:
    """Let other programs hold so many job slots for so many seconds from now on."""

    jobs: int
    seconds: float


@dataclass(frozen=True, slots=True)
class JobFate:
    """Let the job made by the call meet one of FATES."""

    fate: str


@dataclass(frozen=True, slots=True)
class FailItems:
    """Fail the users of a job that fit `where`, each with this error and these details."""

    where: Where
    error: str
    details: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """Refuse a whole write that holds a user who fits `where`."""

    where: Where
    status: int
    body: object


@dataclass(frozen=True, slots=True)
class ChangeAccount:
    """Change how the account stands, from this call on: names and values of `standing`."""

    changes: Mapping[str, Any]


Effect = Answer | Reset | Slow | Cut | Tenants | JobFate | FailItems | Refuse | ChangeAccount


def fits(where: Where, user: object) -> bool:
    """Tell whether a user as sent has every property that `where` names, each with a fitting value."""
    return isinstance(user, dict) and all(_fits(user, name, wanted) for name, wanted in where)


def _fits(user: Mapping[str, Any], name: str, wanted: re.Pattern[str]) -> bool:
    holder, key = user, name
    if name.startswith("user_fields."):
        holder, key = user.get("user_fields") or {}, name.removeprefix("user_fields.")
    value = holder.get(key) if isinstance(holder, dict) else None
    return value is not None and wanted.search(str(value)) is not None


def _answer(sent: object, place: str) -> Answer:
    known = fields_of(sent, place, ("status", "body", "headers", "retry_after", "when"))
    if "status" not in known:
        raise BadFaults(f"{place} needs a status")
    retry_after = known.get("retry_after", NOT_GIVEN)
    if retry_after is not NOT_GIVEN and retry_after is not None:
        header(retry_after, f"{place}.retry_after")
    return Answer(
        whole(known["status"], f"{place}.status", 200, 599),
        known.get("body", NOT_GIVEN),
        _headers(known.get("headers", {}), f"{place}.headers"),
        retry_after,
        one_of(known.get("when", "before"), f"{place}.when", WHEN) == "after",
    )


def _headers(sent: object, place: str) -> dict[str, str | None]:
    if not isinstance(sent, dict):
        raise BadFaults(f"{place} must be an object")
    for name in sent:
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or name.lower() in FRAMING:
            raise BadFaults(f"{place} has the key {name!r}, which is no name of a header to choose")
    return {n: None if v is None else header(v, f"{place}.{n}") for n, v in sent.items()}


def _reset(sent: object, place: str) -> Reset:
    return Reset(one_of(sent, place, WHEN) == "after")


def _slow(sent: object, place: str) -> Slow:
    return Slow(number(sent, place, 3600))


def _cut(sent: object, place: str) -> Cut:
    return Cut(whole(sent, place))


def _tenants(sent: object, place: str) -> Tenants:
    known = fields_of(sent, place, ("jobs", "seconds"))
    return Tenants(
        whole(known.get("jobs", 30), f"{place}.jobs"), number(known.get("seconds", 60), f"{place}.seconds")
    )


def _job(sent: object, place: str) -> JobFate:
    return JobFate(one_of(sent, place, FATES))


def _items(sent: object, place: str) -> FailItems:
    known = fields_of(sent, place, ("where", "error", "details"))
    return FailItems(
        _where(known, place),
        text(known.get("error", ITEM_ERROR), f"{place}.error"),
        text(known.get("details", ITEM_DETAILS), f"{place}.details"),
    )


def _refuse(sent: object, place: str) -> Refuse:
    known = fields_of(sent, place, ("where", "status", "body"))
    status = whole(known.get("status", 422), f"{place}.status")
    if status not in REFUSALS:
        raise BadFaults(f"{place}.status must be one of 400, 413, 422, not {status}")
    return Refuse(_where(known, place), status, known.get("body", NOT_GIVEN))


def _where(known: Mapping[str, Any], place: str) -> Where:
    sent = known.get("where")
    if not isinstance(sent, dict) or not sent:
        raise BadFaults(f"{place}.where must be an object of at least one property and its pattern")
    for name in sent:
        if name not in PROPERTIES and not re.fullmatch(r"user_fields\..+", name):
            known_names = ", ".join((*PROPERTIES, "user_fields.KEY"))
            raise BadFaults(f"{place}.where has the unknown key {name!r}; known are {known_names}")
    return tuple((name, pattern(value, f"{place}.where.{name}")) for name, value in sent.items())


def _account(sent: object, place: str) -> ChangeAccount:
    readers: dict[str, Callable[[object, str], Any]] = {
        "bulk_import": flag,
        "role": lambda value, at: one_of(value, at, CALLER_ROLES),
        "anonymous": flag,
        "credentials": lambda value, at: one_of(value, at, ("accepted", "refused")),
        "scope": text,
        "tokens": lambda value, at: one_of(value, at, ("expired",)),
    }
    known = fields_of(sent, place, tuple(readers))
    if not known:
        raise BadFaults(f"{place} changes nothing; known are {', '.join(readers)}")
    return ChangeAccount({key: readers[key](value, f"{place}.{key}") for key, value in known.items()})


EFFECTS: dict[str, Callable[[object, str], Effect]] = {
    "answer": _answer,
    "reset": _reset,
    "slow": _slow,
    "cut": _cut,
    "tenants": _tenants,
    "job": _job,
    "items": _items,
    "refuse": _refuse,
    "account": _account,
}
