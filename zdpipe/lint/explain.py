"""A rule's docstring → its documentation."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zdpipe.lint.codes import RULES, find_rule

if TYPE_CHECKING:
    from zdpipe.lint.rule import Rule
    from zdpipe.model.finding import Severity

_BLOCK = re.compile(r"```sql\n(.*?)```", re.DOTALL)


@dataclass(frozen=True, slots=True)
class RuleSummary:
    """One line of the list of rules."""

    code: str
    name: str
    severity: Severity
    summary: str


def rule_list() -> tuple[RuleSummary, ...]:
    """Return every rule in the order of the codes, each with its first sentence."""
    return tuple(
        RuleSummary(rule.code, rule.name, rule.severity, _documentation(rule).splitlines()[0])
        for rule in RULES.values()
    )


def explain(code_or_name: str) -> str | None:
    """Return one rule's documentation in Markdown, None when there is no such rule."""
    rule = find_rule(code_or_name)
    if rule is None:
        return None
    return f"# {rule.code} {rule.name} ({rule.severity.value})\n\n{_documentation(rule)}\n"


def examples(rule: type[Rule], section: str) -> tuple[str, ...]:
    """Return the SQL blocks of a rule's section `Bad` or `Good`."""
    after = _documentation(rule).partition(f"## {section}\n")[2]
    return tuple(_BLOCK.findall(after.partition("\n## ")[0]))


def _documentation(rule: type[Rule]) -> str:
    return inspect.cleandoc(rule.__doc__ or "")
