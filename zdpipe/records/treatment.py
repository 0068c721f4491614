"""What normalization did to one value, told from how it was and how it is sent."""

from __future__ import annotations

import json
import re

from zdpipe.model.fields import Kind
from zdpipe.model.journey import Treatment
from zdpipe.records.text import BLANKS, UNSEEN

_BY_KIND = {
    Kind.EMAIL: Treatment.ADDRESS,
    Kind.PHONE: Treatment.E164,
    Kind.STATE: Treatment.TWO_CAPITALS,
    Kind.DECIMAL: Treatment.TWO_DECIMALS,
    Kind.INTEGER: Treatment.WHOLE_NUMBER,
    Kind.BOOLEAN: Treatment.TRUE_OR_FALSE,
    Kind.DATE: Treatment.DATE,
    Kind.TIMESTAMP: Treatment.TIMESTAMP,
    Kind.TEXT_LIST: Treatment.LIST,
}


def treatments(kind: Kind, source: str | None, value: str | None) -> tuple[Treatment, ...]:
    """Return what was done to a source's text of this kind until it was the JSON text `value`, in order.

    None is no value; a null of the source needs no treatment.
    """
    if source is None:
        return ()
    trimmed = source.strip(BLANKS)
    if not trimmed:
        return (Treatment.BLANK,)
    if value is None:
        return (Treatment.LEFT_OUT,)
    sent = _plain(value)
    if source == sent:
        return (Treatment.AS_IT_IS,)
    first = (Treatment.TRIMMED,) if trimmed != source else ()
    return first if trimmed == sent else (*first, *_rewritten(kind, trimmed, sent))


def _plain(value: str) -> str:
    """Return what a JSON text says: the text of a text, and a number or list as it is written."""
    said = json.loads(value)
    return said if isinstance(said, str) else value


def _rewritten(kind: Kind, trimmed: str, sent: str) -> tuple[Treatment, ...]:
    if kind is Kind.EMAIL and trimmed.lower() == sent:
        return (Treatment.LOWER_CASE,)
    if kind in _BY_KIND:
        return (_BY_KIND[kind],)
    seen = re.sub(UNSEEN, "", trimmed).strip(BLANKS)
    dropped = (Treatment.CHARACTERS_DROPPED,) if seen != trimmed else ()
    if seen == sent:
        return dropped
    is_folded = kind is Kind.NAME and " ".join(seen.split()) == " ".join(sent.split())
    return (*dropped, Treatment.BLANKS_FOLDED if is_folded else Treatment.TRANSLATED)
