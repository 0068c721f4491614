from __future__ import annotations

from pathlib import Path

import pytest

from tests.model.codes import every_code
from zdpipe.model.action import ActionName
from zdpipe.model.gone import Fate
from zdpipe.model.guard import Guard
from zdpipe.model.reasons import Failure
from zdpipe.reports.failure_catalogue import failure_catalogue

DOCUMENT = Path(__file__).parents[2] / "docs" / "failures.md"


def test_the_document_is_up_to_date(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("update_snapshots"):
        DOCUMENT.write_text(failure_catalogue(), encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == failure_catalogue(), "make snapshots writes it anew"


def test_every_code_and_action_has_a_row_of_its_own() -> None:
    chapters = dict(part.split("\n", 1) for part in failure_catalogue().split("\n## ")[1:])
    codes = set(every_code())
    rest = "".join(text for title, text in chapters.items() if title not in {"Guards", "Customers"})
    assert {code for code in codes if f"\n| `{code}` | " not in rest} == set()
    for title, names in {
        "Guards": set(Guard),
        "Customers": set(Failure),
        "Customers who are gone": {fate for fate in Fate if not fate.is_final},
        "Actions": set(ActionName),
    }.items():
        assert {name for name in names if f"\n| `{name}` | " not in chapters[title]} == set()
