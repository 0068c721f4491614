"""Whom an item of a write means: the user of its external_id, else of its email, else somebody new."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zdpipe.simulator.people import People, Person, tidy_email
from zdpipe.simulator.settings import Settings

Problem = tuple[str, str]
NOT_FOUND: Problem = ("base", "Base: User is not found")

# One @, a local part without blanks or doubled dots, and a domain of two or more dotted labels.
EMAIL_SHAPE = re.compile(
    r"""[^\s@.,;:<>()\[\]\\"]+(\.[^\s@.,;:<>()\[\]\\"]+)*@([^\W_]([\w-]*[^\W_])?\.)+[^\W_]([^\W_]|-)*[^\W_]"""
)


@dataclass(frozen=True, slots=True)
class Target:
    """The user an item means (None: a new one), the emails it brings, the first one leading, and what forbids
    it.
    """

    person: Person | None
    emails: tuple[str, ...]
    problems: tuple[Problem, ...] = ()


def sent_external_id(item: Mapping[str, Any]) -> str | None:
    """Return the item's external_id as text; a blank one identifies nobody."""
    value = item.get("external_id")
    return str(value) if isinstance(value, str | int) and str(value).strip() else None


def sent_emails(item: Mapping[str, Any]) -> list[str]:
    """Return all emails the item mentions, tidied: those of `identities` first, then `email`.

    Recorded jobs show that with `identities` on creation its first email leads, not the one in `email`.
    """
    sent = [i.get("value") for i in _identities(item) if i.get("type") == "email"]
    sent.append(item.get("email"))
    return list(dict.fromkeys(tidy_email(str(e)) for e in sent if e is not None and str(e).strip()))


def sent_id(item: Mapping[str, Any]) -> int | None:
    """Return the item's id as a number; anything else is no id."""
    value = item.get("id")
    text = str(value) if isinstance(value, str | int) else ""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def identify_new(people: People, item: Mapping[str, Any]) -> Target:
    """Take an item for somebody new; whoever has its external_id or an email of it already forbids that."""
    emails, external_id = sent_emails(item), sent_external_id(item)
    problems = _badly_formed(emails) + [_taken(e) for e in emails if people.owner_of(e)]
    if external_id and people.with_external_id(external_id):
        problems.append(_has_been_taken(external_id))
    return Target(None, tuple(emails), tuple(problems))


def identify_known(people: People, item: Mapping[str, Any]) -> Target:
    """Find the user whose id an item has, or else whose external_id; nobody else is meant."""
    user_id, external_id = sent_id(item), sent_external_id(item)
    named = people.with_external_id(external_id) if external_id else None
    person = named if user_id is None else people.with_id(user_id)
    if person is None:
        return Target(None, (), (NOT_FOUND,))
    email = tidy_email(str(item.get("email") or ""))
    emails = [email] if email else []
    owner = people.owner_of(email)
    problems = _badly_formed(emails) + ([_taken(email)] if owner not in (None, person) else [])
    if external_id and named not in (None, person):
        problems.append(_has_been_taken(external_id))
    return Target(person, tuple(emails), tuple(problems))


def identify(people: People, item: Mapping[str, Any], settings: Settings) -> Target:
    """Find the user an item means; two different users are decided by `id_and_email_of_two_people`."""
    emails = sent_emails(item)
    if badly_formed := _badly_formed(emails):
        return Target(None, (), tuple(badly_formed))
    external_id = sent_external_id(item)
    named = people.with_external_id(external_id) if external_id else None
    email = tidy_email(str(item.get("email") or "")) or None
    owner = people.owner_of(email) if email else None
    if owner is None or owner is named:
        return _with_identities(people, named, emails, email)
    if named is None and (external_id is None or owner.body["external_id"] is None):
        return Target(owner, ())
    if settings.id_and_email_of_two_people == "fail":
        return Target(None, (), (_taken(str(email)),))
    return Target(named, ())


def _with_identities(people: People, person: Person | None, emails: list[str], email: str | None) -> Target:
    if person is not None:  # `identities` counts on creation only
        return Target(person, (email,) if email else ())
    taken = [_taken(e) for e in emails if people.owner_of(e)]
    return Target(None, tuple(emails), tuple(taken))


def _badly_formed(emails: list[str]) -> list[Problem]:
    return [
        ("email", f"Email: {e} is not properly formatted") for e in emails if not EMAIL_SHAPE.fullmatch(e)
    ]


def _has_been_taken(external_id: str) -> Problem:
    return ("external_id", f"External: {external_id} has already been taken")


def _taken(email: str) -> Problem:
    return ("email", f"Email: {email} is already being used by another user")


def _identities(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    sent = item.get("identities")
    return [i for i in sent if isinstance(i, dict)] if isinstance(sent, list) else []
