"""Where two accounts differ, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from zdpipe.model.account_facts import Difference, FieldDifference, FieldsDiff, Where
from zdpipe.reports.facts import facts_table
from zdpipe.reports.words import count, printable

_INDENT = (0, 0, 0, 2)
_NOTHING = "–"


def fields_diff_text(diff: FieldsDiff) -> RenderableType:
    """Return the custom fields that differ, one below the other, or that there are none."""
    first, second = diff.destinations
    head = Text(printable(f"{first} ({diff.accounts[0]}) and {second} ({diff.accounts[1]})"), "bold")
    if not diff.differences:
        return Group(head, Text("Their custom fields are the same.", "green"))
    number = count(len(diff.differences), "custom field differs", "custom fields differ")
    return Group(head, Text(f"{number}:", "yellow"), *field_lines(diff.differences, diff.destinations))


def field_lines(
    differences: Sequence[FieldDifference], names: tuple[str, str], used: frozenset[str] = frozenset()
) -> list[RenderableType]:
    """Return a line for each field, with the facts that differ; `used` are keys that a query sends."""
    facts = [
        (f"{each.key}{' (sent)' if each.key in used else ''}", words)
        for each in differences
        for words in _field_words(each, names)
    ]
    return [Padding(facts_table(facts), _INDENT)]


def fact_lines(differences: Sequence[Difference], names: tuple[str, str]) -> list[RenderableType]:
    """Return a line for each fact that differs."""
    facts = [(each.name, _in_both(each, names)) for each in differences]
    return [Padding(facts_table(facts), _INDENT)]


def fields_diff_json(diff: FieldsDiff) -> dict[str, object]:
    """Return the JSON shape of `zdpipe fields diff`."""
    (first, second), (here, there) = diff.destinations, diff.accounts
    return {
        "first": {"destination": first, "account": here},
        "second": {"destination": second, "account": there},
        "equal": not diff.differences,
        "differences": [field_json(each) for each in diff.differences],
    }


def field_json(difference: FieldDifference) -> dict[str, object]:
    """Return the JSON shape of one field that differs."""
    return {
        "key": difference.key,
        "in": difference.where.value,
        "facts": [fact_json(fact) for fact in difference.facts],
    }


def fact_json(difference: Difference) -> dict[str, object]:
    """Return the JSON shape of one fact that differs."""
    return {"name": difference.name, "first": difference.first, "second": difference.second}


def _field_words(difference: FieldDifference, names: tuple[str, str]) -> Iterator[str]:
    match difference.where:
        case Where.FIRST:
            yield f"only in {names[0]}"
        case Where.SECOND:
            yield f"only in {names[1]}"
        case Where.BOTH:
            for fact in difference.facts:
                yield f"{fact.name}: {_in_both(fact, names)}"


def _in_both(fact: Difference, names: tuple[str, str]) -> str:
    sides = zip(names, (fact.first, fact.second), strict=True)
    return ", ".join(f"{_NOTHING if value is None else value} in {name}" for name, value in sides)
