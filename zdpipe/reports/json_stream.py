"""A list of a JSON document that is made while it is written, because it may have millions of entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator


class Streamed(list[object]):
    """Entries that are made anew each time somebody goes through them; `json` takes them for a list.

    What is written with an indent goes through them one by one: that is Python's own encoder, which looks
    whether there are any, and iterates.
    """

    def __init__(self, entries: Callable[[], Iterable[object]]) -> None:
        super().__init__()
        self._entries = entries

    def __iter__(self) -> Iterator[object]:
        return iter(self._entries())

    def __bool__(self) -> bool:
        return any(True for _ in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __eq__(self, other: object) -> bool:
        return list(self) == other

    __hash__ = None  # like a list's
