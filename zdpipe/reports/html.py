"""HTML as a tree, so that every text in it is escaped by the standard library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import resources
from xml.etree import ElementTree as ET

from zdpipe.reports.words import printable

Child = ET.Element | str


def tag(name: str, *children: Child, **attributes: str) -> ET.Element:
    """Return an element; a trailing underscore of an attribute's name is left out, as in `class_`."""
    element = ET.Element(name, {key.rstrip("_"): value for key, value in attributes.items()})
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
    """Return a table that scrolls by itself where it is too wide; `numbers` are columns set to the right."""
    right = set(numbers)

    def cell(name: str, place: int, child: Child) -> ET.Element:
        return tag(name, child, class_="number") if place in right else tag(name, child)

    head = tag("tr", *(cell("th", place, text) for place, text in enumerate(heads)))
    body = [tag("tr", *(cell("td", place, child) for place, child in enumerate(row))) for row in rows]
    return tag("div", tag("table", tag("thead", head), tag("tbody", *body)), class_="wide")


def page(title: str, *children: Child) -> str:
    """Return a whole page that needs nothing from anywhere: its style is in it, and it has no script."""
    style = resources.files("zdpipe.reports").joinpath("page.css").read_text(encoding="utf-8")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
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
