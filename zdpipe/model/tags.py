"""Tags of a user: some are ours, some are others', and Zendesk knows only the whole list."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

# What Zendesk keeps of a tag: it folds case, cuts at blanks, and loses most punctuation.
TAG = re.compile(r"[\w\-/:.]+")
_MISFITS = re.compile(r"[^\w\-/:.]+")


def fold_tag(text: str) -> str | None:
    """Return a tag as Zendesk stores it, None where it would store something else."""
    folded = text.strip().lower()
    return folded if TAG.fullmatch(folded) else None


def fitting_tag(text: str) -> str:
    """Return the nearest tag to a text, empty where nothing of it fits."""
    return _MISFITS.sub("_", text.strip().lower()).strip("_")


@dataclass(frozen=True, slots=True)
class Merged:
    """The list to send, and those of our own tags that others had set before us, both sorted."""

    tags: tuple[str, ...]
    others: tuple[str, ...]


def take_back_tags(
    now: Collection[str], sent: Collection[str], before: Collection[str], others: Collection[str]
) -> tuple[str, ...]:
    """Return the list `now` in the account with our own tags as they were `before` those `sent` came, sorted.

    Those that `others` had set before us stay, and so does whatever others did since.
    """
    added = set(sent) - set(before) - set(others)
    return tuple(sorted((set(now) - added) | (set(before) - set(sent))))


def merge_tags(
    found: Collection[str], own: Collection[str], before: Collection[str], others: Collection[str]
) -> Merged:
    """Put our `own` tags into the list `found` in the account.

    Those we sent `before` and do not send any more go, but for those that were others' when we first sent
    them. Merging twice is merging once.
    """
    there, wanted, sent = set(found), set(own), set(before)
    theirs = (set(others) & wanted & there) | ((wanted - sent) & there)
    gone = sent - wanted - set(others)
    return Merged(tuple(sorted((there - gone) | wanted)), tuple(sorted(theirs)))
