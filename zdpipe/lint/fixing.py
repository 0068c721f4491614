"""Findings → a mended text."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zdpipe.model.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from zdpipe.model.finding import Edit, Finding

_ROUNDS = 20  # each round mends something, and a mended place seldom shows more than one other


@dataclass(frozen=True, slots=True)
class Mended:
    """A text after mending, what is still to say of it, and how many findings were mended."""

    text: str
    findings: tuple[Finding, ...]
    mended: int = 0


def mend(text: str, findings: Sequence[Finding], lint_text: Callable[[str], Sequence[Finding]]) -> Mended:
    """Mend a file's text until nothing is left that can be mended.

    `findings` are those of `text`, and `lint_text` gives those of a changed text. A fix that would bring a
    new error is left out.
    """
    now, mended = Mended(text, tuple(findings)), 0
    for _ in range(_ROUNDS):
        better = _round(now, lint_text)
        if better is None:
            break
        now, mended = better, mended + better.mended
    return Mended(now.text, now.findings, mended)


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with edits that do not overlap."""
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
        text = text[: edit.start] + edit.new + text[edit.end :]
    return text


def compatible(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings whose fixes can be made at once; of those that overlap, the first."""
    taken: list[Edit] = []
    chosen = []
    for finding in findings:
        if finding.fix and not any(_overlap(one, other) for one in finding.fix for other in taken):
            taken += finding.fix
            chosen.append(finding)
    return tuple(chosen)


def _overlap(one: Edit, other: Edit) -> bool:
    """Tell whether two edits share a character or a place to insert at."""
    return one.start <= other.end and other.start <= one.end


def _round(now: Mended, lint_text: Callable[[str], Sequence[Finding]]) -> Mended | None:
    """Make all fixes at once, or else the first one that does no harm; None when there is none."""
    chosen = compatible(now.findings)
    attempts = [chosen, *((finding,) for finding in chosen if len(chosen) > 1)] if chosen else []
    for attempt in attempts:
        text = apply(now.text, (edit for finding in attempt for edit in finding.fix))
        if text == now.text:
            continue
        after = tuple(lint_text(text))
        if not _errors(after) - _errors(now.findings):
            return Mended(text, after, len(attempt))
    return None


def _errors(findings: Iterable[Finding]) -> Counter[str]:
    return Counter(finding.code for finding in findings if finding.severity is Severity.ERROR)
