"""Zendesk's JSON to our nouns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from zdpipe.model.batch import ItemResult, ItemStatus
from zdpipe.model.reasons import Failure
from zdpipe.zendesk.texts import storable, whole_number

# In the order they are tried against the words of a failed item, which come as one flat text.
_REASONS = (
    (Failure.EMAIL_TAKEN, ("email", "already being used")),
    (Failure.EMAIL_TAKEN, ("email", "already been taken")),
    (Failure.INVALID_EMAIL, ("email", "not properly formatted")),
    (Failure.INVALID_PHONE, ("phone", "not properly formatted")),
    (Failure.NAME_MISSING, ("name", "too short")),
    (Failure.NAME_MISSING, ("name", "blank")),
    (Failure.UNKNOWN_FIELD, ("user field",)),
)


# Only these and "Failed" occur, by Zendesk's staff (community post 4408861015066).
_SUCCESSES = {"created": ItemStatus.CREATED, "updated": ItemStatus.UPDATED}


@dataclass(frozen=True, slots=True)
class Me:
    """Who the credentials are; `user_id` is None for an anonymous caller."""

    user_id: int | None
    role: str
    email: str | None


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job of Zendesk; `results` is filled once it is completed, in the order the users were sent."""

    job_id: str
    status: str
    total: int | None
    message: str | None
    results: tuple[Mapping[str, Any], ...] | None

    @property
    def is_completed(self) -> bool:
        """Whether the job ran; single users may have failed in it."""
        return self.status == "completed"

    @property
    def is_dead(self) -> bool:
        """Whether the job will never run ("killed" was documented in the past and is still met)."""
        return self.status in {"failed", "killed"}


@dataclass(frozen=True, slots=True)
class User:
    """A user as Zendesk shows one: `properties` is the whole object, `emails` all addresses, lower-cased.

    `phones` are all numbers: the one shown, and those of further direct lines. `email_ids` are the ids of the
    addresses' identities, where these were asked for.
    """

    user_id: int
    external_id: str | None
    created_at: datetime
    emails: frozenset[str]
    phones: frozenset[str]
    properties: Mapping[str, Any]
    email_ids: Mapping[str, int] = field(default_factory=dict)

    @property
    def changed_at(self) -> datetime | None:
        """When anything of the user was written last, in whole seconds; None where that is not shown."""
        text = self.properties.get("updated_at")
        return _time(str(text)) if text else None

    def has_email(self, email: str) -> bool:
        """Tell whether an address is one of the user's."""
        return email.strip().lower() in self.emails

    def has_external_id(self, external_id: str) -> bool:
        """Tell whether an external_id is the user's; case is blind (Users API, Create Or Update User)."""
        return _folded(self.external_id or "") == _folded(external_id)

    def has_key(self, key: str) -> bool:
        """Tell whether an identity key is the user's: the external_id, or any of the addresses."""
        return self.has_external_id(key) or self.has_email(key)


@dataclass(frozen=True, slots=True)
class Identity:
    """An address or a direct line of a user; `kind` is `email` or `phone_number`, among others.

    An address is lower-cased.
    """

    identity_id: int
    kind: str
    value: str
    is_primary: bool


# By user and type: each value with the identity's id.
_Identities = dict[tuple[int, str], dict[str, int | None]]


class Mispaired(Exception):
    """Raised when a job's results do not belong to the users that were sent."""


def read_me(body: Mapping[str, Any]) -> Me:
    """Read the answer of users/me."""
    user = body["user"]
    return Me(user.get("id"), str(user.get("role") or ""), user.get("email"))


def read_job(body: Mapping[str, Any]) -> JobStatus:
    """Read one job status."""
    results = body.get("results")
    return JobStatus(
        job_id=storable(str(body["id"])),
        status=str(body["status"]),
        total=body.get("total"),
        message=None if body.get("message") is None else storable(str(body["message"])),
        results=tuple(results) if isinstance(results, list) else None,
    )


def read_users(body: Mapping[str, Any]) -> list[User]:
    """Read a list of users, with the identities that were asked for together with them."""
    identities: _Identities = defaultdict(dict)
    for identity in body.get("identities") or ():
        kind = int(identity["user_id"]), str(identity["type"])
        identities[kind][str(identity["value"])] = whole_number(str(identity.get("id") or ""))
    return [_user(user, identities) for user in body["users"]]


