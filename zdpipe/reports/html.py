"""HTML as a tree, so that every text in it is escaped by the standard library."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from importlib import resources
from xml.etree import ElementTree as ET

from zdpipe.reports.words import printable

Child = ET.Element | str
# Nothing is fetched, run or sent, whatever a text of the page holds; the page's own style alone counts.
_POLICY = "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'"


def tag(name: str, *children: Child, **attributes: str) -> ET.Element:
    """Return an element; a trailing underscore of an attribute's name is left out, as in `class_`.

    Other underscores become hyphens, as in `aria_hidden`.
    """
    names = {key: key.rstrip("_").replace("_", "-") for key in attributes}
    element = ET.Element(name, {names[key]: value for key, value in attributes.items()})
    last: ET.Element | None = None
    for child in children:
        if isinstance(child, ET.Element):
            element.append(child)
            last = child
        elif last is None:
            element.text = (element.text or "") + printable(child)
        else:
            last.tail = (last.tail or "") + printable(child)
    return element


def section(title: str, *children: Child) -> ET.Element:
    """Return a part of a page with its heading."""
    return tag("section", tag("h2", title), *children)


def table(
    heads: Sequence[str], rows: Iterable[Sequence[Child]], *, numbers: Iterable[int] = ()
) -> ET.Element:
    """Return a table that scrolls by itself where it is too wide; `numbers` are columns set to the right.

    The first cell of a row says what the row is about.
    """
    right = set(numbers)

    def cell(name: str, place: int, child: Child, **scope: str) -> ET.Element:
        return tag(name, child, **scope, class_="number") if place in right else tag(name, child, **scope)

    def row(cells: Sequence[Child]) -> ET.Element:
        first, *others = cells
        named = (cell("td", place, child) for place, child in enumerate(others, 1))
        return tag("tr", cell("th", 0, first, scope="row"), *named)

    heading = (
        cell("th", place, text, scope="col") if text else tag("td") for place, text in enumerate(heads)
    )
    head = tag("tr", *heading)
    body = tag("tbody", *(row(cells) for cells in rows))
    return tag("div", tag("table", tag("thead", head), body), class_="wide")


def facts(rows: Iterable[tuple[Child, Child]]) -> ET.Element:
    """Return names and what is to be said of each."""
    lines = (tag("tr", tag("th", name, scope="row"), tag("td", fact)) for name, fact in rows)
    return tag("div", tag("table", tag("tbody", *lines), class_="facts"), class_="wide")


def page(title: str, *children: Child) -> str:
    """Return a whole page that needs nothing from anywhere: its style is in it, and it has no script."""
    style = resources.files("zdpipe.reports").joinpath("page.css").read_text(encoding="utf-8")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = {"http-equiv": "Content-Security-Policy", "content": _POLICY.format(digest)}
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        ET.Element("meta", policy),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        _style(style),
    )
    root = tag("html", head, tag("body", tag("main", *children)), lang="en")
    return "<!DOCTYPE html>\n" + ET.tostring(root, encoding="unicode", method="html") + "\n"


def _style(text: str) -> ET.Element:
    element = ET.Element("style")
    element.text = text
    return element
