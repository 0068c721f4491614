"""One user written: found or created, checked, and changed as the Users API does it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from zdpipe.simulator.fields import BadValue, Field, load_fields, possible_tags, stored_value, tags_of
from zdpipe.simulator.identify import (
    Problem,
    Target,
    identify,
    identify_known,
    identify_new,
    sent_emails,
    sent_external_id,
    sent_id,
)
from zdpipe.simulator.people import EMAIL, PHONE, People, Person, tidy_email
from zdpipe.simulator.properties import (
    apply_properties,
    new_user,
    phone_problems,
    property_problems,
    tidy_tags,
)
from zdpipe.simulator.settings import Settings

Action = Literal["create_or_update", "create", "update"]


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one item: the user and whether it was created, or the problems that forbade it."""

    person: Person | None
    created: bool = False
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class Writing:
    """A write of one or many items at one moment: the users it may touch, the account's fields, who was
    written.
    """

    people: People
    fields: Mapping[str, Field]
    tagging: list[tuple[Field, set[str]]]
    settings: Settings
    at: float
    written: set[int] = field(default_factory=set)
    mails: int = 0


def open_writing(db: sqlite3.Connection, items: Iterable[object], settings: Settings, at: float) -> Writing:
    """Read all users that the items could mean, in a few statements."""
    objects = [item for item in items if isinstance(item, dict)]
    people = People(
        db,
        external_ids=[e for item in objects if (e := sent_external_id(item))],
        emails=[e for item in objects for e in sent_emails(item)],
        phones=[p for item in objects if isinstance(p := item.get("phone"), str)],
        ids=[i for item in objects if (i := sent_id(item)) is not None],
    )
    fields = load_fields(db)
    tagging = [(known, tags) for known in fields.values() if (tags := possible_tags(known))]
    return Writing(people, fields, tagging, settings, at)


def write_user(writing: Writing, item: object, action: Action = "create_or_update") -> Written:
    """Create or update the user an item means; an item with a problem changes nothing."""
    if not isinstance(item, dict):
        return Written(None, problems=(("base", "Base: is not an object"),))
    target = _target(writing, item, action)
    values, field_problems = _custom_values(writing, item)
    problems = [
        *target.problems,
        *([] if target.problems else property_problems(item, creating=target.person is None)),
        *(phone_problems(item) if writing.settings.validate_phones else []),
        *field_problems,
        *_repeated(writing, target, item),
    ]
    if problems:
        return Written(target.person, problems=tuple(problems))
    person = target.person or writing.people.add(new_user(writing.at))
    _apply(writing, person, item, values)
    _apply_emails(writing, person, target, item)
    writing.people.touch(person)
    writing.written.add(person.id)
    return Written(person, created=target.person is None)


def _target(writing: Writing, item: Mapping[str, Any], action: Action) -> Target:
    if action == "create":
        return identify_new(writing.people, item)
    if action == "update":
        return identify_known(writing.people, item)
    return identify(writing.people, item, writing.settings)


def _repeated(writing: Writing, target: Target, item: Mapping[str, Any]) -> list[Problem]:
    twice = target.person is not None and target.person.id in writing.written
    if not twice or writing.settings.one_person_twice_in_a_batch == "merge":
        return []
    if item.get("email"):
        return [("email", f"Email: {tidy_email(str(item['email']))} is already being used by another user")]
    return [("external_id", f"External: {item.get('external_id')} has already been taken")]


def _custom_values(writing: Writing, item: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    sent = item.get("user_fields")
    if sent is None:
        return {}, []
    if not isinstance(sent, dict):
        return {}, [("user_fields", "User fields: is not an object")]
    values, problems = {}, []
    for key, value in sent.items():
        known = writing.fields.get(key)
        if known is None or not known["active"]:
            if writing.settings.unknown_custom_field == "fail":
                problems.append(("user_fields", f"User fields: {key} is not a field of this account"))
            continue
        try:
            values[key] = stored_value(known, value)
        except BadValue as error:
            problems.append((key, f"{known['title']}: {value!r} {error}"))
    return values, problems


def _apply(writing: Writing, person: Person, item: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    if "external_id" in item:
        writing.people.rename(person, sent_external_id(item))
    apply_properties(person.body, item)
    person.body["user_fields"].update(values)
    _apply_tags(writing, person.body, item)
    if "phone" in item:
        _apply_phone(writing, person, item)
    person.body["updated_at"] = writing.at


def _apply_tags(writing: Writing, body: dict[str, Any], item: Mapping[str, Any]) -> None:
    """Sent tags replace all others; the tags of custom fields come and go with their values."""
    tags = tidy_tags(item["tags"]) if "tags" in item else set(body["tags"])
    for known, possible in writing.tagging:
        tags = (tags - possible) | tags_of(known, body["user_fields"].get(known["key"]))
    body["tags"] = sorted(tags)


def _apply_phone(writing: Writing, person: Person, item: Mapping[str, Any]) -> None:
    """Store a phone as the Users API describes under "Phone Number".

    A number of one's own is a direct line with an identity; one that others have is stored as shared,
    without. A user who has a direct line keeps it, and a further number of their own is added beside it.
    Nothing is reformatted.
    """
    body, people, phone = person.body, writing.people, item["phone"]
    lines = [line.value for line in person.identities_of(PHONE)]
    if not phone:
        people.release_phones(person)
        body["phone"] = body["shared_phone_number"] = None
        return
    shared = item.get("shared_phone_number") is True or people.phone_is_taken(phone, by_other_than=person)
    if phone not in lines and not shared:
        people.add_identity(person, PHONE, phone, verified=False, at=writing.at)
    if phone in lines[:1] or shared or not lines:
        body["phone"], body["shared_phone_number"] = phone, shared and phone not in lines
    people.claim_phone(person, phone)


def _apply_emails(writing: Writing, person: Person, target: Target, item: Mapping[str, Any]) -> None:
    """A first email leads; any further one becomes secondary, and `verified` then speaks of that one."""
    mine = person.identities_of(EMAIL)
    known = {identity.value for identity in mine}
    new = [email for email in target.emails if email not in known]
    verified = item.get("verified") is True
    for email in new:
        writing.people.add_identity(person, EMAIL, email, verified, writing.at)
        if not verified and item.get("skip_verify_email") is not True:
            writing.mails += 1
    if not new and item.get("verified") is not None:
        for identity in mine[:1]:
            writing.people.verify(identity, verified, writing.at)
    show_leading_email(person)
    if person.body["email"] is None:
        person.body["verified"] = verified or person.body["verified"]


def show_leading_email(person: Person) -> None:
    """Let a user's `email`, and `verified` if there is one, be those of the identity that leads."""
    leading = next((i for i in person.identities_of(EMAIL) if i.primary), None)
    person.body["email"] = leading.value if leading else None
    person.body["verified"] = leading.verified if leading else person.body["verified"]
