"""What an account says, before anything is sent, of fields that others may have changed."""

from __future__ import annotations

from enum import StrEnum


class Said(StrEnum):
    """What was found out about one field of one person; nothing where all is as it was taken for."""

    CHANGED = "changed"  # what zdpipe sent is not there any more, so it is not emptied
    FILLED = "filled"  # others filled it with another value, so none is sent
    SAME = "same"  # others filled it with the very value
    MERGED = "merged"  # it is a list with entries of others: this one is sent
    LATER = "later"  # nobody was asked: the next run is
