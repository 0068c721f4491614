"""What users of an account held before a run wrote to them, as rows of a file in its folder."""

from __future__ import annotations

from enum import StrEnum

# A row says of one person (`key`) what their user held in one `column` before the run: a field that the run
# writes, with `value` as the JSON text that brings it back, null for nothing; or one of these. Of a person
# with a row for IDENTITY all addresses and, where the run writes a phone, all numbers are there.
IDENTITY = "external_id"  # one row a person: their external_id; no zendesk_id where they had no user
ADDRESS = "email"  # a row for each address
NUMBER = "phone_number"  # a row for each number

BEFORE_COLUMNS = ("key", "zendesk_id", "column", "value", "source", "is_ours")


class Source(StrEnum):
    """Who read it: the run that was told to, its canary, an adoption before it, or a rollback."""

    REMEMBER = "remember"
    CANARY = "canary"
    ADOPT = "adopt"
    ROLLBACK = "rollback"
