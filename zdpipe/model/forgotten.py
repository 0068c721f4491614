"""A person who is to be forgotten, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

PLACEHOLDER = r"forgotten-[0-9a-f]{8}"
_ID_DIGITS = re.compile(r"\D")
# Shorter ones are parts of other numbers.
_PHONE_DIGITS = 7
# Identity keys and addresses are normalized already, and compared as they are.
_EXACT = frozenset({"keys", "emails", "zendesk"})


def is_placeholder(key: str) -> bool:
    """Tell whether a key stands for somebody who was forgotten."""
    return re.fullmatch(PLACEHOLDER, key) is not None


def placeholder(random: str) -> str:
    """Return the key that takes somebody's place, from eight hexadecimal digits."""
    return f"forgotten-{random}"


@dataclass(frozen=True)
class Person:
    """Everything that somebody is known by here; `placeholder` takes their place in rows.

    `keys` are identity keys, `ids` external_ids and other ids of the source in lower case, as are names and
    phones; `zendesk` are pairs of account and user id.
    """

    placeholder: str
    keys: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    zendesk: frozenset[tuple[str, int]] = frozenset()

    @property
    def is_known(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.keys or self.ids or self.emails or self.zendesk)

    @property
    def identities(self) -> frozenset[str]:
        """What a row may be keyed by: an address alone is the identity of whoever has no external_id."""
        return self.keys | self.emails

    @property
    def texts(self) -> frozenset[str]:
        """What a cell may hold that names the person beyond doubt."""
        return self.keys | self.ids | self.emails

    @property
    def numbers(self) -> frozenset[str]:
        """The phones as digits alone, with and without the country code of North America."""
        digits = {_ID_DIGITS.sub("", phone) for phone in self.phones}
        digits |= {number[1:] for number in digits if len(number) == 11 and number.startswith("1")}
        return frozenset(number for number in digits if len(number) >= _PHONE_DIGITS)

    def also(self, **more: Iterable[Any]) -> Person:
        """Return the person with more to be known by; nulls and blanks add nothing."""
        told: dict[str, Any] = {}
        for name, values in more.items():
            tidy = _as_they_are if name in _EXACT else _tidy
            told[name] = getattr(self, name) | {tidy(value) for value in values if value not in {None, ""}}
        return replace(self, **told)

    def as_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        sets = {each.name: sorted(getattr(self, each.name)) for each in fields(self)[1:]}
        return {"placeholder": self.placeholder, **sets}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Person:
        """Read a person written down before; raises what a document of another shape brings about."""
        sets = {each.name: document[each.name] for each in fields(cls)[1:-1]}
        zendesk = [(account, int(number)) for account, number in document["zendesk"]]
        return cls(document["placeholder"]).also(**sets, zendesk=zendesk)


def _as_they_are(value: Any) -> Any:
    return value


def _tidy(value: str) -> str:
    return " ".join(value.split()).lower()


@dataclass(frozen=True)
class Erased:
    """How many rows and files lost a person: rows of their own, and those of others that named them.

    `known` are rows of the known users, `sent` user objects of outboxes, `left_out` rejected rows and
    remarks, `mentions` words of Zendesk, queries and rows about others, `logs` logs of bugs, `sources` source
    rows of those who were sent.
    """

    known: int = 0
    sent: int = 0
    left_out: int = 0
    mentions: int = 0
    logs: int = 0
    sources: int = 0

    def __add__(self, other: Erased) -> Erased:
        return Erased(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    def as_json(self) -> dict[str, int]:
        """Return the JSON shape."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True)
class Forgotten:
    """What `forget` did: whether there was anybody, what was erased, and who they are in Zendesk.

    `runs` are those whose files or results changed. `completed` tells that an erasure which was cut off
    before was completed first. `simulators` are files of embedded accounts, which were left alone;
    `simulated` counts users that were erased from such accounts, where somebody asked for it.
    """

    found: bool
    erased: Erased = Erased()
    runs: Collection[str] = ()
    zendesk: Collection[tuple[str, int]] = ()
    completed: bool = False
    simulators: Collection[str] = ()
    simulated: int = 0
