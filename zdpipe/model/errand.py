"""Errands: up to a hundred people to whom one thing is done, and the states they pass through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from zdpipe.model.batch import BatchState
from zdpipe.model.gone import Deed, Fate


@dataclass(frozen=True, slots=True)
class Errand:
    """An errand as the state knows it; whom it is about lies in the errands' file.

    `attempts` are the sendings that were taken or may have been, `lost` those of them without results since
    there were any, `sent` the people in the last of them: the first so many whose fate was not known.
    """

    number: int
    deed: Deed
    users: int
    state: BatchState = BatchState.READY
    job_id: str | None = None
    attempts: int = 0
    lost: int = 0
    sent: int = 0
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ErrandItem:
    """One person of an errand.

    `payload` is what the deed needs, as JSON text: the values to empty by field, or the tag. `decided` is
    the fate of somebody of whom the plan knew it.
    """

    number: int
    position: int
    deed: Deed
    key: str
    zendesk_id: int | None
    payload: str
    decided: Fate | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one person of an errand, with Zendesk's own words where it refused."""

    position: int
    fate: Fate
    details: str | None = None
