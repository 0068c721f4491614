"""The pages in a real browser, where one is installed (apt install chromium)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.reports.chromium import browser, measured
from tests.reports.dossiers import EVERY
from tests.reports.test_plan_html import FULL
from zdpipe.reports.plan_html import plan_html
from zdpipe.reports.run_html import run_html

PAGES = {name: run_html(dossier) for name, dossier in EVERY.items()} | {"plan": plan_html(FULL)}
WIDTHS = (390, 1280)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    program = browser()
    if program is None:
        pytest.skip("no Chromium is installed, and nothing else tells how wide a page is")
    return measured(program, Path(tmp_path_factory.mktemp("pages")), PAGES, WIDTHS)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_the_screen(found: dict[str, dict[str, Any]], name: str, width: int) -> None:
    page = found[f"{name}-{width}"]
    assert (page["overflow"], page["wide"]) == (0, [])


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_commands_are_seen_whole(found: dict[str, dict[str, Any]], name: str, width: int) -> None:
    # A box that scrolls cuts off what hangs below the line: `a_b` reads `a b`.
    assert found[f"{name}-{width}"]["cut"] == []


@pytest.mark.parametrize("name", PAGES)
def test_no_request_leaves_and_the_pages_own_style_counts(
    found: dict[str, dict[str, Any]], name: str
) -> None:
    page = found[f"{name}-390"]
    assert page["fetched"] == []
    assert page["styled"] != "none"


def test_bars_of_a_long_run_can_be_told_apart_on_a_telephone(found: dict[str, dict[str, Any]]) -> None:
    assert min(found["huge-390"]["bars"][:-1]) > 2
