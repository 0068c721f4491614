"""Users whom a run wrote and who are no longer there."""

from __future__ import annotations

import json

from zdpipe.model.verification import Cause, Difference, Whereabouts
from zdpipe.pipeline.users import Sought, UserReader
from zdpipe.state.acknowledged import Acknowledged
from zdpipe.zendesk.wire import User

# An address takes a request of its own. Where more users than this are gone, it is no single merge any more.
_MOST_SEARCHED = 100


class Absent:
    """Tells each of them once, and where what named them is now."""

    def __init__(self, reader: UserReader) -> None:
        self._reader = reader
        self._told: set[str] = set()
        self._searched = 0

    def told(self, sent: Acknowledged, other: User | None) -> Difference | None:
        """Return that the user is gone, None where that was said before.

        `other` is the user who has the external_id now, if there is one.
        """
        key = sent.item.key
        if key in self._told:
            return None
        self._told.add(key)
        email = json.loads(sent.item.payload).get("email")
        if other is None and email and self._searched >= _MOST_SEARCHED:
            return Difference(key, Cause.GONE, sent.zendesk_id, whereabouts=Whereabouts.UNKNOWN)
        if other is None and email:
            self._searched += 1
            ((_, other),) = self._reader.read([Sought(key, email=email)])
        return Difference(
            key,
            Cause.GONE,
            sent.zendesk_id,
            whereabouts=_whereabouts(sent, other),
            now_with=other.user_id if other else None,
        )


def _whereabouts(sent: Acknowledged, other: User | None) -> Whereabouts:
    if other is None:
        return Whereabouts.DELETED
    if sent.as_of is None:
        return Whereabouts.UNKNOWN
    return Whereabouts.MERGED if other.created_at <= sent.as_of else Whereabouts.REPLACED
