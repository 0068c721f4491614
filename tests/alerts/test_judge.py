"""What the end of a run says of its query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reports.build import DONE, REFUSED, STOPPED
from zdpipe.alerts.judge import FEWEST_RUNS, Past, judge_run, longest_usual
from zdpipe.model.alert import Judgement, Kind, State
from zdpipe.model.canary import Canary, Fate
from zdpipe.model.run import Counts, Outcome, RunReport
from zdpipe.project.alerts import Alerts

USUAL = Past([20.0] * FEWEST_RUNS)
QUIET = replace(DONE, counts=Counts(read=2_000, unchanged=1_990, updated=10), seconds=20.0)


def judged(report: RunReport, past: Past = USUAL, **alerts: object) -> Judgement:
    return judge_run(report, past, Alerts.model_validate(alerts))


def kinds(judgement: Judgement) -> set[Kind]:
    return {finding.kind for finding in judgement.findings}


def test_a_usual_run_is_well_in_every_way() -> None:
    judgement = judged(QUIET)
    assert judgement.findings == ()
    assert judgement.clear == set(Kind)


@pytest.mark.parametrize("report", [STOPPED, REFUSED])
def test_a_run_that_stopped_failed_and_says_nothing_else(report: RunReport) -> None:
    judgement = judged(report)
    assert report.stop
    assert [(each.kind, each.cause) for each in judgement.findings] == [(Kind.FAILURE, report.stop.code)]
    assert judgement.clear == set()
    assert judgement.stop == report.stop


def test_a_bad_canary_is_a_failure_though_nobody_was_left_to_be_kept_back() -> None:
    judgement = judged(replace(QUIET, canary=Canary(5, 5, 1, Fate.FAILED)))
    assert [each.cause for each in judgement.findings] == ["canary"]


@pytest.mark.parametrize(
    ("limit", "rejected", "passed"),
    [("5%", 100, False), ("5%", 101, True), (100, 100, False), (100, 101, True), ("100%", 2_000, False)],
)
def test_a_threshold_is_a_number_or_a_share(limit: object, rejected: int, passed: bool) -> None:
    counts = Counts(read=2_000, rejected=rejected, unchanged=2_000 - rejected)
    assert (Kind.REJECTED in kinds(judged(replace(QUIET, counts=counts), rejected=limit))) is passed


def test_thresholds_say_their_numbers() -> None:
    counts = Counts(read=200, rejected=50, created=50, updated=96, failed=4)
    words = {
        finding.kind: finding.words
        for finding in judged(replace(QUIET, counts=counts), failed="1%", changed=100).findings
    }
    assert words[Kind.REJECTED] == "50 of 200 rows were rejected (25%, the limit is 5%)"
    assert words[Kind.FAILED] == "4 of 150 customers sent failed (2.67%, the limit is 1%)"
    assert words[Kind.CHANGED] == "150 of 150 rows were new or changed (100%, the limit is 100)"
    assert words[Kind.FULL_SEND] == "150 of 150 rows were sent, as if nobody had been known"


def test_everybody_is_sent_by_a_first_run_and_by_one_that_was_told_to() -> None:
    everybody = replace(QUIET, counts=Counts(read=100, created=100))
    assert Kind.FULL_SEND in kinds(judged(everybody))
    for past in (Past(), replace(USUAL, is_full=True)):
        judgement = judged(everybody, past, changed=5)
        assert kinds(judgement) == set()
        assert not judgement.clear & {Kind.FULL_SEND, Kind.CHANGED}


@pytest.mark.parametrize(("sent", "found"), [(19, False), (20, True)])
def test_a_handful_is_not_everybody(sent: int, found: bool) -> None:
    judgement = judged(replace(QUIET, counts=Counts(read=sent, updated=sent)))
    assert (Kind.FULL_SEND in kinds(judgement)) is found


def test_duplicates_and_rejected_rows_are_nobody_who_could_be_sent() -> None:
    counts = Counts(read=100, rejected=4, duplicate=6, unchanged=9, updated=81)
    assert Kind.FULL_SEND in kinds(judged(replace(QUIET, counts=counts)))
    assert Kind.FULL_SEND not in kinds(judged(replace(QUIET, counts=counts), full_send=90.1))


@pytest.mark.parametrize(
    ("expected", "found"), [({}, False), ({"queries/*.sql": 11}, True), ({"b.sql": 9}, False)]
)
def test_fewer_than_expected_is_told_where_somebody_expects_them(expected: object, found: bool) -> None:
    judgement = judged(QUIET, expect=expected)
    assert (Kind.NOTHING_SENT in kinds(judgement)) is found
    if found:
        assert judgement.findings[0].words == "10 customers were sent, and 11 or more are expected"


def test_a_run_is_slow_by_what_is_usual_for_its_query() -> None:
    slow = replace(QUIET, seconds=81.0)
    found = judged(slow)
    assert [finding.words for finding in found.findings] == ["it took 1 min 21 s, and 20 s are usual"]
    assert kinds(judged(replace(QUIET, seconds=80.0))) == set()
    few = judged(slow, Past([20.0] * (FEWEST_RUNS - 1)))
    assert few.findings == ()
    assert Kind.SLOW not in few.clear
    assert judged(slow, replace(USUAL, is_full=True)).findings == ()


@given(st.lists(st.floats(0, 100_000), min_size=FEWEST_RUNS, max_size=40), st.floats(1.5, 10))
def test_no_usual_run_is_slow_however_many_stand_out(seconds: Sequence[float], factor: float) -> None:
    limit = longest_usual(seconds, factor)
    assert limit is not None
    assert limit >= median(seconds) + 60
    assert sum(each > limit for each in seconds) <= len(seconds) / 2


def test_a_run_of_a_part_says_nothing_of_all_but_mends_what_it_is_about() -> None:
    for part in (
        replace(QUIET, sample=5),
        replace(QUIET, retries="r1", counts=Counts(read=5, rejected=5)),
        replace(QUIET, rolls_back="r1"),
    ):
        judgement = judged(part)
        assert judgement.findings == ()
        assert judgement.clear == set()
    retried = judged(replace(QUIET, retries="r1", outcome=Outcome.SUCCEEDED))
    state = State(Kind.FAILED, Kind.FAILED, DONE.started_at - timedelta(days=1), "r1")
    assert retried.is_over(state)
    assert not retried.is_over(replace(state, run_id="r0"))
    assert not judged(replace(QUIET, retries="r1", counts=Counts(read=2, created=1, failed=1))).is_over(state)
