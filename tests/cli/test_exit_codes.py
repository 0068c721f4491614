from __future__ import annotations

from dataclasses import replace

import pytest

from tests.reports.build import DONE, STOPPED
from zdpipe.cli.exit_codes import of_run, worst
from zdpipe.model.run import Counts


@pytest.mark.parametrize(
    ("counts", "code"),
    [
        (Counts(), 0),
        (Counts(read=100, rejected=10, created=90), 0),
        (Counts(read=100, rejected=11, created=89), 1),
        (Counts(read=1, rejected=1), 1),
        (Counts(read=1_000, created=999, failed=1), 1),
    ],
)
def test_failed_people_and_many_rejected_rows_count(counts: Counts, code: int) -> None:
    assert of_run(replace(DONE, counts=counts)) == code


def test_a_stop_brings_its_own_code() -> None:
    assert of_run(STOPPED) == 4


def test_the_worst_code_counts() -> None:
    assert worst([0, 1, 4]) == 4
    assert worst([]) == 0
