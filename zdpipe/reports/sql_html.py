"""The SQL of a run with what the linter says of its lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from zdpipe.model.dossier import SqlText
from zdpipe.model.finding import Finding
from zdpipe.model.lines import Lines
from zdpipe.reports.html import Child, section, tag
from zdpipe.reports.mask import mask_sentence, mask_sql
from zdpipe.reports.words import count

_TONES = {"error": "bad", "warning": "warn", "hint": "soft"}


def sql_sections(texts: Sequence[SqlText], *, show_pii: bool) -> Iterator[ET.Element]:
    """Yield each text with its findings; addresses and long numbers are masked unless asked otherwise."""
    for place, text in enumerate(texts):
        kind = "attribute table" if place else "query"
        found = count(len(text.findings), "finding") if text.findings else "No finding"
        about = f"{found} of the linter, as it reads this text today."
        lines = _listing(text, show_pii=show_pii)
        yield section(f"The {kind} {text.path}", tag("p", about, class_="soft"), lines)


def _listing(text: SqlText, *, show_pii: bool) -> ET.Element:
    found: defaultdict[int, list[Finding]] = defaultdict(list)
    for finding in text.findings:
        found[finding.span.line].append(finding)
    lines = Lines(text.text)
    numbers = range(1, len(lines) + (1 if lines.line(len(lines)) or found[len(lines)] else 0))
    shown = (_line(lines.line(number), found[number], show_pii=show_pii) for number in numbers)
    return tag("ol", *shown, class_="sql")


def _line(line: str, findings: Sequence[Finding], *, show_pii: bool) -> ET.Element:
    shown = line if show_pii else mask_sql(line)
    code = _marked(line, findings[0]) if findings and shown == line else [_untabbed(shown)]
    remarks = [_remark(finding, show_pii=show_pii) for finding in findings]
    return tag("li", tag("code", *code), *remarks)


def _marked(line: str, finding: Finding) -> list[Child]:
    """Mark the place of a line's first finding; of a longer one its first line."""
    span = finding.span
    begins = span.column - 1
    ends = span.end_column - 1 if span.end_line == span.line else len(line)
    if not begins < ends <= len(line):
        return [_untabbed(line)]
    place = tag("mark", _untabbed(line[begins:ends]))
    return [_untabbed(line[:begins]), place, _untabbed(line[ends:])]


def _untabbed(text: str) -> str:
    return text.replace("\t", " " * 4)


def _remark(finding: Finding, *, show_pii: bool) -> ET.Element:
    head = tag("b", f"{finding.severity} {finding.code}", class_=_TONES[finding.severity])
    words = [finding.message, *([finding.help] if finding.help else [])]
    said = " ".join(words if show_pii else [mask_sentence(part) for part in words])
    return tag("p", head, f" {finding.name}: {said}")
