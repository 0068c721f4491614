from __future__ import annotations

from dataclasses import replace

from tests.reports.build import render
from zdpipe.model.warehouse import Exported
from zdpipe.reports.exported_text import exported_text

WRITTEN = Exported(["a", "b"], 40, {"runs": 2, "outcomes": 1_204, "gone": 1}, show_pii=False)


def test_what_was_written_is_counted() -> None:
    assert render(exported_text(WRITTEN, "history.duckdb"), 80).splitlines() == [
        "2 runs written to history.duckdb, 40 there as before.",
        "",
        "runs      2 rows",
        "outcomes  1,204 rows",
        "gone      1 row",
        "",
        "Personal data is left out.",
    ]


def test_personal_data_and_runs_without_people_are_told() -> None:
    odd = replace(WRITTEN, show_pii=True, incomplete={"b": "The files of run b are gone."})
    text = render(exported_text(odd, "history"), 80)
    assert "Personal data is in it." in text
    assert "Run b has no people in it: The files of run b are gone." in text


def test_nothing_new_is_one_line() -> None:
    nothing = Exported([], 42, {"runs": 0}, show_pii=False)
    assert render(exported_text(nothing, "history"), 80) == "0 runs written to history, 42 there as before."
