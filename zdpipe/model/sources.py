"""The names in the file of a run that keeps where its people came from."""

from __future__ import annotations

SOURCE_PREFIX = "source."
VALUE_PREFIX = "value."
KNOWN_PREFIX = "known."
SEND_PREFIX = "send."
# The metadata in which the kinds of columns lie.
KINDS = "zdpipe.kinds"
