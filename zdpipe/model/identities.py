"""What a plan foretells of ids and addresses: where people would run into each other."""

from __future__ import annotations

from dataclasses import dataclass, field

# With so many addresses somebody stands out: a household, or an address that is made anew in every export.
MANY_ADDRESSES = 5


@dataclass(frozen=True, slots=True)
class Claim:
    """An address, the key of who would have it, and whose it is: a key, or an id of the account."""

    address: str
    key: str
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Claims:
    """So many addresses, so many customers who would have them, and a few of both."""

    addresses: int = 0
    customers: int = 0
    examples: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class NewAddress:
    """An address that Zendesk has not got from us for a customer with an external_id."""

    address: str
    key: str
    external_id: str
    zendesk_id: int | None


@dataclass(frozen=True, slots=True)
class Identities:
    """Where ids and addresses of a plan collide.

    `shared` addresses are claimed by several ids, and those `elsewhere` are known to belong to a customer who
    does not claim them now: both are left out. `secondary` ones are added to customers who have another,
    `crowded` of whom would have MANY_ADDRESSES or more, and of `promoted` customers the new one would lead.
    `cases` are ids written in more than one case, with a few of them.

    `taken` addresses belong to other users of the account, which was `asked` about so many of all
    `new_addresses`.
    """

    shared: Claims = field(default_factory=Claims)
    elsewhere: Claims = field(default_factory=Claims)
    secondary: Claims = field(default_factory=Claims)
    crowded: int = 0
    promoted: int = 0
    cases: int = 0
    spellings: tuple[tuple[str, ...], ...] = ()
    new_addresses: int = 0
    asked: int | None = None
    taken: Claims = field(default_factory=Claims)