def read_identity(body: Mapping[str, Any]) -> Identity:
    """Read one identity."""
    kind, value = str(body["type"]), str(body["value"])
    return Identity(
        int(body["id"]), kind, value.lower() if kind == "email" else value, bool(body.get("primary"))
    )


def _user(body: Mapping[str, Any], identities: _Identities) -> User:
    user_id = whole_number(str(body["id"]))
    if user_id is None:
        raise ValueError(f"{body['id']!r} is no id of a user")
    addresses = identities.get((user_id, "email"), {})
    emails = {*addresses, str(body.get("email") or "")}
    phones = {*identities.get((user_id, "phone_number"), {}), str(body.get("phone") or "")}
    return User(
        user_id=user_id,
        external_id=body.get("external_id"),
        created_at=_time(str(body["created_at"])),
        emails=frozenset(email.lower() for email in emails if email),
        phones=frozenset(phone for phone in phones if phone),
        properties=body,
        email_ids={email.lower(): number for email, number in addresses.items() if number is not None},
    )


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def read_results(
    results: Sequence[Mapping[str, Any]], external_ids: Sequence[str | None]
) -> list[ItemResult]:
    """Pair a job's results with the users sent, by position, and cross-check echoed external_ids.

    Zendesk staff state that the order of results is the order of the users sent; failed items carry
    nothing else to pair them by. Raises Mispaired when the count or an echoed external_id is off, and for a
    result that tells nothing.
    """
    if len(results) != len(external_ids):
        raise Mispaired(f"{len(external_ids)} users were sent, {len(results)} results came back")
    for position, (result, sent) in enumerate(zip(results, external_ids, strict=True)):
        if not isinstance(result, Mapping):
            raise Mispaired(f"the result at position {position} is no object")
        echoed = result.get("external_id")
        if sent is not None and echoed is not None and _folded(str(echoed)) != _folded(sent):
            raise Mispaired(f"the result at position {position} belongs to another external_id")
    return [_item(position, result) for position, result in enumerate(results)]


def _folded(external_id: str) -> str:
    # Zendesk compares external_ids case-blind (Users API, Create Or Update User).
    return external_id.strip().lower()


def _item(position: int, result: Mapping[str, Any]) -> ItemResult:
    status = str(result.get("status") or "").lower()
    if _has_failed(result):
        details = _words(result)
        return ItemResult(position, ItemStatus.FAILED, None, failure_reason(details), details)
    user_id = whole_number(str(result.get("id") or ""))
    if status not in _SUCCESSES or user_id is None:
        raise Mispaired(f"the result at position {position} says neither that it worked nor that it failed")
    return ItemResult(position, _SUCCESSES[status], user_id)


def read_refusals(results: Sequence[Mapping[str, Any]], user_ids: Sequence[int]) -> dict[int, str]:
    """Return Zendesk's words for those it did not change, by their place among the users sent.

    The results of `update_many` echo the ids of users that were changed. Raises Mispaired where they are not
    those that were sent.
    """
    if len(results) != len(user_ids):
        raise Mispaired(f"{len(user_ids)} users were sent, {len(results)} results came back")
    refusals = {}
    for position, (result, sent) in enumerate(zip(results, user_ids, strict=True)):
        if not isinstance(result, Mapping):
            raise Mispaired(f"the result at position {position} is no object")
        if _has_failed(result):
            refusals[position] = _words(result)
        elif whole_number(str(result.get("id") or "")) != sent:
            raise Mispaired(f"the result at position {position} belongs to another user")
    return refusals


def _has_failed(result: Mapping[str, Any]) -> bool:
    """The one test that fits every recorded shape: good ones carry no "success" in some jobs."""
    failed = str(result.get("status") or "").lower() == "failed"
    return failed or result.get("error") is not None or result.get("success") is False


def _words(result: Mapping[str, Any]) -> str:
    return storable(str(result.get("details") or result.get("error") or ""))


def failure_reason(details: str) -> str:
    """Map Zendesk's words for a failed user to a reason code."""
    words = details.lower()
    for reason, parts in _REASONS:
        if all(part in words for part in parts):
            return reason
    return Failure.OTHER
