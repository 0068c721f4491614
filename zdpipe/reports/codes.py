"""Codes with how often they occurred and what they mean."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from zdpipe.model.reasons import FAILURES, SENTENCES
from zdpipe.reports.words import count, printable

REASONS: Mapping[str, str] = SENTENCES
REFUSALS: Mapping[str, str] = FAILURES


def code_list(
    title: str,
    codes: Mapping[str, int],
    sentences: Mapping[str, str] = REASONS,
    examples: Mapping[str, str] | None = None,
) -> list[RenderableType]:
    """Return a heading and each code with its sentence below it; nothing where there are no codes.

    `examples` has somebody's own words for a code, which come last.
    """
    if not codes:
        return []
    width = max(len(count(number)) for number in codes.values())
    lines: list[RenderableType] = [Text(), Text(title, "bold")]
    indent = (0, 0, 0, width + 4)
    for code, number in codes.items():
        lines.append(Text(f"  {count(number):>{width}}  {printable(code)}", no_wrap=True, overflow="fold"))
        if sentence := sentences.get(code):
            lines.append(Padding(Text(sentence, "dim"), indent))
        if example := (examples or {}).get(code):
            lines.append(Padding(Text(f"For example: {printable(example)}"), indent))
    return [Group(*lines)]
