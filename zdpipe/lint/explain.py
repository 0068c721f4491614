"""A rule's docstring → its documentation."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zdpipe.lint.codes import RULES, find_rule
from zdpipe.model.query import Role

if TYPE_CHECKING:
    from zdpipe.lint.rule import Rule
    from zdpipe.model.finding import Severity

_INTRODUCTION = """\
# The linter's rules

How to run it, mend and suppress is in [lint.md](lint.md). This page is made from the rules themselves;
`zdpipe rules CODE` prints one of them.

| code | name | severity | what it finds |
| --- | --- | --- | --- |"""
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
        RuleSummary(rule.code, rule.name, rule.severity, documentation(rule).splitlines()[0])
        for rule in RULES.values()
    )


def explain(code_or_name: str) -> str | None:
    """Return one rule's documentation in Markdown, None when there is no such rule."""
    rule = find_rule(code_or_name)
    if rule is None:
        return None
    parts = (f"# {rule.code} {rule.name} ({rule.severity.value})", documentation(rule), _facts(rule))
    return "\n\n".join(filter(None, parts)) + "\n"


def handbook() -> str:
    """Return every rule's documentation as one document in Markdown."""
    rows = [
        f"| {_link(rule)} | `{rule.name}` | {rule.severity.value} | {rule.summary} |" for rule in rule_list()
    ]
    chapters = [_chapter(rule) for rule in RULES.values()]
    return "\n".join([_INTRODUCTION, *rows, "", *chapters]).rstrip("\n") + "\n"


def _link(rule: RuleSummary) -> str:
    return f"[{rule.code}](#{rule.code.lower()}-{rule.name})"


def _chapter(rule: type[Rule]) -> str:
    text = re.sub("^## ", "### ", documentation(rule), flags=re.MULTILINE)
    kind = f"{rule.severity.value.capitalize()}. {_facts(rule)}".rstrip()
    return f"## {rule.code} {rule.name}\n\n{kind}\n\n{text}\n"


def _facts(rule: type[Rule]) -> str:
    """Say which files a rule looks at, and what can be done about its findings besides mending by hand."""
    sentences = []
    if len(rule.roles) == 1:
        sentences.append(f"Looks at {'queries' if Role.QUERY in rule.roles else 'attribute tables'} only.")
    if rule.fixable:
        sentences.append("`zdpipe lint --fix` mends it where that is safe.")
    if not rule.suppressible:
        sentences.append("Takes no `-- noqa`.")
    return " ".join(sentences)


def examples(rule: type[Rule], section: str) -> tuple[str, ...]:
    """Return the SQL blocks of a rule's section `Bad` or `Good`."""
    after = documentation(rule).partition(f"## {section}\n")[2]
    return tuple(_BLOCK.findall(after.partition("\n## ")[0]))


def documentation(rule: type[Rule]) -> str:
    """Return a rule's docstring, its indentation removed."""
    return inspect.cleandoc(rule.__doc__ or "")
