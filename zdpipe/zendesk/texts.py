"""Texts and numbers of answers, as they can be stored and printed."""

from __future__ import annotations

# SQLite's integers have 64 bits, and so have Zendesk's ids (13 to 14 digits at the moment).
_MOST_DIGITS = 18


def storable(text: str) -> str:
    """Return a text without halves of characters, which JSON can name and UTF-8 cannot write."""
    return text.encode("utf-8", "replace").decode("utf-8")


def whole_number(text: str) -> int | None:
    """Return the number that a text of digits is; None for any other text, and above 64 bits."""
    digits = text.strip()
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS
    return int(digits) if is_number else None
