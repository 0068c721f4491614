"""What delivering one run works with."""

from __future__ import annotations

from dataclasses import dataclass, field

from zdpipe.clock import Clock
from zdpipe.delivery.readings import Readings
from zdpipe.model.progress import Progress
from zdpipe.state.batches import BatchStore
from zdpipe.state.outbox import Outbox
from zdpipe.zendesk.client import ZendeskClient


@dataclass(frozen=True, slots=True)
class Desk:
    """The run's batches and payloads, the account they go to, and who watches.

    `may_write_staff` says that agents and admins are customers like others.
    """

    store: BatchStore
    outbox: Outbox
    client: ZendeskClient
    clock: Clock
    progress: Progress
    users_per_second: int
    may_write_staff: bool = False
    readings: Readings = field(default_factory=Readings)
