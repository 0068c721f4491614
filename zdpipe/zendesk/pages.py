"""Lists that Zendesk gives page by page, and takes in portions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from zdpipe.zendesk.wire import User, read_users

MOST_IDS = 100
# Servers and proxies commonly take URLs of 8 KB.
_LONGEST_LIST = 6_000


def portions(external_ids: Sequence[str]) -> Iterator[list[str]]:
    """Cut a list to what one look-up takes: 100 ids (Users API, Show Many Users), a URL of usual length."""
    portion: list[str] = []
    length = 0
    for external_id in external_ids:
        more = len(quote(external_id)) + len("%2C")
        if portion and (len(portion) == MOST_IDS or length + more > _LONGEST_LIST):
            yield portion
            portion, length = [], 0
        portion.append(external_id)
        length += more
    if portion:
        yield portion


def count(page: Mapping[str, Any]) -> int | None:
    """Return how long the whole list is, None where that is not told."""
    told = page.get("count")
    return told if isinstance(told, int) else None


def fields_page(page: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of custom fields, and the cursor of the next one."""
    return page["user_fields"], next_page(page)


def whole_users_page(page: Mapping[str, Any]) -> tuple[list[User], str | None, bool]:
    """Return a page of users, the cursor of the next one, and whether identities came with it."""
    return *users_page(page), "identities" in page


def users_page(page: Mapping[str, Any]) -> tuple[list[User], str | None]:
    """Return a page of users, and the cursor of the next one."""
    return read_users(page), next_page(page)


def next_page(page: Mapping[str, Any]) -> str | None:
    """Return the cursor of the page after one, None for the last."""
    meta = page.get("meta") or {}
    return str(meta["after_cursor"]) if meta.get("has_more") else None
