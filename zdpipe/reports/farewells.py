"""What is done to customers who are gone, and to those who are back, in words."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import RenderableType

from zdpipe.model.gone import FATES, PENDING, Farewells, GoneAction
from zdpipe.reports.codes import code_list
from zdpipe.reports.words import count

_DONE = {
    GoneAction.REPORT: "reported",
    GoneAction.BLANK: "emptied",
    GoneAction.TAG: "tagged",
    GoneAction.SUSPEND: "suspended",
    GoneAction.DELETE: "deleted",
}
OUTCOMES = FATES | {PENDING: "Not done yet."}


def action_done(action: GoneAction) -> str:
    """Return the word for customers to whom it was done."""
    return _DONE[action]


def farewells_text(farewells: Farewells) -> list[RenderableType]:
    """Return what became of everybody, by outcome."""
    title = f"Customers who are gone, to be {_DONE[farewells.action]}"
    return [
        *code_list(title, farewells.gone, OUTCOMES),
        *code_list(
            "Customers who are back, whose tag or suspension is taken back", farewells.returned, OUTCOMES
        ),
    ]


def forecast_farewells(farewells: Farewells) -> list[tuple[str, str]]:
    """Return names and facts of what would be done to how many, and how many would be kept."""
    facts = []
    if farewells.gone:
        facts.append((f"to be {_DONE[farewells.action]}", _forecast(farewells.gone)))
    if farewells.returned:
        facts.append(
            ("back", f"{_forecast(farewells.returned)}, whose tag or suspension would be taken back")
        )
    return facts


def _forecast(fates: Mapping[str, int]) -> str:
    """Say how many would be asked about, and why others would be kept."""
    kept = [f"{count(number)} {fate}" for fate, number in fates.items() if fate != PENDING]
    return "; ".join([count(fates.get(PENDING, 0), "customer"), *kept])
