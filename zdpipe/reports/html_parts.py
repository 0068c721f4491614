"""Parts that pages of plans and of runs share: tiles, guards, codes, bars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from xml.etree import ElementTree as ET

from zdpipe.model.guard import Ruling, Verdict, percent
from zdpipe.reports.codes import REASONS
from zdpipe.reports.html import Child, section, table, tag
from zdpipe.reports.words import count

_TONES = {"created": "good", "updated": "good", "rejected": "warn", "failed": "bad", "pending": "warn"}
_RULINGS = {
    Ruling.OK: ("passes", "good"),
    Ruling.REFUSE: ("refuses", "bad"),
    Ruling.ALLOWED: ("allowed", "warn"),
    Ruling.TOLD: ("told", "warn"),
    Ruling.LATER: ("from the second run on", "soft"),
}


def tiles(numbers: Mapping[str, int], words: Mapping[str, str]) -> ET.Element:
    """Return a tile for each outcome, in the order of its words."""
    shape = "tiles fours" if len(words) % 4 == 0 else "tiles"
    return tag("div", *(_tile(name, numbers[name], words[name]) for name in words), class_=shape)


def guards_section(guards: Sequence[Verdict]) -> Iterator[ET.Element]:
    """Yield how each guard ruled; nothing where none was asked."""
    if guards:
        rows = [_guard(verdict) for verdict in guards]
        yield section("Guards", table(("guard", "verdict", "found", "limit"), rows, numbers=(2, 3)))


def codes_section(
    title: str,
    codes: Mapping[str, int],
    *,
    sentences: Mapping[str, str] = REASONS,
    examples: Mapping[str, str] | None = None,
    of: str = "rows",
) -> Iterator[ET.Element]:
    """Yield how often each code occurred, with its sentence and somebody's own words where there are some."""
    if codes:
        most = max(codes.values())
        rows = [
            (
                _code(code, sentences.get(code, ""), (examples or {}).get(code)),
                count(number),
                bar(number, most),
            )
            for code, number in codes.items()
        ]
        yield section(title, table(("reason", of, ""), rows, numbers=(1,)))


def bar(number: float, most: float) -> ET.Element:
    """Return a bar as long as a number is beside the largest one; the number itself stands elsewhere."""
    share = f"{100 * number / most:.1f}%" if most else "0%"
    drawn = tag("rect", width=share, height="100%", rx="3", class_="bar")
    return tag("svg", drawn, class_="track", aria_hidden="true")


def _tile(name: str, number: int, words: str) -> ET.Element:
    tone = _TONES.get(name, "") if number else ""
    return tag("div", name, tag("b", count(number), class_=tone), tag("small", words), class_="tile")


def _guard(verdict: Verdict) -> tuple[Child, ...]:
    words, tone = _RULINGS[verdict.ruling]
    name = tag("code", verdict.guard)
    if "%" not in verdict.limit:  # it counts rows
        return name, tag("span", words, class_=tone), count(verdict.part), verdict.limit
    found = "–" if verdict.number is None else percent(verdict.number)
    return name, tag("span", words, class_=tone), found, verdict.limit


def _code(code: str, sentence: str, example: str | None) -> ET.Element:
    below = [tag("p", sentence, class_="soft")] if sentence else []
    if example:
        below.append(tag("p", "For example: ", tag("q", example)))
    return tag("div", tag("code", code), *below)
