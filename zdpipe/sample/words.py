"""Names and places as the flat lists that the sample's SQL picks from."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from zdpipe.sample.names import CULTURES
from zdpipe.sample.places import PLACES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WordLists = dict[str, list[str] | list[int] | list[str | None]]


def word_lists() -> WordLists:
    """Return each list by the name of its SQL variable; positions count from 0."""
    return _name_lists() | _place_lists()


def _name_lists() -> WordLists:
    return {
        "culture_of_hundred": _hundred(culture.share for culture in CULTURES),
        "glue": [culture.glue for culture in CULTURES],
        "given": [name for culture in CULTURES for name in culture.given],
        "given_latin": [latin for culture in CULTURES for latin in culture.given.values()],
        "givens": [len(culture.given) for culture in CULTURES],
        "first_given": _starts([len(culture.given) for culture in CULTURES]),
        "surname": [name for culture in CULTURES for name in culture.surnames],
        "surname_latin": [latin for culture in CULTURES for latin in culture.surnames.values()],
        "surnames": [len(culture.surnames) for culture in CULTURES],
        "first_surname": _starts([len(culture.surnames) for culture in CULTURES]),
    }


def _place_lists() -> WordLists:
    return {
        "place_of_hundred": _hundred(place.share for place in PLACES),
        "city": [place.city for place in PLACES],
        "state": [place.state for place in PLACES],
        "state_name": [place.state_name for place in PLACES],
        "postal": [place.postal for place in PLACES],
        "area": [place.area for place in PLACES],
        "country": [place.country for place in PLACES],
    }


def _hundred(shares: Iterable[int]) -> list[int]:
    """Turn shares in percent into positions to draw from, each as often as its share."""
    return [position for position, share in enumerate(shares) for _ in range(share)]


def _starts(sizes: Sequence[int]) -> list[int]:
    """Return where each block begins when blocks of these sizes stand one after the other."""
    return [0, *accumulate(sizes[:-1])]
