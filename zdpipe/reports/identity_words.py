"""Where ids and addresses of a plan collide, in words that text and page share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from zdpipe.model.identities import MANY_ADDRESSES, Claim, Claims, Identities
from zdpipe.reports.mask import mask_email, mask_identifier
from zdpipe.reports.words import count


@dataclass(frozen=True, slots=True)
class Collision:
    """A kind of collision: its name, a sentence, and a line for each example."""

    name: str
    words: str
    examples: tuple[str, ...] = ()


def masked_claim(claim: Claim, *, show_pii: bool) -> Claim:
    """Return a claim as it may be shown, masked unless asked otherwise."""
    if show_pii:
        return claim
    owner = None if claim.owner is None else mask_identifier(claim.owner)
    return replace(claim, address=mask_email(claim.address), key=mask_identifier(claim.key), owner=owner)


def collisions(found: Identities, *, show_pii: bool) -> Iterator[Collision]:
    """Yield every kind of collision that there is."""
    shared, elsewhere, taken = found.shared, found.elsewhere, found.taken
    if shared.addresses:
        words = f"{_addresses(shared)} claimed by several ids, {_without(shared)}"
        yield Collision("shared", words, _owned(shared, "has it", show_pii=show_pii))
    if elsewhere.addresses:
        words = f"{_addresses(elsewhere)} of customers who do not claim them now, {_without(elsewhere)}"
        yield Collision("elsewhere", words, _owned(elsewhere, "has it", show_pii=show_pii))
    if found.secondary.addresses:
        yield Collision("secondary", _secondary(found), _bare(found.secondary, show_pii=show_pii))
    if found.promoted:
        yield Collision(
            "primary", f"of {count(found.promoted, 'customer')} another address becomes the primary one"
        )
    if found.cases:
        spelt = tuple(
            " · ".join(text if show_pii else mask_identifier(text) for text in ids) for ids in found.spellings
        )
        yield Collision(
            "case", f"{count(found.cases, 'id')} written in more than one case: one user each", spelt
        )
    if taken.addresses:
        words = f"{_addresses(taken)} of other users in the account: likely email_taken"
        yield Collision("taken", words, _owned(taken, "has it in Zendesk", show_pii=show_pii))
    if found.asked is not None and found.new_addresses:
        yield Collision(
            "looked up",
            f"{count(found.asked)} of {count(found.new_addresses, 'new address', 'new addresses')}",
        )


def _secondary(found: Identities) -> str:
    words = (
        f"{_addresses(found.secondary)} added to {count(found.secondary.customers, 'customer')} with another"
    )
    if not found.crowded:
        return words
    return f"{words}; {count(found.crowded)} of them would have {MANY_ADDRESSES} or more"


def _addresses(claims: Claims) -> str:
    return count(claims.addresses, "address", "addresses")


def _without(claims: Claims) -> str:
    return f"{count(claims.customers, 'customer')} sent without"


def _owned(claims: Claims, has: str, *, show_pii: bool) -> tuple[str, ...]:
    shown = (masked_claim(claim, show_pii=show_pii) for claim in claims.examples)
    return tuple(f"{claim.address} for {claim.key}: {claim.owner} {has}" for claim in shown)


def _bare(claims: Claims, *, show_pii: bool) -> tuple[str, ...]:
    shown = (masked_claim(claim, show_pii=show_pii) for claim in claims.examples)
    return tuple(f"{claim.address} for {claim.key}" for claim in shown)
