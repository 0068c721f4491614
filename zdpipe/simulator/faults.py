"""The faults document: which calls go wrong, and how. `read_script` checks it as a whole.

`{"seed": 7, "faults": [{"on": "write", "skip": 2, "times": 1, "answer": {"status": 503}}]}`; see
docs/simulator.md for every key.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from zdpipe.simulator.effects import EFFECTS, Effect, FailItems, JobFate, Refuse
from zdpipe.simulator.kinds import KINDS
from zdpipe.simulator.shapes import BadFaults, fields_of, number, one_of, whole

SELECTORS = ("on", "skip", "times", "share")


@dataclass(frozen=True, slots=True)
class Fault:
    """One effect and the calls it is meant for; `times` None stands for ever."""

    on: str
    skip: int
    times: int | None
    share: float
    effect: Effect

    def concerns(self, kind: str) -> bool:
        """Tell whether calls of this kind are counted."""
        return self.on in ("any", kind)

    def strikes(self, seed: int, position: int, seen: int, hits: int) -> bool:
        """Tell whether the call after `seen` counted ones is hit; the same call is hit in every process."""
        if seen < self.skip or (self.times is not None and hits >= self.times):
            return False
        # A generator seeded with text gives the same numbers on every machine and run.
        return self.share >= 1 or random.Random(f"{seed}:{position}:{seen}").random() < self.share  # noqa: S311


@dataclass(frozen=True, slots=True)
class Script:
    """A checked faults document; `document` is its JSON, with a seed and a list."""

    seed: int
    faults: tuple[Fault, ...]
    document: Mapping[str, Any]


def read_script(sent: object) -> Script:
    """Return the script of a faults document, or of a bare list of faults.

    Raises BadFaults, a ValueError, naming the first thing that is wrong.
    """
    document = _as_json({"faults": sent} if isinstance(sent, list) else sent)
    known = fields_of(document, "The faults document", ("seed", "faults"))
    seed = whole(known.get("seed", 0), "seed")
    listed = known.get("faults")
    if not isinstance(listed, list):
        raise BadFaults("faults must be a list")
    faults = tuple(_fault(fault, f"faults[{n}]") for n, fault in enumerate(listed))
    return Script(seed, faults, {"seed": seed, "faults": listed})


@lru_cache(maxsize=16)
def stored_script(text: str) -> Script:
    """Return the script of a stored document."""
    return read_script(json.loads(text))


def _as_json(sent: object) -> Any:
    try:
        return json.loads(json.dumps(sent, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise BadFaults(f"The faults document is not JSON: {error}") from None


def _fault(sent: object, place: str) -> Fault:
    known = fields_of(sent, place, (*SELECTORS, *EFFECTS))
    named = [key for key in known if key in EFFECTS]
    if len(named) != 1:
        raise BadFaults(f"{place} must have exactly one effect of {', '.join(EFFECTS)}")
    effect = EFFECTS[named[0]](known[named[0]], f"{place}.{named[0]}")
    on = one_of(known.get("on", "write"), f"{place}.on", KINDS)
    if isinstance(effect, JobFate | FailItems) and on != "write":
        raise BadFaults(f"{place}.on must be write: only those make the job that {named[0]} acts on")
    if isinstance(effect, Refuse) and on not in ("write", "single", "any"):
        raise BadFaults(
            f"{place}.on must be write, single or any: no others hold the users that refuse wants"
        )
    times = known.get("times", None if isinstance(effect, FailItems | Refuse) else 1)
    return Fault(
        on,
        whole(known.get("skip", 0), f"{place}.skip"),
        None if times is None else whole(times, f"{place}.times", 1),
        number(known.get("share", 1), f"{place}.share", 1),
        effect,
    )
