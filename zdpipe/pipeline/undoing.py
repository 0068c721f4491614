"""One person of a run that is taken back: what is put back, and why the rest stays."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zdpipe.delivery.evidence import is_equal
from zdpipe.model.before import ADDRESS, IDENTITY, NUMBER
from zdpipe.model.fields import SKIP_VERIFY_EMAIL, TAGS, Kind, custom_field_key, is_custom_field
from zdpipe.model.policy import CLEARED, NEVER_CLEARED, policy_of
from zdpipe.model.rollback import LeftAlone, NotRestorable
from zdpipe.model.tags import take_back_tags

PHONE = "phone"
_NOTHING: tuple[object, ...] = (None, "", [])
SUSPENDED = "suspended"


@dataclass
class Undone:
    """What is done about one person.

    `values` are the JSON texts to put back, CLEARED for a field to empty; `theirs` those of them that were
    not ours. `tags` is the whole list to send where the value is but our own part of it.
    `removals` are addresses and numbers to remove: the kind and the value.
    """

    key: str
    zendesk_id: int
    external_id: str | None
    email: str | None
    values: dict[str, str] = field(default_factory=dict)
    theirs: list[str] = field(default_factory=list)
    tags: str | None = None
    removals: list[tuple[str, str]] = field(default_factory=list)
    left: list[LeftAlone] = field(default_factory=list)

    def leave(self, column: str | None, reason: NotRestorable) -> None:
        """Say that something stays."""
        self.left.append(LeftAlone(self.key, column, reason))


def undo(match: Mapping[str, Any], *, suspend_created: bool, merges_tags: bool = False) -> Undone:
    """Decide about a person found in the account: `Matching.matches` over the people of `write_undoing`.

    With `merges_tags` the run had merged our own tags into those of others.

    What was read of another user than they have now says nothing of this one.
    """
    if match["id_before"] not in {None, match["user_id"]}:
        match = {**match, "identities_read": False, "numbers_read": False, "before": None}
    undone = _begin(match)
    if undone.external_id is None and undone.email is None:
        undone.leave(None, NotRestorable.USER_UNCLEAR)  # a bulk call could not name the user
        return undone
    if match["was_created"]:
        _suspend(undone, match, suspend_created=suspend_created)
        return undone
    held, written = json.loads(match["shown"]), json.loads(match["written"])
    blocked = json.loads(match["blocked"])
    before = {name: (text, is_ours) for name, text, is_ours in json.loads(match["before"] or "[]")}
    for name, text in written.items():
        if text is None or name == SKIP_VERIFY_EMAIL:
            continue
        seen = _Field(name, text, held.get(name), blocked.get(name))
        if name not in before:
            undone.leave(name, NotRestorable.NOT_READ)
        elif name == TAGS and merges_tags:
            _undo_tags(undone, seen, match["tags_of_others"], before[name][0])
        elif name == PHONE:
            _undo_phone(undone, seen, match, *before[name])
        else:
            seen.put_back(undone, *before[name])
    _undo_addresses(undone, match)
    return undone


@dataclass(frozen=True)
class _Field:
    """A field that the run wrote: the JSON text, what the account holds now, and a reason for it to stay."""

    name: str
    text: str
    now: Any
    blocked: str | None

    def put_back(self, undone: Undone, before: str | None, is_ours: bool) -> None:
        """Put a value back where the run changed it, and nobody did since."""
        old = json.loads(before or CLEARED)
        if is_equal(json.loads(self.text), old) or is_equal(old, self.now):
            return  # the run changed nothing, or it is back already
        if self.blocked is not None:
            undone.leave(self.name, NotRestorable(self.blocked))
        elif not is_equal(json.loads(self.text), self.now):
            undone.leave(self.name, NotRestorable.CHANGED_BY_OTHERS)
        elif old in _NOTHING and self.name in NEVER_CLEARED:
            undone.leave(self.name, NotRestorable.NEVER_EMPTIED)
        else:
            self.restore(undone, before, is_ours)

    def restore(self, undone: Undone, before: str | None, is_ours: bool) -> None:
        """Put a value back whatever is there."""
        undone.values[self.name] = CLEARED if json.loads(before or CLEARED) in _NOTHING else str(before)
        if not is_ours:
            undone.theirs.append(self.name)


def _begin(match: Mapping[str, Any]) -> Undone:
    # Zendesk finds the user by what they have: their external_id, or any of their addresses.
    named = match["external_id"] is not None and match["external_key"] == match["key"]
    mine = match["key"] if match["key"] in match["user_emails"] else match["user_email"]
    return Undone(
        match["key"],
        match["user_id"],
        match["external_id"] if named else None,
        None if named else mine,
    )


def _suspend(undone: Undone, match: Mapping[str, Any], *, suspend_created: bool) -> None:
    if not suspend_created:
        undone.leave(None, NotRestorable.CREATED)
    elif json.loads(match["shown"]).get(SUSPENDED) is not True:
        undone.values[SUSPENDED] = "true"


def _undo_tags(undone: Undone, seen: _Field, others: str | None, before: str | None) -> None:
    """Take our own tags back to what they were; those of others are as they are now."""
    sent, now = json.loads(seen.text) or [], seen.now or []
    old = json.loads(before or CLEARED) or []
    tags = take_back_tags(now, sent, old, _listed(others))
    if set(tags) == set(now):
        return  # the run changed nothing, or it is back already
    if seen.blocked is not None:
        undone.leave(TAGS, NotRestorable(seen.blocked))
    elif not set(sent) <= set(now):
        undone.leave(TAGS, NotRestorable.CHANGED_BY_OTHERS)
    else:
        undone.values[TAGS] = _dense(sorted(old)) if old else CLEARED
        # An empty list is taken for none at all; one with an empty text empties it (recorded).
        undone.tags = _dense(list(tags or ("",)))


def own_tags(written: str | None, others: str | None) -> str | None:
    """Return, as a JSON text, what of the tags that a run wrote was nobody's before; None for nothing."""
    ours = set(json.loads(written or CLEARED) or ()) - set(_listed(others))
    return _dense(sorted(ours)) if ours else None


