"""What an action calls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.reports.build import DONE, REFUSED, STOPPED
from zdpipe.cli import deeds
from zdpipe.cli.deeds import Deed, carry_out
from zdpipe.cli.options import Format
from zdpipe.model.action import ActionName
from zdpipe.model.run import Outcome, RunReport


@pytest.mark.parametrize(
    ("report", "goes_on"),
    [(REFUSED, True), (STOPPED, False), (replace(DONE, outcome=Outcome.PARTIAL), False)],
)
def test_once_more_goes_on_with_a_night_only_where_that_plans_anew(
    report: RunReport, goes_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, object]] = []

    def run_orchestration(name: str, *, resume: bool, **_: object) -> int:
        asked.append((name, resume))
        return 0

    monkeypatch.setattr(deeds, "run_orchestration", run_orchestration)
    planned = replace(report, orchestration="nightly", is_on_program=True)
    assert carry_out(ActionName.AGAIN, Deed(planned, yes=False, output_format=Format.TEXT, project=None)) == 0
    assert asked == [("nightly", goes_on)]
