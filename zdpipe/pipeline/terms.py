"""What is special about a plan, and what is known of it before its order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from zdpipe.changes.gone import Leavers
from zdpipe.changes.workspace import Workspace
from zdpipe.model.staff import Staff


@dataclass(frozen=True)
class Compared:
    """Rows that were compared and not ordered yet: so many were read, and rejected, and so many people gone.

    `is_part` says that only some people of the query count, `knows_gone` whether it was asked who is gone.
    """

    workspace: Workspace
    read: int
    rejected: int
    gone: int
    leavers: Leavers
    is_part: bool = False
    knows_gone: bool = True


@dataclass(frozen=True)
class Terms:
    """What is special about a plan.

    `full` sends everybody again, `only` limits it to some people (key, and by_address, whether an address was
    all their identity), `sample` to so many of those who would be sent. Rows of the `staff` are rejected, and
    `ask` tells what the account says of fields that others may have changed, as `Workspace.order` takes it.
    `mark_respelled` finds out whose texts normalization changed, `keep_sources` holds the source rows ready
    for `Planned.keep_sources`. `account` is where it goes, None where nobody knows: its custom fields tell
    what fits. So many as the `canary` says go ahead of all others. `new_identity` are the columns, of
    external_id and email, that come from elsewhere than in the last run: of people known by these nobody can
    tell who is gone. `familiar` is the file of the rows that are remembered from plan to plan, None where
    every row is to be looked at.
    """

    full: bool = False
    only: pl.DataFrame | None = None
    staff: Staff = field(default_factory=Staff)
    ask: Callable[[Compared], pl.DataFrame | None] | None = None
    sample: int | None = None
    mark_respelled: bool = False
    keep_sources: bool = False
    account: str | None = None
    canary: int | None = None
    new_identity: frozenset[str] = frozenset()
    familiar: Path | None = None

    @property
    def is_part(self) -> bool:
        """Whether only some people of the query count."""
        return self.only is not None or self.sample is not None

    @property
    def knows_gone(self) -> bool:
        """Whether it is asked who is gone: not where some people count, or some go ahead of others."""
        return not self.is_part and self.canary is None
