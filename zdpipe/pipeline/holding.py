"""What users hold of all that is about to be written, as it would be put back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from zdpipe.changes.matching import Matching
from zdpipe.delivery.evidence import is_equal
from zdpipe.model.before import ADDRESS, IDENTITY, NUMBER, Source
from zdpipe.model.fields import SKIP_VERIFY_EMAIL, TAGS
from zdpipe.model.known import kept_column, known_column, own_column, value_column
from zdpipe.model.policy import CLEARED
from zdpipe.state.before import BEFORE_SCHEMA

_PEOPLE_AT_ONCE = 2_048
_DAY = re.compile(r'"\d{4}-\d{2}-\d{2}"')
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})T00:00:00\+00:00")

Row = tuple[str, int | None, str, str | None, bool]


def held_by(matching: Matching, fields: Sequence[str], source: Source) -> Iterator[pl.DataFrame]:
    """Yield, in the columns of BEFORE_SCHEMA, what people hold whose users were found, and who has none.

    Of the `fields` those count that are about to be written.
    """
    for matches in matching.matches(_PEOPLE_AT_ONCE):
        rows = [row for match in matches.iter_rows(named=True) for row in _rows(match, fields)]
        yield _frame(rows, source)
    for keys in matching.strangers(_PEOPLE_AT_ONCE):
        yield _frame([_row(key, None, IDENTITY, None) for key in keys], source)


def _frame(rows: Sequence[Row], source: Source) -> pl.DataFrame:
    told = [(*row[:4], source.value, row[4]) for row in rows]
    return pl.DataFrame(told, schema=BEFORE_SCHEMA, orient="row")


def _rows(match: Mapping[str, Any], fields: Sequence[str]) -> Iterator[Row]:
    key, user_id = match["key"], match["user_id"]
    yield _row(key, user_id, IDENTITY, match["external_key"])
    for email in match["user_emails"]:
        yield _row(key, user_id, ADDRESS, email)
    if match.get(value_column("phone")) is not None:
        for number in match["phones"]:
            yield _row(key, user_id, NUMBER, number)
    held = json.loads(match["shown"])
    for name in fields:
        written = match[value_column(name)]
        if written is None or name not in held or name == SKIP_VERIFY_EMAIL:
            continue
        if name == TAGS and kept_column(TAGS) in match:
            yield _own_tags(match, held[name] or [])
        else:
            yield _value_row(match, name, held[name])


def _own_tags(match: Mapping[str, Any], held: Sequence[str]) -> Row:
    """Return those of our own tags that are there: all others stay whatever a run does."""
    known = json.loads(match[known_column(TAGS)] or CLEARED) if match[own_column(TAGS)] else None
    others = json.loads(match[kept_column(TAGS)] or CLEARED)
    ours = (set(known or ()) - set(others or ())) & set(held)
    return match["key"], match["user_id"], TAGS, _text(sorted(ours) or None), True


def _value_row(match: Mapping[str, Any], name: str, found: Any) -> Row:
    known, written = match[known_column(name)], match[value_column(name)]
    others = name == "phone" and len(match["phones"]) > 1
    ours = next((text for text in (known, written) if text and is_equal(json.loads(text), found)), None)
    days = any(text and _DAY.fullmatch(text) for text in (known, written))
    # Written as we would write it, a value that is put back is no difference to later runs.
    text = ours or _text(_day(found) if days else found)
    is_ours = bool(match[own_column(name)]) and ours == known and not others
    return match["key"], match["user_id"], name, text, is_ours


def _day(found: Any) -> Any:
    """Return the day of a date, which Zendesk shows as its midnight (recorded user fields)."""
    midnight = _MIDNIGHT.fullmatch(found) if isinstance(found, str) else None
    return midnight[1] if midnight else found


def _row(key: str, user_id: int | None, column: str, value: Any) -> Row:
    return key, user_id, column, _text(value), False


def _text(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
