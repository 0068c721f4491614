"""What somebody asks of a run."""

from __future__ import annotations

from dataclasses import dataclass

from zdpipe.model.guard import Guard
from zdpipe.model.seal import Seal


@dataclass(frozen=True, slots=True)
class Wish:
    """How a run is to differ from a usual one.

    `full` sends every valid row whether it changed or not. `retries` names the run whose failed people alone
    are sent, `allow` the guards that let this run pass, `seal` is what its plan must be like. `sample` is how
    many people are sent at most, `canary` how many go ahead of all others, who follow when these are there as
    they were sent. Where it `remembers`, everybody is read before they are written, so that the run can be
    taken back. `occasion` is the number of the occasion of an orchestration that it belongs to.
    """

    full: bool = False
    retries: str | None = None
    allow: frozenset[Guard] = frozenset()
    seal: Seal | None = None
    sample: int | None = None
    canary: int | None = None
    remembers: bool = False
    occasion: int | None = None


USUAL = Wish()
