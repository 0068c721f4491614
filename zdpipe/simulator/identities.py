"""The User Identities API: the addresses and lines of one user.

Sources: Zendesk User Identities API. How it words a refusal is not known; these follow the Users
API.
"""

from __future__ import annotations

from typing import Any

from zdpipe.simulator.calls import Call
from zdpipe.simulator.identify import EMAIL_SHAPE
from zdpipe.simulator.messages import (
    Refusal,
    Response,
    bad_request,
    json_body,
    json_response,
    record_invalid,
    record_not_found,
)
from zdpipe.simulator.people import EMAIL, PHONE, Identity, People, Person, tidy_email
from zdpipe.simulator.reads import list_identities
from zdpipe.simulator.users import show_leading_email
from zdpipe.simulator.wire import identity_object

KINDS = (EMAIL, PHONE)


def show_identity(call: Call) -> Response:
    """GET users/{id}/identities/{id}."""
    _, _, identity = _opened(call)
    return _shown(call, identity)


def create_identity(call: Call) -> Response:
    """POST users/{id}/identities: a further address or line; `primary` lets it lead."""
    sent = _sent(call)
    kind, value = sent.get("type"), _value(sent)
    if kind not in KINDS or not value:
        return record_invalid([("type" if value else "value", "Identity: needs a known type and a value")])
    people, person = _person(call, emails=[value])
    if problem := _problem(call, kind, value, None):
        return problem
    verified = sent.get("verified") is True
    identity = people.add_identity(person, kind, value, verified, call.now)
    if sent.get("primary") is True:
        people.make_primary(person, identity, call.now)
    if kind == EMAIL and not verified and sent.get("skip_verify_email") is not True:
        _mail(call)
    _saved(call, people, person, identity.type)
    return _shown(call, identity, 201)


def update_identity(call: Call) -> Response:
    """PUT users/{id}/identities/{id}: its value, `verified`, or `primary`."""
    sent = _sent(call)
    people, person, identity = _opened(call, emails=[_value(sent)])
    value = _value(sent) or identity.value
    if problem := _problem(call, identity.type, value, identity):
        return problem
    people.change_identity(identity, value, call.now)
    if isinstance(sent.get("verified"), bool):
        people.verify(identity, sent["verified"], call.now)
    if sent.get("primary") is True:
        people.make_primary(person, identity, call.now)
    _saved(call, people, person, identity.type)
    return _shown(call, identity)


def make_primary(call: Call) -> Response:
    """PUT users/{id}/identities/{id}/make_primary: answers all identities of the user."""
    people, person, identity = _opened(call)
    people.make_primary(person, identity, call.now)
    _saved(call, people, person, identity.type)
    return list_identities(call)


def verify_identity(call: Call) -> Response:
    """PUT users/{id}/identities/{id}/verify."""
    people, person, identity = _opened(call)
    people.verify(identity, True, call.now)
    _saved(call, people, person, identity.type)
    return _shown(call, identity)


def request_verification(call: Call) -> Response:
    """PUT users/{id}/identities/{id}/request_verification: mails the user."""
    _opened(call)
    _mail(call)
    return json_response(200, {})


def delete_identity(call: Call) -> Response:
    """DELETE users/{id}/identities/{id}: 204; the oldest other of its kind leads in its place."""
    people, person, identity = _opened(call)
    people.remove_identity(person, identity, call.now)
    _saved(call, people, person, identity.type)
    return Response(204, {}, b"")


def _sent(call: Call) -> dict[str, Any]:
    sent = json_body(call.request.body).get("identity")
    if not isinstance(sent, dict):
        raise Refusal(bad_request("identity must be an object"))
    return sent


def _value(sent: dict[str, Any]) -> str:
    value = sent.get("value")
    text = value.strip() if isinstance(value, str) else ""
    return tidy_email(text) if "@" in text else text


def _person(call: Call, emails: list[str]) -> tuple[People, Person]:
    people = People(call.db, (), emails, (), [int(call.id)])
    person = people.with_id(int(call.id))
    if person is None:
        raise Refusal(record_not_found())
    return people, person


def _opened(call: Call, emails: list[str] | None = None) -> tuple[People, Person, Identity]:
    people, person = _person(call, emails or [])
    for identity in person.identities:
        if identity.id == int(call.ids[1]):
            return people, person, identity
    raise Refusal(record_not_found())


def _problem(call: Call, kind: str, value: str, mine: Identity | None) -> Response | None:
    """Refuse an address of a wrong form, and a value that somebody has, whoever that is."""
    if kind == EMAIL and not EMAIL_SHAPE.fullmatch(value):
        return record_invalid([("email", f"Email: {value} is not properly formatted")])
    held = call.db.execute("SELECT id FROM identities WHERE type = ? AND value = ?", (kind, value)).fetchone()
    if held and (mine is None or held[0] != mine.id):
        return record_invalid([("value", f"Value: {value} is already being used by another user")])
    return None


def _saved(call: Call, people: People, person: Person, kind: str) -> None:
    show_leading_email(person)
    lines = person.identities_of(PHONE)
    if kind == PHONE and lines:  # a number that was removed can stay on the profile (User Identities API)
        leading = next((line for line in lines if line.primary), lines[0])
        person.body["phone"], person.body["shared_phone_number"] = leading.value, False
    person.body["updated_at"] = call.now
    people.touch(person)
    people.save()


def _mail(call: Call) -> None:
    call.db.execute("UPDATE tally SET verification_mails = verification_mails + 1")


def _shown(call: Call, identity: Identity, status: int = 200) -> Response:
    return json_response(status, {"identity": identity_object(identity, call.request.origin)})
