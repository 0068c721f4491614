"""Some of the people who would be sent, drawn by lot; the same ones for the same data."""

from __future__ import annotations

from zdpipe.changes.compare import choose_sent_leads, compare_leads
from zdpipe.changes.people import choose_leads
from zdpipe.changes.session import Session
from zdpipe.changes.waves import order_sending
from zdpipe.model.lots import drawn

_CANDIDATES = "SELECT person FROM sent_leads UNION SELECT person FROM addresses"
_TABLES = ("crowd", "members", "standing", "differing", "addresses", "several", "items")
# All of it is made anew for those who were drawn.
_FORGOTTEN = (
    *(f"VIEW {name}" for name in ("leads", "sent_leads")),
    *(f"TABLE {name}" for name in _TABLES),
)


def draw_people(session: Session, size: int, fitting: int) -> None:
    """Put so many people who are new or changed into `wanted` (key, by_address), and nobody else.

    So many rows are `fitting` into memory at once.
    """
    choose_leads(session)
    compare_leads(session, fitting)
    choose_sent_leads(session)
    order_sending(session)
    session.run(f"INSERT INTO wanted SELECT person, false FROM ({drawn(_CANDIDATES, 'person', size)})")
    for what in _FORGOTTEN:
        session.run(f"DROP {what}")
