"""Email addresses and telephone numbers → what is sent of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.model.reasons import Reason
from zdpipe.records.emails import normalized_emails
from zdpipe.records.encoded import Encoded, Remark, holding, unreadable
from zdpipe.records.phones import e164
from zdpipe.records.text import quoted, quoted_plain
from zdpipe.records.typos import meant_domains

if TYPE_CHECKING:
    import polars as pl

    from zdpipe.records.rules import Rules


def encode_emails(text: pl.Series, raw: pl.Series) -> Encoded:
    """Return trimmed texts as email addresses, with a remark on each that is none or looks mistyped."""
    addresses = normalized_emails(text)
    return Encoded(
        quoted(addresses), raw, (*unreadable(text, addresses, Reason.INVALID_EMAIL), *typos(addresses))
    )


def typos(addresses: pl.Series) -> tuple[Remark, ...]:
    """Return a remark on the addresses whose domain looks mistyped, with the one probably meant."""
    meant = meant_domains(addresses)
    found = meant.is_not_null()
    return (Remark(Reason.EMAIL_TYPO, found, invalid=False, fits=meant),) if found.any() else ()


def encode_phones(text: pl.Series, raw: pl.Series, rules: Rules) -> Encoded:
    """Return trimmed texts as numbers in E.164, with a remark on each that is none or lost its extension."""
    found = e164(text, rules)
    wrong = text.is_not_null() & found.numbers.is_null()
    remarks = (
        Remark(Reason.INVALID_PHONE, wrong & ~found.placeholders),
        Remark(Reason.PLACEHOLDER_PHONE, found.placeholders),
        Remark(Reason.EXTENSION_DROPPED, found.dropped, invalid=False),
    )
    return Encoded(quoted_plain(found.numbers), raw, holding(remarks))