def _listed(text: str | None) -> list[str]:
    found = json.loads(text or CLEARED)
    return found if isinstance(found, list) else []


def _dense(value: Sequence[str]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _undo_phone(
    undone: Undone, seen: _Field, match: Mapping[str, Any], before: str | None, is_ours: bool
) -> None:
    """Put a number back, or remove the one that the run added beside it.

    A user with a direct line keeps it, and a further number becomes a second one (Users API, Phone Number).
    """
    ours, now = json.loads(seen.text), set(match["phones"])
    shown_before = json.loads(before or CLEARED)
    told = match["numbers"] if match["numbers_read"] else [json.dumps(shown_before)]
    old = {json.loads(number) for number in told} - {None, ""}
    if not ours or ours in old:
        seen.put_back(undone, before, is_ours)
        if not ours and old - now - {shown_before}:
            undone.leave(NUMBER, NotRestorable.IDENTITY_REMOVED)
    elif seen.blocked is not None:
        undone.leave(PHONE, NotRestorable(seen.blocked))
    elif ours not in now:
        undone.leave(PHONE, NotRestorable.CHANGED_BY_OTHERS)
    elif seen.now != ours and match["numbers_read"]:
        undone.removals.append((NUMBER, ours))
    elif seen.now != ours:
        undone.leave(NUMBER, NotRestorable.NOT_READ)
    elif now - {ours} == old:
        seen.restore(undone, before, is_ours)
    else:
        # It took the place of a number without a line of its own, or others have been there.
        taken = now == {ours}
        undone.leave(PHONE, NotRestorable.IDENTITY_LEADS if taken else NotRestorable.CHANGED_BY_OTHERS)


def _undo_addresses(undone: Undone, match: Mapping[str, Any]) -> None:
    old = {json.loads(address) for address in match["addresses"]}
    for email in match["added"]:
        if email not in match["user_emails"] or email in old:
            continue
        if not match["identities_read"]:
            undone.leave(ADDRESS, NotRestorable.NOT_READ)
        elif email == match["user_email"]:
            undone.leave(ADDRESS, NotRestorable.IDENTITY_LEADS)
        else:
            undone.removals.append((ADDRESS, email))
    named = match["is_named"] and match["external_key"] is not None
    if match["identities_read"] and named and json.loads(match["external_id_before"] or CLEARED) is None:
        undone.leave(IDENTITY, NotRestorable.NEVER_EMPTIED)


def payload(undone: Undone, was: Mapping[str, str]) -> str:
    """Return the user object that puts values back: no name, so that nobody can be created by it.

    `was` has the JSON texts that the run wrote; they tell how a field is emptied.
    """
    members: dict[str, str] = {}
    custom: dict[str, str] = {}
    for name, text in undone.values.items():
        value = _emptied(name, was.get(name)) if text == CLEARED else text
        if name == TAGS and undone.tags is not None:
            value = undone.tags
        if is_custom_field(name):
            custom[custom_field_key(name)] = value
        else:
            members[name] = value
    if undone.external_id is not None:
        members["external_id"] = json.dumps(undone.external_id, ensure_ascii=False)
    if custom:
        members["user_fields"] = _object(custom)
    first = {} if undone.email is None else {"email": json.dumps(undone.email, ensure_ascii=False)}
    return _object(first | dict(sorted(members.items())))


def _emptied(name: str, was: str | None) -> str:
    kind = Kind.BOOLEAN if was in {"true", "false"} else Kind.TEXT
    return policy_of(name, kind).cleared


def _object(members: Mapping[str, str]) -> str:
    pairs = (f"{json.dumps(name, ensure_ascii=False)}:{text}" for name, text in members.items())
    return f"{{{','.join(pairs)}}}"
