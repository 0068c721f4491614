"""Pages of a list: by cursor when the request asks with page[…], by number otherwise (Zendesk pagination)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from zdpipe.simulator.messages import Refusal, Request, bad_request

PAGE = 100
LAST = 2**62

Ids = list[int]


def wants_cursor(request: Request) -> bool:
    """Tell whether the request asks for cursor pages."""
    return any(name.startswith("page[") for name in request.params())


def cursor_page(request: Request, after_id: Callable[[int, int], Ids]) -> tuple[Ids, dict[str, Any]]:
    """Return the ids of the page asked for, and its `meta` and `links`.

    `after_id(last, limit)` returns up to `limit` ids after `last`, ascending.
    """
    if request.param("page[before]") is not None:
        raise Refusal(bad_request("Pages are walked forward only, with page[after]"))
    size = _number(request, "page[size]", PAGE)
    found = after_id(_decoded(request.param("page[after]")), size + 1)
    ids, more = found[:size], len(found) > size
    after = _encoded(ids[-1]) if ids else None
    meta = {"has_more": more, "after_cursor": after, "before_cursor": _encoded(ids[0]) if ids else None}
    following = _url(request, {"page[after]": after, "page[size]": str(size)}) if more and after else None
    return ids, {"meta": meta, "links": {"prev": None, "next": following}}


def numbered_page(
    request: Request, count: int, part: Callable[[int, int], list[Any]]
) -> tuple[list[Any], dict[str, Any]]:
    """Return the items of the page asked for by number, and `next_page`, `previous_page` and `count`.

    `part(start, limit)` returns up to `limit` of the `count` items, from position `start` on.
    """
    size, page = _number(request, "per_page", PAGE), _number(request, "page", 1, most=LAST // PAGE)
    start = (page - 1) * size
    following = _url(request, {"page": str(page + 1)}) if start + size < count else None
    previous = _url(request, {"page": str(page - 1)}) if page > 1 else None
    return part(start, size), {"next_page": following, "previous_page": previous, "count": count}


def numbered_slice(request: Request, items: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    """Return a numbered page of items that are all at hand."""
    return numbered_page(request, len(items), lambda start, limit: items[start : start + limit])


def one_page(count: int) -> dict[str, Any]:
    """Return the paging keys of an answer that is always one page."""
    return {"next_page": None, "previous_page": None, "count": count}


def _number(request: Request, name: str, default: int, most: int = PAGE) -> int:
    text = request.param(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,18}", text) or int(text) < 1:
        raise Refusal(bad_request(f"{name} must be a positive number"))
    return min(int(text), most)


def _encoded(last: int) -> str:
    return base64.urlsafe_b64encode(f"after:{last}".encode()).decode()


def _decoded(cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        return max(0, min(int(base64.urlsafe_b64decode(cursor).decode().removeprefix("after:")), LAST))
    except (binascii.Error, ValueError):
        raise Refusal(bad_request("page[after] is not a cursor of this list")) from None


def _url(request: Request, changes: dict[str, str | None]) -> str:
    pairs = [
        (name, value) for name, values in request.params().items() for value in values if name not in changes
    ]
    pairs += [(name, value) for name, value in changes.items() if value is not None]
    return f"{request.origin}{request.path}?{urlencode(pairs)}"
