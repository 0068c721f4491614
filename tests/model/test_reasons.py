from __future__ import annotations

from zdpipe.model.reasons import FITS, Reason


def test_every_reason_for_an_unreadable_value_says_what_would_fit() -> None:
    unreadable = {reason for reason in Reason if reason.startswith("invalid_") or reason.endswith("_phone")}
    assert set(FITS) == unreadable
