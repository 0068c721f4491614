from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from zdpipe.simulator.effects import EFFECTS, FATES
from zdpipe.simulator.faults import SELECTORS, read_script
from zdpipe.simulator.kinds import KINDS
from zdpipe.simulator.routes import ROUTES
from zdpipe.simulator.settings import CALLER_ROLES, Settings

DOCUMENT = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")
ROWS = [line for line in DOCUMENT.splitlines() if line.startswith("| ")]
EXAMPLES = [json.loads(text) for text in re.findall(r"`(\{\".*?\})` \|", DOCUMENT)]


def first_cells() -> set[str]:
    return {name for row in ROWS for name in re.findall(r"`([\w-]+)`", row.split(" | ")[0])}


@pytest.mark.parametrize("example", EXAMPLES, ids=json.dumps)
def test_every_example_is_a_fault(example):
    assert read_script([example]).faults


def test_whole_documents_are_read_too():
    for text in re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL):
        assert read_script(json.loads(text)).faults


def test_every_selector_effect_and_fate_has_a_row_and_an_example():
    assert {*SELECTORS, *KINDS, *EFFECTS, *FATES} <= first_cells()
    used = [set(example) for example in EXAMPLES]
    assert set(EFFECTS) | set(SELECTORS) == set().union(*used)
    assert {example["job"] for example in EXAMPLES if "job" in example} == set(FATES)


@pytest.mark.parametrize("effect", ["answer", "items", "account"])
def test_every_key_of_an_effect_has_a_row_and_an_example(effect):
    with pytest.raises(ValueError, match="known are") as refused:
        read_script([{effect: {"?": 1}}])
    known = str(refused.value).rpartition("known are ")[2].split(", ")
    used = set().union(*(set(example[effect]) for example in EXAMPLES if effect in example))
    assert set(known) == used
    assert set(known) - {"where"} <= first_cells()


def test_every_setting_and_role_is_there():
    assert {field.name for field in fields(Settings)} <= first_cells()
    assert all(f'`"{role}"`' in DOCUMENT for role in CALLER_ROLES)


def test_every_endpoint_is_there():
    for pattern in ROUTES:
        path = re.sub(r"\([^)]*\)", "{id}", pattern)
        shown = f"`{path}`" in DOCUMENT or f"`…/{path.rpartition('/')[2]}`" in DOCUMENT
        assert shown or f"`…/{{id}}/{path.rpartition('/')[2]}`" in DOCUMENT, path
