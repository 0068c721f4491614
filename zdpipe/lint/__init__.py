"""Queries → findings, from the text and schema.json alone: no data, no database, no network."""

from __future__ import annotations

from zdpipe.lint.codes import RULES, find_rule
from zdpipe.lint.context import LintContext, OtherEngine
from zdpipe.lint.diff import unified_diff
from zdpipe.lint.explain import RuleSummary, explain, rule_list
from zdpipe.lint.fixing import Mended, mend
from zdpipe.lint.render import render
from zdpipe.lint.runner import lint

__all__ = [
    "RULES",
    "LintContext",
    "Mended",
    "OtherEngine",
    "RuleSummary",
    "explain",
    "find_rule",
    "lint",
    "mend",
    "render",
    "rule_list",
    "unified_diff",
]
