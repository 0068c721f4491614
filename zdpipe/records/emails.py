"""Email addresses: trimmed, lower case, of a syntax that email-validator accepts.

Addresses of ordinary ASCII are settled by one pattern that says the same as the library; all others are the
library's to judge, each distinct one once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from zdpipe.records.text import keep, settle

if TYPE_CHECKING:
    from collections.abc import Sequence

ATOM = r"[a-z0-9_!#$%&'*+\-/=?^`{|}~]+"
LABEL = r"[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?"
ADDRESS = rf"^{ATOM}(?:\.{ATOM})*@(?:{LABEL}\.)+(?:[a-z0-9][a-z0-9\-]*)?[a-z]$"
# Up to this length no limit of RFC 1035 or RFC 5321 can be reached by a label, a domain or the whole.
SHORT = 63


def normalized_emails(text: pl.Series) -> pl.Series:
    """Return the normalized address of each trimmed text, null where it is not an address."""
    lower = text.str.to_lowercase()
    ordinary = _is_ordinary(lower)
    regular = keep(lower, ordinary & lower.str.contains(ADDRESS))
    if ordinary.all():
        return regular
    odd = settle(keep(lower, ~ordinary), normalized_email)
    return pl.select(pl.coalesce(regular, odd)).to_series().alias(text.name)


def _is_ordinary(text: pl.Series) -> pl.Series:
    # Two hyphens in a row may start Punycode or a reserved label (RFC 5890).
    length = text.str.len_bytes()
    return (length == text.str.len_chars()) & (length <= SHORT) & ~text.str.contains("--", literal=True)


def normalized_email(address: str) -> str | None:
    """Return one address as email-validator normalizes it, lower-cased, or None when it is not an address.

    Domains that RFC 6761 reserves, such as `.test` and `.local`, are judged by their syntax alone.
    """
    stem, reserved = _without_reserved(address, SPECIAL_USE_DOMAIN_NAMES)
    try:
        found = validate_email(stem + (".example" if reserved else ""), check_deliverability=False)
    except EmailNotValidError:
        return None
    return (found.normalized.removesuffix(".example") + reserved if reserved else found.normalized).lower()


def _without_reserved(address: str, reserved: Sequence[str]) -> tuple[str, str]:
    for name in reserved:
        suffix = f".{name}"
        if address.endswith(suffix):
            return address.removesuffix(suffix), suffix
    return address, ""
