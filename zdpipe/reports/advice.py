"""Words for what somebody has to do outside zdpipe."""

from __future__ import annotations

from collections.abc import Sequence

from zdpipe.model.guard import Guard
from zdpipe.model.threshold import Threshold

_REQUEST = """\
To Zendesk Support, from the owner of {account}

Please enable bulk user imports for our account, {account}.

An integration of ours keeps our end users up to date with the Users API,
POST /api/v2/users/create_or_update_many, and gets HTTP 403 until bulk user imports are on.
"""


def support_request(account: str) -> str:
    """Return what the owner of an account may send to Zendesk Support to have bulk user imports enabled."""
    return _REQUEST.format(account=account)


def threshold_words(thresholds: Sequence[Threshold]) -> str:
    """Say of each threshold where it stands, and what would let the run pass."""
    return "".join(f"{line}\n" for threshold in thresholds for line in _lines(threshold))


def _lines(threshold: Threshold) -> tuple[str, str]:
    fact = f"{threshold.words[:1].upper()}{threshold.words[1:]}."
    now, needed = f"{threshold.guard} = {threshold.now}", threshold.needed
    if threshold.is_enough:
        return fact, f"  {threshold.place}: {now} lets that pass by now."
    if not threshold.is_set:
        return fact, f"  {threshold.place}: add to [{threshold.table}]: {threshold.guard} = {needed}"
    more = "" if threshold.guard is Guard.EMPTY else ", or more"
    return fact, f"  {threshold.place}: {now}; write {needed}{more}"
