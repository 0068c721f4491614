"""Tags as Zendesk stores them; what it would split or lose is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from zdpipe.model.reasons import FITS, Reason
from zdpipe.model.tags import fitting_tag, fold_tag
from zdpipe.records.encoded import Encoded, Remark, holding
from zdpipe.records.text import keep, settle

if TYPE_CHECKING:
    import polars as pl


def encode_tags(lists: pl.Series) -> Encoded:
    """Return JSON arrays of tags, each once, in lower case and in order; one misfit makes a list invalid."""
    values = settle(lists, _tidy)
    unfit = lists.is_not_null() & values.is_null()
    fits = settle(keep(lists, unfit), _fitting)
    return Encoded(values, lists, holding([Remark(Reason.INVALID_TAG, unfit, fits=fits)]))


def _tidy(array: str) -> str | None:
    tags = {fold_tag(entry) for entry in json.loads(array)}
    return (
        None
        if None in tags
        else json.dumps(sorted(filter(None, tags)), ensure_ascii=False, separators=(",", ":"))
    )


def _fitting(array: str) -> str:
    tags = filter(None, (fitting_tag(entry) for entry in json.loads(array)))
    return ", ".join(dict.fromkeys(tags)) or FITS[Reason.INVALID_TAG]
