"""Make the known users what they are after a whole run was sent, as a program.

Takes the folder of a project, and the account that its last run, which was stopped, was sent to.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from zdpipe.clock import SystemClock
from zdpipe.model.batch import ItemResult, ItemStatus
from zdpipe.model.resources import Resources
from zdpipe.project.tables import DEFAULT_MEMORY
from zdpipe.state.folder import StateFolder
from zdpipe.state.known_users import merge
from zdpipe.state.settled import SettledBatch

_THEN = datetime(2026, 1, 1, tzinfo=UTC)


def main(project: str, account: str) -> None:
    """Settle everybody as created."""
    state = StateFolder(Path(project, ".zdpipe"))
    (run,) = (state.root / "runs").iterdir()
    outbox = state.outbox(run.name)
    merge(
        state.known_users(account),
        outbox,
        settled(outbox),
        run_id=run.name,
        query="queries/users.sql",
        resources=Resources(DEFAULT_MEMORY, state.temporary),
        clock=SystemClock(),
    )


def settled(outbox: Path) -> Iterator[SettledBatch]:
    """Yield every batch of an outbox as one that Zendesk took whole."""
    sizes = pl.scan_parquet(outbox).group_by("batch").len().sort("batch").collect()
    for batch, users in sizes.iter_rows():
        yield SettledBatch(batch, _THEN, [ItemResult(place, ItemStatus.CREATED) for place in range(users)])


if __name__ == "__main__":
    main(*sys.argv[1:])
