"""What is done to customers who are gone, in words."""

from __future__ import annotations

from dataclasses import replace

from tests.reports.build import DONE, PLAN, render
from zdpipe.model.gone import Farewells, GoneAction
from zdpipe.reports.plan_text import plan_text
from zdpipe.reports.run_text import run_text

WIDTH = 100
FAREWELLS = Farewells(GoneAction.SUSPEND, {"pending": 1, "done": 1_200, "staff": 2, "failed": 1}, {"done": 3})


def test_a_run_names_every_outcome() -> None:
    text = render(run_text(replace(DONE, gone=1_204, farewells=FAREWELLS)), WIDTH)
    assert "Customers who are gone, to be suspended" in text
    assert "1,200  done" in text
    assert "Kept: the user is an agent or admin by now." in text
    assert "Customers who are back, whose tag or suspension is taken back" in text
    assert "zdpipe runs failures" in text
    assert "zdpipe retry" not in text


def test_a_plan_says_how_many_and_why_not_all() -> None:
    farewells = Farewells(GoneAction.DELETE, {"pending": 1, "not_created_by_us": 2}, {"pending": 1})
    text = render(plan_text(replace(PLAN, farewells=farewells)), WIDTH)
    assert "1 customer; 2 not_created_by_us" in text
    assert "1 customer, whose tag or suspension would be taken back" in text


def test_nothing_is_said_where_nothing_is_done() -> None:
    assert "gone, to be" not in render(run_text(DONE), WIDTH)
