from __future__ import annotations

from dataclasses import replace

import pytest

from tests.reports.build import DONE, STOPPED
from zdpipe.cli.exit_codes import of_run, worst
from zdpipe.model.canary import Canary, Fate
from zdpipe.model.guard import Guard, Ruling, Verdict
from zdpipe.model.run import Counts


@pytest.mark.parametrize(
    ("counts", "code"),
    [
        (Counts(), 0),
        (Counts(read=100, rejected=10, created=90), 0),
        (Counts(read=100, rejected=11, created=89), 0),  # a guard let it pass
        (Counts(read=1_000, created=999, failed=1), 1),
    ],
)
def test_failed_people_count(counts: Counts, code: int) -> None:
    assert of_run(replace(DONE, counts=counts)) == code


@pytest.mark.parametrize(
    ("ruling", "code"), [(Ruling.OK, 0), (Ruling.ALLOWED, 0), (Ruling.LATER, 0), (Ruling.TOLD, 1)]
)
def test_what_a_guard_only_tells_counts(ruling: Ruling, code: int) -> None:
    assert of_run(replace(DONE, guards=(Verdict(Guard.REJECTED, ruling),))) == code


@pytest.mark.parametrize(
    ("fate", "code"), [(Fate.WAITING, 0), (Fate.PASSED, 0), (Fate.WAIVED, 0), (Fate.FAILED, 1)]
)
def test_a_canary_that_could_stop_nobody_counts(fate: Fate, code: int) -> None:
    assert of_run(replace(DONE, canary=Canary(9, 9, 1, fate))) == code


def test_a_stop_brings_its_own_code() -> None:
    assert of_run(STOPPED) == 4


def test_the_worst_code_counts() -> None:
    assert worst([0, 1, 4]) == 4
    assert worst([]) == 0
