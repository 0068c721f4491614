"""One code in the catalogue of failures."""

from __future__ import annotations

from dataclasses import dataclass

from zdpipe.model.action import ActionName


@dataclass(frozen=True, slots=True)
class Entry:
    """What a code means in one sentence, what cures it, and the actions that may fit, the first one first.

    No sentence has anything of a customer or an account in it, so it may go wherever words go.
    """

    sentence: str
    cure: str
    actions: tuple[ActionName, ...]
