from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from tests.lint.build import ACCOUNTS, codes
from zdpipe.lint import RULES, find_rule, rules
from zdpipe.lint.explain import examples

ALL = pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)


def test_every_rule_file_is_in_the_table() -> None:
    folder = Path(inspect.getfile(rules)).parent
    on_disk = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert on_disk == {rule.__module__.rpartition(".")[2] for rule in RULES.values()}


def test_codes_and_names_are_unique_and_the_table_is_sorted() -> None:
    assert [rule.code for rule in RULES.values()] == list(RULES) == sorted(RULES)
    assert len({rule.name for rule in RULES.values()}) == len(RULES)


@ALL
def test_file_class_and_name_of_a_rule_agree(rule) -> None:
    module = rule.__module__.rpartition(".")[2]
    assert rule.name == module.replace("_", "-")
    assert rule.__name__.lower() == module.replace("_", "")
    assert re.fullmatch(r"[a-z0-9-]+", rule.name)


@ALL
def test_the_bad_example_yields_exactly_the_rules_code(rule) -> None:
    assert examples(rule, "Bad")
    assert set(codes(*examples(rule, "Bad"), accounts=ACCOUNTS, hints=True)) == {rule.code}


@ALL
def test_the_good_example_yields_nothing(rule) -> None:
    assert examples(rule, "Good")
    assert codes(*examples(rule, "Good"), accounts=ACCOUNTS, hints=True) == []


@ALL
def test_a_rule_says_why_it_matters(rule) -> None:
    assert "## Why it matters\n" in inspect.cleandoc(rule.__doc__)


def test_a_rule_is_found_by_code_and_by_name_in_any_case() -> None:
    assert find_rule("zd104") is find_rule("Select-Star") is RULES["ZD104"]
    assert find_rule("ZD999") is None
